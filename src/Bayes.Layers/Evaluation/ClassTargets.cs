using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>True classes, read from a tensor and checked.</summary>
internal static class ClassTargets
{
    /// <summary>Reads class indices of any numeric type, 0 to <paramref name="classes"/> − 1.</summary>
    public static int[] Read(Tensor target, int classes)
    {
        double[] values = target.ReadDoubles();
        foreach (double value in values)
            if (!(value >= 0 && value < classes && double.IsInteger(value)))
                throw new ArgumentException(
                    $"A target is {value}; expected {(classes == 2 ? "0 or 1" : $"a class index from 0 to {classes - 1}")}.", nameof(target));
        return Array.ConvertAll(values, value => (int)value);
    }
}
