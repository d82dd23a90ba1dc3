namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>Checks values and points of a plane.</summary>
internal static class PlaneInput
{
    private const double RoundingError = 1e-5;

    /// <summary>Requires values of the grid's size that are finite and lie in a range.</summary>
    /// <exception cref="ArgumentException">A value is not finite or lies outside the range, or the size differs.</exception>
    public static void RequireValues(PlaneGrid grid, double[,] values, double low, double high, string name)
    {
        if (values.GetLength(0) != grid.Rows || values.GetLength(1) != grid.Columns)
            throw new ArgumentException(
                $"{name} must have {grid.Rows} rows and {grid.Columns} columns as the grid has, "
                + $"but it has {values.GetLength(0)} and {values.GetLength(1)}.",
                name);
        for (int row = 0; row < grid.Rows; row++)
            for (int column = 0; column < grid.Columns; column++)
            {
                double value = values[row, column];
                if (!double.IsFinite(value))
                    throw new ArgumentException($"{name} must hold finite numbers only, but [{row}, {column}] is {Describe(value)}.", name);
                if (value < low - RoundingError || value > high + RoundingError)
                    throw new ArgumentException(
                        FormattableString.Invariant($"{name} must lie in {low} to {high}, but [{row}, {column}] is {value}."), name);
            }
    }

    /// <summary>Requires points with finite coordinates and a class of 0 or 1.</summary>
    /// <exception cref="ArgumentException">A point has another class or a coordinate that is not finite.</exception>
    public static void RequirePoints(IReadOnlyList<PlanePoint> points, string name)
    {
        for (int index = 0; index < points.Count; index++)
        {
            PlanePoint point = points[index];
            if (!double.IsFinite(point.X) || !double.IsFinite(point.Y))
                throw new ArgumentException(
                    $"{name} must have finite coordinates, but point {index} is at ({Describe(point.X)}, {Describe(point.Y)}).", name);
            if (point.Class is not (0 or 1))
                throw new ArgumentException($"{name} must be of class 0 or 1, but point {index} is of class {point.Class}.", name);
        }
    }

    private static string Describe(double value) =>
        double.IsNaN(value) ? "NaN (not a number)" : FormattableString.Invariant($"{value}");
}
