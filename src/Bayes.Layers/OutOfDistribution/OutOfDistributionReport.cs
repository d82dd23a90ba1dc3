using System.Globalization;
using Bayes.Layers.Evaluation;
using Bayes.Layers.Numerics;
using Bayes.Layers.Prediction;
using static TorchSharp.torch;

namespace Bayes.Layers.OutOfDistribution;

/// <summary>
/// How well the scores of a prediction tell rows unlike the training data from rows like them; <see cref="ToString"/> returns a table.
/// </summary>
/// <param name="KnownCount">The number of rows like the training data.</param>
/// <param name="UnseenCount">The number of other rows.</param>
/// <param name="TruePositiveRate">The share of known rows that must pass as known, for the false positive rates.</param>
/// <param name="Results">A result for each score that the predictions have.</param>
public sealed record OutOfDistributionReport(
    long KnownCount, long UnseenCount, double TruePositiveRate, IReadOnlyList<OutOfDistributionResult> Results)
{
    /// <summary>Gets the result with the largest area under the curve.</summary>
    public OutOfDistributionResult Best => Results.MaxBy(result => result.RocAuc)!;

    /// <summary>Compares all scores that both predictions have.</summary>
    /// <param name="known">The prediction of rows like the training data, that were not trained on.</param>
    /// <param name="unseen">The prediction of other rows, by the same model.</param>
    /// <param name="scores">The scores; <see cref="OutOfDistributionScore.All"/> if null. Those that a prediction does not have are left out.</param>
    /// <param name="truePositiveRate">The share of known rows that must pass as known, above 0 and at most 1.</param>
    /// <exception cref="ArgumentException">The predictions differ in model, likelihood or the shape of a row, they have none of the scores, or a
    /// score
    /// is NaN.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="truePositiveRate"/> is outside its range.</exception>
    public static OutOfDistributionReport Of(
        Predictive known, Predictive unseen, IEnumerable<OutOfDistributionScore>? scores = null, double truePositiveRate = 0.95)
    {
        ArgumentNullException.ThrowIfNull(known);
        ArgumentNullException.ThrowIfNull(unseen);
        SameModel.Require(known.Likelihood.ToString(), known.Mean.shape[1..], known.Provenance, unseen, nameof(unseen));
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        long ofKnown = known.Mean.shape[0], ofUnseen = unseen.Mean.shape[0];
        using var isUnseen = cat([zeros(ofKnown), ones(ofUnseen)], 0);
        using var isKnown = isUnseen.neg().add_(Scalars.One, Scalars.One);
        var results = new List<OutOfDistributionResult>();
        foreach (var score in scores ?? OutOfDistributionScore.All)
        {
            using var each = NewDisposeScope();
            if (score.Compute(known) is not { } low || score.Compute(unseen) is not { } high)
                continue;
            Require(low, ofKnown);
            Require(high, ofUnseen);
            using var both = cat([low, high.to(low.device).to(low.dtype)], 0);
            using var negated = both.neg();
            results.Add(new OutOfDistributionResult(
                score.Name, RocAuc.Of(both, isUnseen), FalsePositiveRate.Of(negated, isKnown, truePositiveRate)));

            void Require(Tensor values, long rows)
            {
                if (values.ndim != 1 || values.shape[0] != rows)
                    throw new ArgumentException(
                        $"The score {score} has shape {Shapes.Describe(values.shape)}; expected [{rows}], a number for each row.", nameof(scores));
            }
        }
        return results.Count > 0
            ? new OutOfDistributionReport(ofKnown, ofUnseen, truePositiveRate, results)
            : throw new ArgumentException("The predictions have none of the scores; expected at least one, such as the epistemic variance of "
                + "2 draws or more.", nameof(scores));
    }

    /// <summary>Returns a line for each score, in the invariant culture.</summary>
    public override string ToString()
    {
        var table = new ReportTable(string.Create(
            CultureInfo.InvariantCulture, $"{KnownCount} known rows, {UnseenCount} unseen: area under the ROC curve"));
        foreach (var result in Results)
            table.Add(result.Score, result.RocAuc, string.Create(
                CultureInfo.InvariantCulture, $"{result.FalsePositiveRate:0.0000} of the unseen pass with {TruePositiveRate:0.####} of the known"));
        return table.ToString();
    }
}
