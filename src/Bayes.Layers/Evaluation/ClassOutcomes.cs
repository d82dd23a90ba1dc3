using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>Predicted probabilities of classes beside the classes that came true, binary and multi-class alike.</summary>
internal sealed class ClassOutcomes
{
    private readonly int[] _targets;
    private readonly int[] _predictions;

    private ClassOutcomes(ClassProbabilities probabilities, int[] targets)
    {
        Probabilities = probabilities;
        _targets = targets;
        _predictions = new int[targets.Length];
        for (int example = 0; example < targets.Length; example++)
            _predictions[example] = Highest(probabilities.Row(example));
    }

    public ClassProbabilities Probabilities { get; }

    public int Count => _targets.Length;

    public int Target(int example) => _targets[example];

    /// <summary>The most probable class, the first of equals.</summary>
    public int Prediction(int example) => _predictions[example];

    /// <summary>The probability of the predicted class.</summary>
    public double Confidence(int example) => Probabilities.Row(example)[_predictions[example]];

    public bool IsRight(int example) => _predictions[example] == _targets[example];

    /// <summary>The probability that was given to the class that came true.</summary>
    public double TrueClassProbability(int example) => Probabilities.Row(example)[_targets[example]];

    /// <summary>The probability of a class, of each example.</summary>
    public double[] OfClass(int index) => [.. Enumerable.Range(0, Count).Select(example => Probabilities.Row(example)[index])];

    /// <summary>Whether each example is of a class.</summary>
    public bool[] IsOfClass(int index) => Array.ConvertAll(_targets, target => target == index);

    /// <summary>The first class of which there is no example; null if all are there.</summary>
    public int? MissingClass()
    {
        bool[] isThere = new bool[Probabilities.Classes];
        foreach (int target in _targets)
            isThere[target] = true;
        int missing = Array.IndexOf(isThere, false);
        return missing < 0 ? null : missing;
    }

    /// <summary>The mean over examples of some number of each.</summary>
    public double Mean(Func<int, double> ofExample)
    {
        double sum = 0;
        for (int example = 0; example < Count; example++)
            sum += ofExample(example);
        return sum / Count;
    }

    public static ClassOutcomes Read(Tensor probability, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(probability);
        ArgumentNullException.ThrowIfNull(target);
        ClassProbabilities.RequireAxes(probability);
        if (probability.ndim == 2 && probability.shape[1] > 1)
        {
            if (target.ndim != 1 || target.shape[0] != probability.shape[0])
                throw new ArgumentException(
                    $"The target has shape {Shapes.Describe(target.shape)} and the probability {Shapes.Describe(probability.shape)}; "
                    + $"expected a class index for each row, [{probability.shape[0]}]{Advice(probability, target)}.", nameof(target));
        }
        else
            TensorValues.RequireMatching(probability, nameof(probability), target);
        var probabilities = ClassProbabilities.Read(probability);
        return new ClassOutcomes(probabilities, ClassTargets.Read(target, probabilities.Classes));
    }

    private static string Advice(Tensor probability, Tensor target) =>
        Shapes.CallToFit(target.shape, [probability.shape[0]]) is { } call ? $", as target.{call} has"
        : target.shape.AsSpan().SequenceEqual(probability.shape)
            ? ": of one-hot targets target.argmax(1); of several labels for each example there is MultiLabelReport"
        : "";

    // The first of equals: in the binary form p = 0.5 predicts class 0, as a threshold that has to be passed does.
    private static int Highest(ReadOnlySpan<double> row)
    {
        int best = 0;
        for (int index = 1; index < row.Length; index++)
            if (row[index] > row[best])
                best = index;
        return best;
    }
}
