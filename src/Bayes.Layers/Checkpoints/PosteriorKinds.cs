using Bayes.Layers.Posteriors;
using Kind = Bayes.Layers.Checkpoints.PartKind<Bayes.Layers.Posteriors.PosteriorFamily, Bayes.Layers.Checkpoints.ModulePlace>;

namespace Bayes.Layers.Checkpoints;

/// <summary>The families of posteriors that a checkpoint knows, besides the default, which a file does not name.</summary>
internal static class PosteriorKinds
{
    /// <summary>Gets all kinds. A new family is an entry here.</summary>
    public static PartKinds<PosteriorFamily, ModulePlace> All { get; } = new(
        Kind.Of<LowRankFamily>(f => [("rank", f.Rank)], (o, _) => new LowRankFamily(o.Int32("rank"))),
        Kind.Of<StoredFamily>(f => [("count", f.Count)], (o, _) => new StoredFamily(o.Int32("count"))),
        Kind.Of<SwagFamily>(f => [("rank", f.Rank)], (o, _) => new SwagFamily(o.Int32("rank"))));
}
