using System.Text.Json.Nodes;
using Bayes.Layers.Likelihoods;
using Kind = Bayes.Layers.Checkpoints.PartKind<Bayes.Layers.Likelihoods.Likelihood, Bayes.Layers.Checkpoints.LikelihoodPlace>;

namespace Bayes.Layers.Checkpoints;

/// <summary>The likelihoods that a checkpoint knows. What one has learned is in the file's tensors. One that is made checks its targets.</summary>
internal static class LikelihoodKinds
{
    /// <summary>The range of a learned size of the noise.</summary>
    public const string MinimumKey = "min_scale", MaximumKey = "max_scale";

    /// <summary>All of them. A new likelihood is an entry here.</summary>
    public static PartKinds<Likelihood, LikelihoodPlace> All { get; } = new(
        Kind.Of<BernoulliLikelihood>(l => [("output", l.Output.ToString())], (o, _) => new BernoulliLikelihood(o.Enum<BernoulliOutput>("output"))),
        Kind.Of<CategoricalLikelihood>(() => new CategoricalLikelihood()),
        Kind.Of<HeteroscedasticGaussianLikelihood>(() => new HeteroscedasticGaussianLikelihood()),
        Kind.Of<PoissonLikelihood>(() => new PoissonLikelihood()),
        Kind.Of<GaussianLikelihood>(
            Noise,
            (o, place) => o.Doubles("scale") is { } stddevs
                ? new GaussianLikelihood(stddevs)
                : Learned(o, place, (start, outputs, least, most) =>
                    GaussianLikelihood.Learned(start, outputs, least, most, place.Device, place.Type))),
        Kind.Of<StudentTLikelihood>(
            l => [("degrees_of_freedom", l.DegreesOfFreedom), .. Noise(l)],
            (o, place) => o.Doubles("scale") is { } scales
                ? new StudentTLikelihood(o.Double("degrees_of_freedom"), scales)
                : Learned(o, place, (start, outputs, least, most) =>
                    StudentTLikelihood.Learned(o.Double("degrees_of_freedom"), start, outputs, least, most, place.Device, place.Type))));

    private static (string, JsonNode?)[] Noise(LocationScaleLikelihood likelihood) => likelihood.LearnedRange is { } range
        ? [("scale", null), (MinimumKey, range.Minimum), (MaximumKey, range.Maximum)]
        : [("scale", ModuleKinds.List(likelihood.NoiseValues))];

    private static T Learned<T>(SavedOptions o, LikelihoodPlace place, Func<double, long, double, double, T> make)
    {
        double least = o.Double(MinimumKey), most = o.Double(MaximumKey);
        return make(Math.Sqrt(least) * Math.Sqrt(most), place.Count, least, most);
    }
}
