using Bayes.Layers.Posteriors;
using Kind = Bayes.Layers.Checkpoints.PartKind<Bayes.Layers.Posteriors.PosteriorFamily, Bayes.Layers.Checkpoints.ModulePlace>;

namespace Bayes.Layers.Checkpoints;

/// <summary>The families of posteriors that a checkpoint knows, besides the default, which a file does not name.</summary>
internal static class PosteriorKinds
{
    private const string SharedName = "shared_name";

    /// <summary>Gets all kinds. A new family is an entry here.</summary>
    public static PartKinds<PosteriorFamily, ModulePlace> All { get; } = new(
        Kind.Of<LowRankFamily>(f => [("rank", f.Rank)], (o, _) => new LowRankFamily(o.Int32("rank"))),
        Kind.Of<FullNormalFamily>(
            f => [("noise_count", f.NoiseCount), (SharedName, f.SharedName)],
            (o, _) => new FullNormalFamily(o.Int32OrNull("noise_count"), o.StringOrNull(SharedName))),
        Kind.Of<KroneckerFamily>(
            f => [("noise_columns", f.NoiseColumns), (SharedName, f.SharedName), ("independent_rows", f.IndependentRows)],
            (o, _) => new KroneckerFamily(
                o.Int64OrNull("noise_columns"), o.StringOrNull(SharedName), o.Has("independent_rows") && o.Boolean("independent_rows"))),
        Kind.Of<RowFamily>(_ => [], (_, _) => new RowFamily()),
        Kind.Of<StoredFamily>(f => [("count", f.Count)], (o, _) => new StoredFamily(o.Int32("count"))),
        Kind.Of<SwagFamily>(f => [("rank", f.Rank)], (o, _) => new SwagFamily(o.Int32("rank"))),
        Kind.Of<BatchEnsembleFamily>(
            f => [("members", f.Members), ("spread", f.Spread)], (o, _) => new BatchEnsembleFamily(o.Int32("members"), o.Double("spread"))));
}
