using System.Text.Json.Nodes;
using Bayes.Layers.Likelihoods;
using static TorchSharp.torch;

namespace Bayes.Layers.Tabular;

/// <summary>A target with normal noise whose standard deviation is known for each row.</summary>
internal sealed class GivenNoiseTask : RegressionTask
{
    /// <summary>What files call it.</summary>
    public const string Kind = "given";

    /// <summary>What messages call the column.</summary>
    public const string Role = "the standard deviation of the noise";

    private readonly TargetScale _scale;
    private readonly string _column;

    private GivenNoiseTask(TargetScale scale, string column) : base(scale.Column, new TargetUnit(scale.Mean, scale.Stddev)) =>
        (_scale, _column) = (scale, column);

    /// <summary>Learns training rows.</summary>
    /// <exception cref="InvalidDataException">A value of the target is refused.</exception>
    public static GivenNoiseTask Learn(Table training, string target, string column) => new(TargetScale.Learn(training, target), column);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    public static GivenNoiseTask FromJson(JsonNode json) => new(TargetScale.FromJson(json.Member("scale")), json.Text("column"));

    /// <inheritdoc/>
    public override IReadOnlyList<string> RowColumns => [_column];

    /// <inheritdoc/>
    public override IReadOnlyList<MemberHead> Heads => [new PlainHead("given noise", 1, Likelihood)];

    /// <inheritdoc/>
    public override Likelihood Likelihood { get; } = new GaussianLikelihood(1);

    /// <summary>Returns targets and precisions: −½ (y − f)² / s² is the log-probability for a standard deviation of 1, times 1 / s².</summary>
    /// <inheritdoc/>
    public override (Tensor Target, double[]? Factors) Training(Table rows)
    {
        float[] values = [.. Read(rows).Select(value => (float)_scale.Scale(value))];
        return (tensor(values).unsqueeze(1), [.. Stddevs(rows).Select(stddev => 1 / (stddev * stddev))]);
    }

    /// <inheritdoc/>
    public override (Tensor Outputs, Likelihood Likelihood) ForRows(Tensor outputs, Table rows)
    {
        using var scope = NewDisposeScope();
        var logVariances = tensor([.. Stddevs(rows).Select(stddev => 2 * Math.Log(stddev))]).to(outputs.dtype).reshape(1, -1, 1);
        return (cat([outputs, logVariances.expand(outputs.shape[0], -1, -1)], -1).MoveToOuterDisposeScope(),
            new HeteroscedasticGaussianLikelihood());
    }

    /// <inheritdoc/>
    public override double[] Read(Table rows) => _scale.Read(rows);

    /// <inheritdoc/>
    public override JsonObject ToJson() => new() { ["noise"] = Kind, ["scale"] = _scale.ToJson(), ["column"] = _column };

    private IEnumerable<double> Stddevs(Table rows) =>
        TableNumbers.Read(rows, _column, Role, NumberRule.Positive).Select(stddev => stddev / _scale.Stddev);
}
