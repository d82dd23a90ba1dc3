using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>
/// Whether what is predicted with probability p comes true in a share p of the cases: probabilities in bins of equal width, each
/// with the share that came true. Immutable. Draw the bins for a reliability diagram.
/// </summary>
/// <remarks>
/// The bins divide [0, 1] into intervals (lower, upper], the first of which holds 0 too (Guo et al. 2017, section 2). The errors
/// depend on how many bins there are: compare models with the same number only.
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

    /// <summary>The bins from 0 to 1, empty ones too.</summary>
    public IReadOnlyList<ReliabilityBin> Bins { get; }

    /// <summary>How many examples there are.</summary>
    public long Count { get; }

    /// <summary>
    /// The expected calibration error (ECE), in [0, 1]: the mean over examples of |frequency − mean probability| of the bin of each
    /// (Guo et al. 2017, eq. 3).
    /// </summary>
    public double ExpectedError { get; }

    /// <summary>
    /// The maximum calibration error (MCE), in [0, 1]: the largest |frequency − mean probability| of a bin that is not empty
    /// (Guo et al. 2017, eq. 5).
    /// </summary>
    public double MaximumError { get; }

    /// <summary>
    /// The probability of the predicted class against how often the prediction was right: the calibration of confidence
    /// (Guo et al. 2017), of any number of classes.
    /// </summary>
    /// <param name="probability">
    /// Probabilities of class 1, <c>[N]</c> or <c>[N, 1]</c>, or of all classes, <c>[N, C]</c> with rows that sum to one.
    /// </param>
    /// <param name="target">Classes 0 and 1 of the same shape, or class indices 0 to C − 1, <c>[N]</c>.</param>
    /// <param name="bins">How many bins of equal width [0, 1] is divided into; those below 1/C stay empty.</param>
    /// <exception cref="ArgumentException">
    /// Shapes do not fit, there are no examples, a probability is NaN or outside [0, 1], a row does not sum to one within 0.001
    /// (0.008 in BFloat16), or a target is no class.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bins"/> is below 1.</exception>
    public static Calibration OfConfidence(Tensor probability, Tensor target, int bins = 10)
    {
        Require.Positive(bins);
        return OfConfidence(ClassOutcomes.Read(probability, target), bins);
    }

    /// <summary>
    /// The probability of class 1 against how often class 1 came true: the reliability diagram of two classes, which also shows on
    /// which side the errors are.
    /// </summary>
    /// <param name="probability">Probabilities of class 1, <c>[N]</c> or <c>[N, 1]</c>.</param>
    /// <param name="target">Classes 0 and 1, of the same shape.</param>
    /// <param name="bins">How many bins of equal width [0, 1] is divided into.</param>
    /// <exception cref="ArgumentException">
    /// Shapes differ, there are no examples, a probability is NaN or outside [0, 1], or a target is neither 0 nor 1.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bins"/> is below 1.</exception>
    public static Calibration OfProbability(Tensor probability, Tensor target, int bins = 10)
    {
        Require.Positive(bins);
        var outcomes = BinaryOutcomes.ReadProbabilities(probability, target);
        return Collect(outcomes.Scores, outcomes.Positives, bins);
    }

    internal static Calibration OfConfidence(ClassOutcomes outcomes, int bins)
    {
        int[] examples = [.. Enumerable.Range(0, outcomes.Count)];
        return Collect(Array.ConvertAll(examples, outcomes.Confidence), Array.ConvertAll(examples, outcomes.IsRight), bins);
    }

    private static Calibration Collect(double[] probabilities, bool[] cameTrue, int bins)
    {
        long[] counts = new long[bins], hits = new long[bins];
        double[] sums = new double[bins];
        for (int example = 0; example < probabilities.Length; example++)
        {
            int bin = BinOf(probabilities[example], bins);
            counts[bin]++;
            hits[bin] += cameTrue[example] ? 1 : 0;
            sums[bin] += probabilities[example];
        }
        var collected = new ReliabilityBin[bins];
        for (int bin = 0; bin < bins; bin++)
            collected[bin] = new ReliabilityBin(
                Edge(bin, bins), Edge(bin + 1, bins), counts[bin],
                counts[bin] == 0 ? null : sums[bin] / counts[bin],
                counts[bin] == 0 ? null : (double)hits[bin] / counts[bin]);
        return new Calibration(Array.AsReadOnly(collected));
    }

    // The product is rounded, and may put a probability at an edge on the wrong side of it: the edges themselves decide.
    private static int BinOf(double probability, int bins)
    {
        int bin = Math.Clamp((int)Math.Ceiling(probability * bins) - 1, 0, bins - 1);
        if (bin > 0 && probability <= Edge(bin, bins))
            return bin - 1;
        return bin < bins - 1 && probability > Edge(bin + 1, bins) ? bin + 1 : bin;
    }

    private static double Edge(int index, int bins) => (double)index / bins;
}
