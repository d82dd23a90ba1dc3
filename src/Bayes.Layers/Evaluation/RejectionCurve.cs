using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>
/// The accuracy-rejection curve of selective prediction: how well the rest is classified when the least certain examples are set
/// aside, handed to a person say (Nadeem, Zucker &amp; Hanczar 2010). It rises where the uncertainty knows what goes wrong. Immutable.
/// </summary>
public sealed class RejectionCurve
{
    private RejectionCurve(IReadOnlyList<RejectionPoint> points)
    {
        Points = points;
        AreaUnderCurve = points.Average(point => point.Accuracy);
    }

    /// <summary>A point for each number of examples that are left: all N of them first, 1 last.</summary>
    public IReadOnlyList<RejectionPoint> Points { get; }

    /// <summary>
    /// The mean of the accuracies of all points, in [0, 1]: the area under the steps, each 1/N wide. An uncertainty that knows nothing
    /// has the plain accuracy on average.
    /// </summary>
    public double AreaUnderCurve { get; }

    /// <summary>Sets aside the most uncertain examples, one after another.</summary>
    /// <param name="uncertainty">
    /// Any number that rises with how unsure a prediction is, a standard deviation or an entropy say: one for each example,
    /// <c>[N]</c> or <c>[N, 1]</c>. Among examples of equal uncertainty each is as likely to be set aside: the accuracy is the expected one.
    /// </param>
    /// <param name="probability">
    /// Probabilities of class 1, <c>[N]</c> or <c>[N, 1]</c>, or of all classes, <c>[N, C]</c> with rows that sum to one.
    /// </param>
    /// <param name="target">Classes 0 and 1 of the same shape, or class indices 0 to C − 1, <c>[N]</c>.</param>
    /// <exception cref="ArgumentException">
    /// Shapes do not fit, there are no examples, an uncertainty is NaN, a probability is NaN or outside [0, 1], a row does not sum to
    /// one within 0.001 (0.008 in BFloat16), or a target is no class.
    /// </exception>
    public static RejectionCurve Of(Tensor uncertainty, Tensor probability, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(uncertainty);
        var outcomes = ClassOutcomes.Read(probability, target);
        if (uncertainty.numel() != outcomes.Count || uncertainty.ndim is not (1 or 2) || uncertainty.shape[0] != outcomes.Count)
            throw new ArgumentException(
                $"The uncertainty has shape {Shapes.Describe(uncertainty.shape)}; expected one for each of the {outcomes.Count} examples.",
                nameof(uncertainty));
        double[] uncertainties = uncertainty.ReadDoubles();
        if (uncertainties.Any(double.IsNaN))
            throw new ArgumentException("An uncertainty is NaN; expected numbers that can be put in order.", nameof(uncertainty));

        bool[] isRight = [.. Enumerable.Range(0, outcomes.Count).Select(outcomes.IsRight)];
        Array.Sort(uncertainties, isRight);
        var points = new RejectionPoint[outcomes.Count];
        long rightBelow = 0;
        foreach (var (start, end) in Ties.Of(uncertainties))
        {
            // Products of counts over products of counts: rounded once, so that a flat curve is flat to the last bit.
            long size = end - start, right = isRight.AsSpan(start..end).Count(true);
            for (int retained = start + 1; retained <= end; retained++)
            {
                double accuracy = (double)(rightBelow * size + right * (retained - start)) / (size * retained);
                points[outcomes.Count - retained] = new RejectionPoint((double)(outcomes.Count - retained) / outcomes.Count, retained, accuracy);
            }
            rightBelow += right;
        }
        return new RejectionCurve(Array.AsReadOnly(points));
    }

    /// <summary>The area, and the accuracy where each tenth more is set aside, in the invariant culture.</summary>
    public override string ToString()
    {
        var table = new ReportTable($"{Points.Count} examples").Add("area under the curve", AreaUnderCurve);
        for (int tenth = 0; tenth < 10; tenth++)
            table.Add(tenth == 0 ? "accuracy of all" : $"accuracy without worst {10 * tenth} %", AccuracyAt(tenth / 10.0));
        return table.ToString();
    }

    /// <summary>The accuracy on the rest when at most a share of the examples, in whole examples, is set aside.</summary>
    /// <param name="rejectedShare">The share, in [0, 1). At least one example is left.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is NaN, below 0, or 1 or above.</exception>
    public double AccuracyAt(double rejectedShare)
    {
        if (!(rejectedShare >= 0 && rejectedShare < 1))
            throw new ArgumentOutOfRangeException(
                nameof(rejectedShare), rejectedShare, $"{nameof(rejectedShare)} is {rejectedShare}; expected a number in [0, 1).");
        // 0.29 · 100 is a little below 29.
        int rejected = (int)Math.Floor(rejectedShare * Points.Count + 1e-9);
        return Points[Math.Min(rejected, Points.Count - 1)].Accuracy;
    }
}
