using System.Text.Json.Nodes;
using Bayes.Layers.Likelihoods;
using static TorchSharp.torch;
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
        Kind.Of<GaussianMixtureLikelihood>(
            l => [("components", l.Components), ("minimum_stddev", l.MinimumStddev)],
            (o, _) => new GaussianMixtureLikelihood(o.Int32("components"), o.Double("minimum_stddev"))),
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
                    start, outputs, minimum, maximum, place.Device, place.Type, channelAxis: axis))),
        Kind.Of<JointLikelihood>(
            l => [(PartsKey, new JsonArray([.. l.Parts.Select(Describe)]))],
            (o, place) => new JointLikelihood([.. o.Objects(PartsKey).Select((part, index) => MakePart(part, place.Of(index)))])));

    /// <summary>Makes a likelihood.</summary>
    /// <exception cref="CheckpointException">The likelihood, or a part of it, is not among the kinds, or an option is damaged.</exception>
    public static Likelihood Make(SavedPart saved, LikelihoodPlace place)
    {
        var kind = All.Of(saved) ?? throw new CheckpointException(
            $"The likelihood was saved as {saved}, which this library cannot make; expected it as the argument 'likelihood'.");
        return kind.Make(new SavedOptions("The likelihood", saved.Options), place);
    }

    /// <summary>Returns the description of the likelihood that a learned parameter belongs to: that of a part of a joint likelihood.</summary>
    /// <param name="likelihood">The description of the whole likelihood.</param>
    /// <param name="parameter">The parameter's name, which begins with the numbers of the parts.</param>
    public static SavedPart? OwnerOf(SavedPart likelihood, string parameter)
    {
        var options = new SavedOptions("The likelihood", likelihood.Options);
        if (!options.Has(PartsKey))
            return likelihood;
        string[] path = parameter.Split('.', 2);
        return path.Length == 2 && int.TryParse(path[0], out int index)
            && options.Objects(PartsKey).ElementAtOrDefault(index)?.PartOrNull(LikelihoodKey) is { } part ? OwnerOf(part, path[1]) : null;
    }

    private const string PartsKey = "parts", LikelihoodKey = "likelihood", OutputKey = "output_shape", TargetKey = "target_shape",
        TargetTypeKey = "target_type";

    private static JsonNode Describe(OutputPart part)
    {
        var description = new JsonObject
        {
            [LikelihoodKey] = SavedPart.Describe(part.Likelihood, All, ("settings", part.Likelihood.Settings)),
            [OutputKey] = ModuleKinds.List(part.OutputShape),
        };
        if (part.HasOwnTarget)
        {
            description.Add(TargetKey, ModuleKinds.List(part.TargetShape));
            description.Add(TargetTypeKey, part.TargetType?.ToString());
        }
        return description;
    }

    private static OutputPart MakePart(SavedOptions saved, LikelihoodPlace place)
    {
        var likelihood = Make(
            saved.PartOrNull(LikelihoodKey)
                ?? throw new CheckpointException("A part of the likelihood has no likelihood in the file; the file is damaged."), place);
        long[] shape = saved.Int64s(OutputKey) ?? [];
        return !saved.Has(TargetKey)
            ? new OutputPart(likelihood, shape)
            : new OutputPart(likelihood, shape)
                { TargetShape = saved.Int64s(TargetKey) ?? [], TargetType = saved.EnumOrNull<ScalarType>(TargetTypeKey) };
    }

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
