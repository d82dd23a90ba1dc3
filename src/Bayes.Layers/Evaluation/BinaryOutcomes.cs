using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>Predicted probabilities beside what came true, read off two tensors and checked.</summary>
internal sealed class BinaryOutcomes
{
    private BinaryOutcomes(double[] probabilities, bool[] positives)
    {
        Probabilities = probabilities;
        Positives = positives;
    }

    public double[] Probabilities { get; }

    public bool[] Positives { get; }

    public static BinaryOutcomes Read(Tensor probability, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(probability);
        ArgumentNullException.ThrowIfNull(target);
        if (!probability.shape.AsSpan().SequenceEqual(target.shape))
            throw new ArgumentException(
                $"The target has shape {Shapes.Describe(target.shape)} and the probability {Shapes.Describe(probability.shape)}; expected equal shapes.", nameof(target));
        if (target.numel() == 0)
            throw new ArgumentException("There are no examples; expected at least one.", nameof(target));
        double[] probabilities = Values(probability), targets = Values(target);
        foreach (double value in probabilities)
            if (double.IsNaN(value))
                throw new ArgumentException("A probability is NaN.", nameof(probability));
        foreach (double value in targets)
            if (value is not (0 or 1))
                throw new ArgumentException($"A target is {value}; expected 0 or 1.", nameof(target));
        return new BinaryOutcomes(probabilities, [.. targets.Select(value => value == 1)]);
    }

    private static double[] Values(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
    }
}
