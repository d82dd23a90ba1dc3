using System.Globalization;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>
/// The calibration of probabilities: events predicted with probability p should happen in a share p of the cases. Holds bins of probabilities,
/// each with the observed frequency; plot them as a reliability diagram. Immutable.
/// </summary>
/// <remarks>
/// Bins of equal width divide [0, 1] into intervals (lower, upper]; the first one also contains 0 (Guo et al. 2017, section 2). Bins of equal
/// mass span the smallest to the largest probability in them (<see cref="Binning"/>). The errors depend on the bins: compare models only with the
/// same bins.
/// </remarks>
public sealed class Calibration
{
    private Calibration(IReadOnlyList<ReliabilityBin> bins)
    {
        Bins = bins;
        Count = bins.Sum(bin => bin.Count);
        foreach (var bin in bins)
        {
            if (bin is not { MeanProbability: { } probability, Frequency: { } frequency })
                continue;
            double gap = Math.Abs(frequency - probability);
            ExpectedError += gap * ((double)bin.Count / Count);
            MaximumError = Math.Max(MaximumError, gap);
        }
    }

    /// <summary>Gets the bins in ascending order: of equal width from 0 to 1, including empty ones, or of equal mass.</summary>
    public IReadOnlyList<ReliabilityBin> Bins { get; }

    /// <summary>Gets the number of examples.</summary>
    public long Count { get; }

    /// <summary>
    /// Gets the expected calibration error (ECE), in [0, 1]: the mean over examples of |frequency − mean probability| of the example's bin
    /// (Guo et al. 2017, eq. 3).
    /// </summary>
    public double ExpectedError { get; }

    /// <summary>
    /// Gets the maximum calibration error (MCE), in [0, 1]: the largest |frequency − mean probability| of a bin that is not empty
    /// (Guo et al. 2017, eq. 5).
    /// </summary>
    public double MaximumError { get; }

    /// <summary>
    /// Compares the probability of the predicted class with the frequency of correct predictions: the calibration of confidence (Guo et al. 2017),
    /// for any number of classes.
    /// </summary>
    /// <param name="probability">
    /// Probabilities of class 1, <c>[N]</c> or <c>[N, 1]</c>, or of all classes, <c>[N, C]</c> with rows that sum to one.
    /// </param>
    /// <param name="target">Classes 0 and 1 of the same shape, or class indices 0 to C − 1, <c>[N]</c>.</param>
    /// <param name="bins">The number of bins; those of equal width below 1/C stay empty.</param>
    /// <param name="binning">The assignment of probabilities to bins.</param>
    /// <exception cref="ArgumentException">
    /// Shapes do not fit, there are no examples, a probability is NaN or outside [0, 1], a row does not sum to one within 0.001
    /// (0.008 in BFloat16), or a target is not a class.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bins"/> is below 1.</exception>
    public static Calibration OfConfidence(Tensor probability, Tensor target, int bins = 10, Binning binning = Binning.EqualWidth)
    {
        RequireBins(bins, binning);
        return OfConfidence(ClassOutcomes.Read(probability, target), bins, binning);
    }

    /// <summary>Compares the probability of the predicted class with the frequency of correct predictions, over the places of a
    /// prediction.</summary>
    /// <param name="prediction">
    /// A prediction of classes. Places of an example, such as pixels, count as examples; those whose target is the likelihood's
    /// <see cref="Likelihoods.CategoricalLikelihood.IgnoreIndex"/> are left out.
    /// </param>
    /// <param name="target">Observed values, in the form that the likelihood takes.</param>
    /// <param name="bins">The number of bins; those of equal width below 1/C stay empty.</param>
    /// <param name="binning">The assignment of probabilities to bins.</param>
    /// <exception cref="ArgumentException">The prediction is not of classes, or has several labels, or the target does not fit, or nothing is
    /// left.</exception>
    public static Calibration OfConfidence(IPrediction prediction, Tensor target, int bins = 10, Binning binning = Binning.EqualWidth)
    {
        RequireBins(bins, binning);
        return OfConfidence(PredictedPlaces.Outcomes(prediction, target), bins, binning);
    }

