using Bayes.Layers.Priors;
using static TorchSharp.torch;
using Kind = Bayes.Layers.Checkpoints.PartKind<Bayes.Layers.Priors.Prior, long[]>;

namespace Bayes.Layers.Checkpoints;

/// <summary>
/// The priors that a checkpoint knows, each made for the shape of its weight. The tensors of the file hold learned parameters of priors, and those
/// given for each weight.
/// </summary>
internal static class PriorKinds
{
    /// <summary>Gets all kinds. A new prior is an entry here.</summary>
    public static PartKinds<Prior, long[]> All { get; } = new(
        Kind.Of<NormalPrior>(p => [("mean", p.Mean), ("stddev", p.Stddev)], (o, _) => new NormalPrior(o.Double("mean"), o.Double("stddev"))),
        Kind.Of<LaplacePrior>(p => [("mean", p.Mean), ("scale", p.Scale)], (o, _) => new LaplacePrior(o.Double("mean"), o.Double("scale"))),
        Kind.Of<StudentTPrior>(
            p => [("degrees_of_freedom", p.DegreesOfFreedom), ("scale", p.Scale)], (o, _) =>
                new StudentTPrior(o.Double("degrees_of_freedom"), o.Double("scale"))),
        Kind.Of<ScaleMixturePrior>(
            p => [("pi", p.Pi), ("stddev1", p.Stddev1), ("stddev2", p.Stddev2)],
            (o, _) => new ScaleMixturePrior(o.Double("pi"), o.Double("stddev1"), o.Double("stddev2"))),
        Kind.Of<LearnedScalePrior>(
            p => [("scale", p.Scale), ("degrees_of_freedom", p.DegreesOfFreedom)],
            (o, _) => new LearnedScalePrior(o.Double("scale"), o.Double("degrees_of_freedom"))),
        Kind.Of<HorseshoePrior>(
            p => [("scale", p.Scale), ("axis", p.Axis)], (o, _) =>
                new HorseshoePrior(o.Double("scale"), o.Int32OrNull("axis"))),
        Kind.Of<PerWeightNormalPrior>(_ => [], (_, shape) => NormalPrior.PerWeight(zeros(shape), ones(shape))));
}
