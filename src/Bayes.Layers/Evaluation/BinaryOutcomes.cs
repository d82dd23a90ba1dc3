using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>Scores of class 1, such as probabilities, and the true classes, read from two tensors and checked.</summary>
internal sealed class BinaryOutcomes
{
    private BinaryOutcomes(double[] scores, bool[] positives)
    {
        Scores = scores;
        Positives = positives;
        PositiveCount = positives.LongCount(positive => positive);
    }

    public double[] Scores { get; }

    public bool[] Positives { get; }

    public long PositiveCount { get; }

    public long NegativeCount => Positives.Length - PositiveCount;

    /// <summary>Creates outcomes from scores that were read before and do not contain NaN.</summary>
    public static BinaryOutcomes Of(double[] scores, bool[] positives) => new(scores, positives);

    /// <summary>Reads scores, which may be any numbers except NaN.</summary>
    public static BinaryOutcomes ReadScores(Tensor score, Tensor target)
    {
        TensorValues.RequireMatching(score, nameof(score), target);
        RequireColumn(score, nameof(score));
        double[] scores = score.ReadDoubles();
        if (scores.Any(double.IsNaN))
            throw new ArgumentException("A score is NaN; expected numbers that can be ordered.", nameof(score));
        return new BinaryOutcomes(scores, Classes(target));
    }

    /// <summary>Reads scores that are probabilities, in [0, 1].</summary>
    public static BinaryOutcomes ReadProbabilities(Tensor probability, Tensor target)
    {
        TensorValues.RequireMatching(probability, nameof(probability), target);
        RequireColumn(probability, nameof(probability));
        Require.WithinUnitInterval(probability, nameof(probability));
        return new BinaryOutcomes(probability.ReadDoubles(), Classes(target));
    }

    /// <summary>Returns these outcomes, or refuses them if all targets are of one class.</summary>
    /// <param name="metric">What needs both classes, with its article.</param>
    /// <exception cref="ArgumentException">All targets are of one class.</exception>
    public BinaryOutcomes RequireBothClasses(string metric) => PositiveCount > 0 && NegativeCount > 0
        ? this
        : throw new ArgumentException(
            $"All {Positives.Length} targets are of class {(PositiveCount == 0 ? 0 : 1)}; {metric} needs both classes.", "target");

    /// <summary>Returns the scores in descending order, each with whether its example is of class 1.</summary>
    public (double[] Scores, bool[] Positives) Descending()
    {
        double[] scores = (double[])Scores.Clone();
        bool[] positives = (bool[])Positives.Clone();
        Array.Sort(scores, positives);
        Array.Reverse(scores);
        Array.Reverse(positives);
        return (scores, positives);
    }

    private static bool[] Classes(Tensor target) => Array.ConvertAll(ClassTargets.Read(target, classes: 2), index => index == 1);

    private static void RequireColumn(Tensor tensor, string name)
    {
        if (tensor.ndim != 1 && !(tensor.ndim == 2 && tensor.shape[1] == 1))
            throw new ArgumentException($"The {name} has shape {Shapes.Describe(tensor.shape)}; expected [N] or [N, 1], for class 1 only.", name);
    }
}
