using System.Text.Json.Nodes;
using Bayes.Layers.Likelihoods;
using static TorchSharp.torch;

namespace Bayes.Layers.Tabular;

/// <summary>A target whose noise is learned.</summary>
internal sealed class LearnedTask : RegressionTask
{
    /// <summary>What files call it.</summary>
    public const string Kind = "learned";

    private const int Components = 3;

    // Of the standardised target: noise is never smaller, however well a network fits.
    private const double LeastStddev = 1e-4;

    private readonly TargetScale _scale;
    private readonly GaussianMixtureLikelihood _likelihood;

    private LearnedTask(TargetScale scale, double minimumStddev) : base(scale.Column, new TargetUnit(scale.Mean, scale.Stddev)) =>
        (_scale, _likelihood) = (scale, new GaussianMixtureLikelihood(Components, minimumStddev));

    /// <summary>Learns training rows.</summary>
    /// <exception cref="InvalidDataException">A value is missing, infinite or no number, or all are the same.</exception>
    public static LearnedTask Learn(Table training, string target)
    {
        var scale = TargetScale.Learn(training, target);
        // The density of a rounded number says how fine the rounding is, and not how well the number is predicted.
        double rounding = StepOf(scale.Read(training)) / Math.Sqrt(12) / scale.Stddev;
        return new LearnedTask(scale, Math.Max(LeastStddev, rounding));
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    public static LearnedTask FromJson(JsonNode json) => new(TargetScale.FromJson(json.Member("scale")), json.Number("minimumStddev"));

    /// <inheritdoc/>
    public override IReadOnlyList<MemberHead> Heads => [new HeavyTailedHead(_likelihood), new MixtureHead(_likelihood), new NormalHead(_likelihood)];

    /// <inheritdoc/>
    public override Likelihood Likelihood => _likelihood;

    /// <inheritdoc/>
    public override (Tensor Target, double[]? Factors) Training(Table rows)
    {
        float[] values = [.. Read(rows).Select(value => (float)_scale.Scale(value))];
        return (tensor(values).unsqueeze(1), null);
    }

    /// <inheritdoc/>
    public override (Tensor Outputs, Likelihood Likelihood) ForRows(Tensor outputs, Table rows) => (outputs, _likelihood);

    /// <inheritdoc/>
    public override double[] Read(Table rows) => _scale.Read(rows);

    /// <inheritdoc/>
    public override JsonObject ToJson() => new()
    {
        ["noise"] = Kind, ["scale"] = _scale.ToJson(), ["minimumStddev"] = _likelihood.MinimumStddev,
    };

    /// <summary>Returns the smallest distance between different values, if at least half of the rows repeat a value; otherwise 0.</summary>
    private static double StepOf(double[] values)
    {
        double[] different = [.. values.Distinct().Order()];
        return 2 * different.Length <= values.Length ? different.Zip(different.Skip(1), (low, high) => high - low).Min() : 0;
    }
}
