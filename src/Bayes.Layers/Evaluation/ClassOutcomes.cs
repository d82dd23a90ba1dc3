using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>Predicted probabilities of classes and the true classes, binary or multi-class.</summary>
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

    /// <summary>Returns the most probable class, the first if several are equal.</summary>
    public int Prediction(int example) => _predictions[example];

    /// <summary>Returns the probability of the predicted class.</summary>
    public double Confidence(int example) => Probabilities.Row(example)[_predictions[example]];

    public bool IsCorrect(int example) => _predictions[example] == _targets[example];

    /// <summary>Returns the predicted probability of the true class.</summary>
    public double TrueClassProbability(int example) => Probabilities.Row(example)[_targets[example]];

    /// <summary>Returns the probability of a class for each example.</summary>
    public double[] OfClass(int index) => [.. Enumerable.Range(0, Count).Select(example => Probabilities.Row(example)[index])];

    /// <summary>Returns whether each example is of a class.</summary>
    public bool[] IsOfClass(int index) => Array.ConvertAll(_targets, target => target == index);

    /// <summary>Returns the first class without an example; null if every class has one.</summary>
    public int? MissingClass()
    {
        bool[] isPresent = new bool[Probabilities.Classes];
        foreach (int target in _targets)
            isPresent[target] = true;
        int missing = Array.IndexOf(isPresent, false);
        return missing < 0 ? null : missing;
    }

    /// <summary>Returns the mean of a function over the examples.</summary>
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
        Shapes.CallToFit(target.shape, [probability.shape[0]]) is { } call ? $": use target.{call}"
        : target.shape.AsSpan().SequenceEqual(probability.shape)
            ? ": use target.argmax(1) for one-hot targets, or MultiLabelReport for several labels for each example"
        : "";

    // The first of equals: in the binary form, p = 0.5 predicts class 0, as with the condition p > 0.5.
    private static int Highest(ReadOnlySpan<double> row)
    {
        int best = 0;
        for (int index = 1; index < row.Length; index++)
            if (row[index] > row[best])
                best = index;
        return best;
    }
}