    /// <summary>
    /// Compares the probability of class 1 with the frequency of class 1: the reliability diagram of two classes, which also shows the direction of
    /// the errors.
    /// </summary>
    /// <param name="probability">Probabilities of class 1, <c>[N]</c> or <c>[N, 1]</c>.</param>
    /// <param name="target">Classes 0 and 1, of the same shape.</param>
    /// <param name="bins">The number of bins.</param>
    /// <param name="binning">The assignment of probabilities to bins.</param>
    /// <exception cref="ArgumentException">
    /// Shapes differ, there are no examples, a probability is NaN or outside [0, 1], or a target is neither 0 nor 1.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bins"/> is below 1.</exception>
    public static Calibration OfProbability(Tensor probability, Tensor target, int bins = 10, Binning binning = Binning.EqualWidth)
    {
        RequireBins(bins, binning);
        var outcomes = BinaryOutcomes.ReadProbabilities(probability, target);
        return new Calibration(ReliabilityBins.Of(outcomes.Scores, outcomes.Positives, bins, binning));
    }

    /// <summary>
    /// Compares the probability of each class with the frequency of that class, which also shows errors of probabilities that are not the highest
    /// (Kull et al. 2019, "Beyond Temperature Scaling").
    /// </summary>
    /// <param name="probability">
    /// Probabilities of class 1, <c>[N]</c> or <c>[N, 1]</c>, or of all classes, <c>[N, C]</c> with rows that sum to one.
    /// </param>
    /// <param name="target">Classes 0 and 1 of the same shape, or class indices 0 to C − 1, <c>[N]</c>.</param>
    /// <param name="bins">The number of bins for each class.</param>
    /// <param name="binning">The assignment of probabilities to bins.</param>
    /// <returns>C calibrations, in the order of the classes; two for the binary form.</returns>
    /// <exception cref="ArgumentException">Under the same conditions as in <see cref="OfConfidence(Tensor, Tensor, int, Binning)"/>.</exception>
    public static IReadOnlyList<Calibration> OfEachClass(Tensor probability, Tensor target, int bins = 10, Binning binning = Binning.EqualWidth)
    {
        RequireBins(bins, binning);
        var outcomes = ClassOutcomes.Read(probability, target);
        return Array.AsReadOnly([.. Enumerable.Range(0, outcomes.Probabilities.Classes).Select(index => new Calibration(ReliabilityBins.Of(
            outcomes.OfClass(index), outcomes.IsOfClass(index), bins, binning)))]);
    }

    /// <summary>Returns the class-wise calibration error, in [0, 1]: the mean over the classes of their expected errors (Kull et al. 2019, section
    /// 2).</summary>
    /// <inheritdoc cref="OfEachClass(Tensor, Tensor, int, Binning)" path="/param"/>
    /// <exception cref="ArgumentException">Under the same conditions as in <see cref="OfConfidence(Tensor, Tensor, int, Binning)"/>.</exception>
    public static double ClassWiseError(Tensor probability, Tensor target, int bins = 10, Binning binning = Binning.EqualWidth) =>
        OfEachClass(probability, target, bins, binning).Average(ofClass => ofClass.ExpectedError);

    /// <summary>Returns the errors, and a line for each bin that is not empty, in the invariant culture.</summary>
    public override string ToString()
    {
        var table = new ReportTable($"{Count} examples")
            .Add("expected calibration error", ExpectedError, $"{Bins.Count} bins").Add("maximum calibration error", MaximumError);
        foreach (var bin in Bins)
            if (bin.Count > 0)
                table.Add(
                    string.Create(CultureInfo.InvariantCulture, $"{bin.Lower:0.0000} to {bin.Upper:0.0000}"), bin.Frequency,
                    string.Create(CultureInfo.InvariantCulture, $"came true of {bin.MeanProbability:0.0000} predicted, {bin.Count} examples"));
        return table.ToString();
    }

    internal static Calibration OfConfidence(ClassOutcomes outcomes, int bins, Binning binning = Binning.EqualWidth)
    {
        int[] examples = [.. Enumerable.Range(0, outcomes.Count)];
        double[] confidences = Array.ConvertAll(examples, outcomes.Confidence);
        return new Calibration(ReliabilityBins.Of(confidences, Array.ConvertAll(examples, outcomes.IsCorrect), bins, binning));
    }

    private static void RequireBins(int bins, Binning binning)
    {
        Require.Positive(bins);
        if (!Enum.IsDefined(binning))
            throw new ArgumentOutOfRangeException(nameof(binning), binning, $"binning is {(int)binning}; expected EqualWidth or EqualMass.");
    }
}
