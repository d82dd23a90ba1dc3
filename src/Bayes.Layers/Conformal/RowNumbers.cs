using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Conformal;

/// <summary>Reads the labels and the weights of rows.</summary>
internal static class RowNumbers
{
    /// <summary>Returns the label of each row, or null without labels.</summary>
    /// <exception cref="ArgumentException">There is not a whole number for each row.</exception>
    public static long[]? Groups(Tensor? groups, long rows)
    {
        if (groups is null)
            return null;
        RequireColumn(groups, rows, "groups", "a label");
        double[] values = groups.ReadDoubles();
        foreach (double value in values)
            if (!double.IsInteger(value))
                throw new ArgumentException($"groups has the value {value}; expected whole numbers, the labels of groups.", nameof(groups));
        return Array.ConvertAll(values, value => (long)value);
    }

    /// <summary>Returns the weight of each row, or null without weights.</summary>
    /// <exception cref="ArgumentException">There is not a finite number of at least 0 for each row.</exception>
    public static double[]? Weights(Tensor? weights, long rows)
    {
        if (weights is null)
            return null;
        RequireColumn(weights, rows, "weights", "a weight");
        double[] values = weights.ReadDoubles();
        foreach (double value in values)
            if (!(value >= 0 && double.IsFinite(value)))
                throw new ArgumentException($"weights has the value {value}; expected finite numbers of at least 0.", nameof(weights));
        return values;
    }

    private static void RequireColumn(Tensor numbers, long rows, string name, string each)
    {
        if (numbers.ndim != 1 || numbers.shape[0] != rows)
            throw new ArgumentException(
                $"{name} has shape {Shapes.Describe(numbers.shape)}; expected [{rows}], {each} for each row"
                + $"{(Shapes.CallToFit(numbers.shape, [rows]) is { } call ? $": use {name}.{call}" : "")}.", name);
    }
}
