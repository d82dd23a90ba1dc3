using Bayes.Layers.Evaluation;
using Bayes.Layers.Reports.Figures;

namespace Bayes.Layers.Tests.Reports.Figures;

/// <summary>A made-up evaluation of 285 examples: most probabilities are near 0 or 1, and all are a little too certain.</summary>
internal static class SyntheticEvaluation
{
    private const int Examples = 285;

    private static readonly (double Probability, bool IsOne)[] Outcomes = Draw();

    /// <summary>Ten bins of equal width; the two in the middle are empty.</summary>
    public static IReadOnlyList<ReliabilityBin> Bins { get; } =
        [.. Enumerable.Range(0, 10).Select(index => index is 4 or 5 ? Empty(index) : Bin(index))];

    /// <summary>A curve ordered by the distance of the probability from one half, and one ordered by a worse criterion.</summary>
    public static IReadOnlyList<RejectionLine> Lines { get; } =
    [
        RejectionLine.OfAccuracy("by total entropy", Curve(outcome => Math.Abs(outcome.Probability - 0.5))),
        RejectionLine.OfAccuracy(
            "by mutual information", Curve(outcome => Math.Abs(outcome.Probability - 0.5) + 0.2 * Math.Sin(1e4 * outcome.Probability))),
    ];

    private static ReliabilityBin Empty(int index) => new(index / 10.0, (index + 1) / 10.0, 0, null, null);

    private static ReliabilityBin Bin(int index)
    {
        var inside = Outcomes.Where(outcome => Math.Min(9, (int)(10 * outcome.Probability)) == index).ToArray();
        return Empty(index) with
        {
            Count = inside.Length,
            MeanProbability = inside.Average(outcome => outcome.Probability),
            Frequency = inside.Average(outcome => outcome.IsOne ? 1.0 : 0.0),
        };
    }

    private static IReadOnlyList<RejectionPoint> Curve(Func<(double Probability, bool IsOne), double> certainty)
    {
        bool[] right = [.. Outcomes.OrderBy(certainty).Select(outcome => outcome.Probability >= 0.5 == outcome.IsOne)];
        return [.. Enumerable.Range(0, Examples).Select(rejected => new RejectionPoint(
            (double)rejected / Examples, Examples - rejected, right.Skip(rejected).Average(isRight => isRight ? 1 : 0)))];
    }

    private static (double Probability, bool IsOne)[] Draw()
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, Examples).Select(_ =>
        {
            double score = 9 * random.NextDouble() - 4;
            return (1 / (1 + Math.Exp(-score)), random.NextDouble() < 1 / (1 + Math.Exp(-0.75 * score)));
        })];
    }
}
