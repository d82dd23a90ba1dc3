using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>
/// The accuracy-rejection curve of selective prediction: the accuracy on the remaining examples if the least certain ones are rejected, for example
/// to be decided by a person (Nadeem, Zucker &amp; Hanczar 2010). It rises if the uncertainty indicates errors. Immutable.
/// </summary>
public sealed class RejectionCurve
{
    private RejectionCurve(IReadOnlyList<RejectionPoint> points)
    {
        Points = points;
        AreaUnderCurve = points.Average(point => point.Accuracy);
    }

    /// <summary>Gets a point for each number of retained examples, from N down to 1.</summary>
    public IReadOnlyList<RejectionPoint> Points { get; }

    /// <summary>
    /// Gets the mean of the accuracies of all points, in [0, 1]: the area under the steps, each 1/N wide. An uninformative uncertainty gets the
    /// plain accuracy on average.
    /// </summary>
    public double AreaUnderCurve { get; }

    /// <summary>Computes the curve by rejecting the most uncertain examples, one after another.</summary>
    /// <param name="uncertainty">
    /// A number for each example that increases with its uncertainty, such as a standard deviation or an entropy: <c>[N]</c> or <c>[N, 1]</c>.
    /// Examples of equal uncertainty are equally likely to be rejected: the accuracy is the expected one.
    /// </param>
    /// <param name="probability">
    /// Probabilities of class 1, <c>[N]</c> or <c>[N, 1]</c>, or of all classes, <c>[N, C]</c> with rows that sum to one.
    /// </param>
    /// <param name="target">Classes 0 and 1 of the same shape, or class indices 0 to C − 1, <c>[N]</c>.</param>
    /// <exception cref="ArgumentException">
    /// Shapes do not fit, there are no examples, an uncertainty is NaN, a probability is NaN or outside [0, 1], a row does not sum to
    /// one within 0.001 (0.008 in BFloat16), or a target is not a class.
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
            throw new ArgumentException("An uncertainty is NaN; expected numbers that can be ordered.", nameof(uncertainty));

        bool[] isCorrect = [.. Enumerable.Range(0, outcomes.Count).Select(outcomes.IsCorrect)];
        Array.Sort(uncertainties, isCorrect);
        var points = new RejectionPoint[outcomes.Count];
        long correctBelow = 0;
        foreach (var (start, end) in Ties.Of(uncertainties))
        {
            // A quotient of two products of counts is rounded only once, so a flat curve is flat to the last bit.
            long size = end - start, correct = isCorrect.AsSpan(start..end).Count(true);
            for (int retained = start + 1; retained <= end; retained++)
            {
                double accuracy = (double)(correctBelow * size + correct * (retained - start)) / (size * retained);
                points[outcomes.Count - retained] = new RejectionPoint((double)(outcomes.Count - retained) / outcomes.Count, retained, accuracy);
            }
            correctBelow += correct;
        }
        return new RejectionCurve(Array.AsReadOnly(points));
    }

    /// <summary>Computes the curve by rejecting the most uncertain places of a prediction, one after another.</summary>
    /// <param name="prediction">
    /// A prediction of classes. Places of an example, such as pixels, count as examples; those whose target is the likelihood's
    /// <see cref="Likelihoods.CategoricalLikelihood.IgnoreIndex"/> are left out.
    /// </param>
    /// <param name="target">Observed values, in the form that the likelihood takes.</param>
    /// <param name="uncertainty">
    /// A number for each target that increases with its uncertainty, such as the prediction's <c>MutualInformation</c>; the entropy of the mean by
    /// default.
    /// </param>
    /// <exception cref="ArgumentException">The prediction is not of classes, or has several labels, or the target does not fit, or nothing is
    /// left.</exception>
    public static RejectionCurve Of(IPrediction prediction, Tensor target, Tensor? uncertainty = null)
    {
        using var scope = NewDisposeScope();
        var places = PredictedPlaces.WithUncertainty(prediction, target, uncertainty);
        return Of(places.Value!, places.Probability, places.Target);
    }

    /// <summary>Returns the area, and the accuracy with 0 %, 10 %, … 90 % rejected, in the invariant culture.</summary>
    public override string ToString()
    {
        var table = new ReportTable($"{Points.Count} examples").Add("area under the curve", AreaUnderCurve);
        for (int tenth = 0; tenth < 10; tenth++)
            table.Add(tenth == 0 ? "accuracy of all" : $"accuracy without worst {10 * tenth} %", AccuracyAt(tenth / 10.0));
        return table.ToString();
    }

    /// <summary>
    /// Returns the accuracy on the remaining examples if at most a share of the examples, rounded down to whole ones, is rejected.
    /// </summary>
    /// <param name="rejectedShare">The share, in [0, 1). At least one example remains.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share is NaN, below 0, or at least 1.</exception>
    public double AccuracyAt(double rejectedShare)
    {
        if (!(rejectedShare >= 0 && rejectedShare < 1))
            throw new ArgumentOutOfRangeException(
                nameof(rejectedShare), rejectedShare, $"{nameof(rejectedShare)} is {rejectedShare}; expected a number in [0, 1).");
        // Floating-point error: 0.29 · 100 is slightly below 29.
        int rejected = (int)Math.Floor(rejectedShare * Points.Count + 1e-9);
        return Points[Math.Min(rejected, Points.Count - 1)].Accuracy;
    }
}
