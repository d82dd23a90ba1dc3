using System.Collections.Immutable;
using MathNet.Numerics.Statistics;

namespace Bayes.Layers.Samples.Support.DataSets;

/// <summary>Shifts and scales columns to mean 0 and population standard deviation 1.</summary>
internal sealed class Standardizer
{
    private Standardizer(ImmutableArray<double> means, ImmutableArray<double> standardDeviations)
    {
        Means = means;
        StandardDeviations = standardDeviations;
    }

    /// <summary>Mean of each fitted column.</summary>
    public ImmutableArray<double> Means { get; }

    /// <summary>Standard deviation of each fitted column; the squares are divided by n, not by n - 1.</summary>
    public ImmutableArray<double> StandardDeviations { get; }

    /// <summary>Computes the mean and the standard deviation of each column of <c>[rows, columns]</c>.</summary>
    /// <exception cref="CannotStandardizeException">A column is constant, or its values are too large or too close together.</exception>
    public static Standardizer Fit(IReadOnlyList<string> columnNames, double[,] values)
    {
        if (columnNames.Count != values.GetLength(1))
            throw new ArgumentException("There must be one name for each column.", nameof(columnNames));
        if (values.GetLength(0) == 0)
            throw new ArgumentException("There must be at least one row.", nameof(values));

        var columns = columnNames.Select((name, column) => FitColumn(name, ColumnOf(values, column))).ToArray();
        return new Standardizer(
            [.. columns.Select(column => column.Mean)], [.. columns.Select(column => column.StandardDeviation)]);
    }

    /// <summary>Returns a standardised copy of values that have the fitted columns.</summary>
    public double[,] Transform(double[,] values)
    {
        if (values.GetLength(1) != Means.Length)
            throw new ArgumentException($"There must be {Means.Length} columns.", nameof(values));

        var standardized = new double[values.GetLength(0), Means.Length];
        for (var row = 0; row < values.GetLength(0); row++)
            for (var column = 0; column < Means.Length; column++)
                standardized[row, column] = (values[row, column] - Means[column]) / StandardDeviations[column];

        return standardized;
    }

    private static (double Mean, double StandardDeviation) FitColumn(string name, double[] values)
    {
        // Compares exactly, because rounding can give a constant column a tiny standard deviation.
        if (values.All(value => value == values[0]))
            throw new CannotStandardizeException(name, "it has the same value in every row");

        var mean = ArrayStatistics.Mean(values);
        var standardDeviation = ArrayStatistics.PopulationStandardDeviation(values);
        if (!double.IsFinite(mean) || !double.IsFinite(standardDeviation) || standardDeviation == 0)
            throw new CannotStandardizeException(name, "its values are too large or too close together");
        return (mean, standardDeviation);
    }

    private static double[] ColumnOf(double[,] values, int column) =>
        [.. Enumerable.Range(0, values.GetLength(0)).Select(row => values[row, column])];
}
