namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>
/// An evenly spaced grid over a rectangle of the plane. Its values are indexed [row, column]: row 0 is at <see cref="YMin"/>, column 0 at
/// <see cref="XMin"/>, and the last ones are at the maxima.
/// </summary>
internal sealed record PlaneGrid
{
    /// <summary>Makes a grid of at least 2 by 2 values over a rectangle with an area.</summary>
    public PlaneGrid(double XMin, double XMax, double YMin, double YMax, int Columns, int Rows)
    {
        if (!double.IsFinite(XMax - XMin) || XMin >= XMax)
            throw new ArgumentException($"The x range must be finite and not empty, but it is {XMin} to {XMax}.");
        if (!double.IsFinite(YMax - YMin) || YMin >= YMax)
            throw new ArgumentException($"The y range must be finite and not empty, but it is {YMin} to {YMax}.");
        ArgumentOutOfRangeException.ThrowIfLessThan(Columns, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(Rows, 2);
        this.XMin = XMin;
        this.XMax = XMax;
        this.YMin = YMin;
        this.YMax = YMax;
        this.Columns = Columns;
        this.Rows = Rows;
    }

    /// <summary>The x of the first column.</summary>
    public double XMin { get; }

    /// <summary>The x of the last column.</summary>
    public double XMax { get; }

    /// <summary>The y of the first row.</summary>
    public double YMin { get; }

    /// <summary>The y of the last row.</summary>
    public double YMax { get; }

    /// <summary>The number of columns.</summary>
    public int Columns { get; }

    /// <summary>The number of rows.</summary>
    public int Rows { get; }

    /// <summary>Returns the same grid further to the right.</summary>
    public PlaneGrid MovedRight(double distance) => new(XMin + distance, XMax + distance, YMin, YMax, Columns, Rows);

    /// <summary>Returns the x of a column; a fraction lies between two columns.</summary>
    public double XAt(double column) => XMin + (XMax - XMin) * column / (Columns - 1);

    /// <summary>Returns the y of a row; a fraction lies between two rows.</summary>
    public double YAt(double row) => YMin + (YMax - YMin) * row / (Rows - 1);
}
