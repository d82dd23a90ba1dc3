using System.Text.Json.Nodes;
using Bayes.Layers.Likelihoods;
using static TorchSharp.torch;

namespace Bayes.Layers.Tabular;

/// <summary>A target that counts, with a rate that is proportional to an exposure.</summary>
internal sealed class PoissonTask : RegressionTask
{
    /// <summary>What files call it.</summary>
    public const string Kind = "Poisson";

    /// <summary>What messages call the column.</summary>
    public const string Role = "the exposure";

    private readonly string? _exposure;
    private readonly double _logRate;

    private PoissonTask(string target, string? exposure, double logRate) : base(target, TargetUnit.Own) =>
        (_exposure, _logRate) = (exposure, logRate);

    /// <summary>Learns training rows.</summary>
    /// <exception cref="InvalidDataException">A value is refused, or all counts are 0.</exception>
    public static PoissonTask Learn(Table training, string target, string? exposure)
    {
        double[] counts = Counts(training, target);
        double total = counts.Sum(), exposures = Exposures(training, exposure).Sum();
        return total > 0 ? new PoissonTask(target, exposure, Math.Log(total / exposures)) : throw new InvalidDataException(
            $"The column '{target}', {TargetScale.Role}, is 0 in every row; expected some counts above 0.");
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    public static PoissonTask FromJson(JsonNode json) =>
        new(json.Text("column"), json["exposure"]?.GetValue<string>(), json.Number("logRate"));

    /// <inheritdoc/>
    public override IReadOnlyList<string> RowColumns => _exposure is null ? [] : [_exposure];

    /// <inheritdoc/>
    public override IReadOnlyList<MemberHead> Heads => [new PlainHead("counts", 1, new PoissonLikelihood(validate: false))];

    /// <inheritdoc/>
    public override Likelihood Likelihood { get; } = new PoissonLikelihood();

    /// <summary>
    /// Returns rates and exposures: with a rate e · r · exp(f), log p(y) = e r ((y / (e r)) f − exp(f)) up to what does not depend on f, the
    /// log-probability of y / (e r) times e r. So the outputs are about 0.
    /// </summary>
    /// <inheritdoc/>
    public override (Tensor Target, double[]? Factors) Training(Table rows)
    {
        double[] factors = [.. Exposures(rows, _exposure).Select(exposure => exposure * Math.Exp(_logRate))];
        float[] rates = [.. Read(rows).Zip(factors, (count, factor) => (float)(count / factor))];
        return (tensor(rates).unsqueeze(1), factors);
    }

    /// <inheritdoc/>
    public override (Tensor Outputs, Likelihood Likelihood) ForRows(Tensor outputs, Table rows)
    {
        using var scope = NewDisposeScope();
        var logs = tensor([.. Exposures(rows, _exposure).Select(exposure => _logRate + Math.Log(exposure))]).to(outputs.dtype).reshape(1, -1, 1);
        return (outputs.add(logs).MoveToOuterDisposeScope(), Likelihood);
    }

    /// <inheritdoc/>
    public override double[] Read(Table rows) => Counts(rows, Target);

    /// <inheritdoc/>
    public override JsonObject ToJson() => new() { ["noise"] = Kind, ["column"] = Target, ["exposure"] = _exposure, ["logRate"] = _logRate };

    private static double[] Counts(Table rows, string target) => TableNumbers.Read(rows, target, TargetScale.Role, NumberRule.Count);

    private static double[] Exposures(Table rows, string? column) => column is null ? [.. Enumerable.Repeat(1.0, rows.RowCount)]
        : TableNumbers.Read(rows, column, Role, NumberRule.Positive);
}
