using System.Text.Json.Nodes;
using Bayes.Layers.Likelihoods;
using Kind = Bayes.Layers.Checkpoints.PartKind<Bayes.Layers.Likelihoods.Likelihood, Bayes.Layers.Checkpoints.LikelihoodPlace>;

namespace Bayes.Layers.Checkpoints;

/// <summary>
/// The likelihoods that a checkpoint knows. The tensors of the file hold their learned parameters. A likelihood that is made checks its targets.
/// </summary>
internal static class LikelihoodKinds
{
    /// <summary>The options with the range of a learned scale of the noise.</summary>
    public const string MinimumKey = "min_scale", MaximumKey = "max_scale";

    /// <summary>Gets all kinds. A new likelihood is an entry here.</summary>
    public static PartKinds<Likelihood, LikelihoodPlace> All { get; } = new(
        Kind.Of<BernoulliLikelihood>(l => [("output", l.Output.ToString())], (o, _) => new BernoulliLikelihood(o.Enum<BernoulliOutput>("output"))),
        Kind.Of<CategoricalLikelihood>(CategoricalOptions, (o, _) => new CategoricalLikelihood(
            classAxis: o.Int32OrNull("class_axis"),
            ignoreIndex: o.Has(IgnoreKey) ? o.Int64OrNull(IgnoreKey) : CategoricalLikelihood.DefaultIgnoreIndex,
            classWeights: o.Has(WeightsKey) ? o.Doubles(WeightsKey) : null,
            labelSmoothing: o.Has(SmoothingKey) ? o.Double(SmoothingKey) : 0)),
        Kind.Of<HeteroscedasticGaussianLikelihood>(
            l => [(AxisKey, l.ChannelAxis)], (o, _) => new HeteroscedasticGaussianLikelihood(channelAxis: o.Int32OrNull(AxisKey))),
        Kind.Of<PoissonLikelihood>(() => new PoissonLikelihood()),
        Kind.Of<GaussianLikelihood>(
            l => Scale(l, l.Stddevs, l.ChannelAxis),
            (o, place) => Make(
                o, place, (stddevs, axis) => new GaussianLikelihood(stddevs, channelAxis: axis),
                (start, outputs, minimum, maximum, axis) =>
                    GaussianLikelihood.Learned(start, outputs, minimum, maximum, place.Device, place.Type, channelAxis: axis))),
        Kind.Of<StudentTLikelihood>(
            l => [("degrees_of_freedom", l.DegreesOfFreedom), .. Scale(l, l.Scales, l.ChannelAxis)],
            (o, place) => Make(
                o, place, (scales, axis) => new StudentTLikelihood(o.Double("degrees_of_freedom"), scales, channelAxis: axis),
                (start, outputs, minimum, maximum, axis) => StudentTLikelihood.Learned(
                    o.Double("degrees_of_freedom"), start, outputs, minimum, maximum, place.Device, place.Type, channelAxis: axis))),
        Kind.Of<NegativeBinomialLikelihood>(
            l => Scale(l, l.Dispersions, l.ChannelAxis),
            (o, place) => Make(
                o, place, (dispersions, axis) => new NegativeBinomialLikelihood(dispersions, channelAxis: axis),
                (start, outputs, minimum, maximum, axis) => NegativeBinomialLikelihood.Learned(
                    start, outputs, minimum, maximum, place.Device, place.Type, channelAxis: axis))));

    private const string ScaleKey = "scale", AxisKey = "channel_axis";
    private const string IgnoreKey = "ignore_index", WeightsKey = "class_weights", SmoothingKey = "label_smoothing";

    // Defaults are left out: files without these options are older than the options, or equal to such files.
    private static (string, JsonNode?)[] CategoricalOptions(CategoricalLikelihood likelihood)
    {
        List<(string, JsonNode?)> options = [("class_axis", likelihood.ClassAxis)];
        if (likelihood.IgnoreIndex != CategoricalLikelihood.DefaultIgnoreIndex)
            options.Add((IgnoreKey, likelihood.IgnoreIndex));
        if (likelihood.ClassWeights is { } weights)
            options.Add((WeightsKey, ModuleKinds.List(weights)));
        if (likelihood.LabelSmoothing > 0)
            options.Add((SmoothingKey, likelihood.LabelSmoothing));
        return [.. options];
    }

    // The scales of the noise; for learned ones null, and their range.
    private static (string, JsonNode?)[] Scale(Likelihood likelihood, IReadOnlyList<double> values, int? axis) =>
        likelihood.LearnedRange is { } range
        ? [(ScaleKey, null), (MinimumKey, range.Minimum), (MaximumKey, range.Maximum), (AxisKey, axis)]
        : [(ScaleKey, ModuleKinds.List(values)), (AxisKey, axis)];

    private static T Make<T>(
        SavedOptions o, LikelihoodPlace place, Func<IReadOnlyList<double>, int?, T> fix, Func<double, long, double, double, int?, T> learn)
    {
        int? axis = o.Int32OrNull(AxisKey);
        if (o.Doubles(ScaleKey) is { } values)
            return fix(values, axis);
        double minimum = o.Double(MinimumKey), maximum = o.Double(MaximumKey);
        return learn(Math.Sqrt(minimum) * Math.Sqrt(maximum), place.Count, minimum, maximum, axis);
    }
}
