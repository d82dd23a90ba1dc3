using System.Collections.Immutable;

namespace Bayes.Layers.Samples.Support.DataSets;

/// <summary>Images of handwritten digits with 8 by 8 pixels, and the digit of each.</summary>
internal sealed class DigitsData
{
    /// <summary>Pixels along each side of an image.</summary>
    public const int Side = 8;

    /// <summary>The digits 0 to 9.</summary>
    public const int Classes = 10;

    /// <summary>Value of a pixel full of ink; paper is 0.</summary>
    public const int Ink = 16;

    private const string DigitColumn = "digit";

    private readonly double[,] _pixels;

    private DigitsData(double[,] pixels, ImmutableArray<int> digits)
    {
        _pixels = pixels;
        Digits = digits;
    }

    /// <summary>The file that is shipped with the program.</summary>
    public static string DefaultPath { get; } = Path.Combine(AppContext.BaseDirectory, "data", "digits.csv");

    /// <summary>Number of images.</summary>
    public int Rows => Digits.Length;

    /// <summary>The digit of each image.</summary>
    public ImmutableArray<int> Digits { get; }

    private static string[] PixelColumns { get; } =
        [.. from row in Enumerable.Range(0, Side) from column in Enumerable.Range(0, Side) select $"pixel_{row}_{column}"];

    /// <summary>Reads the file that is shipped with the program.</summary>
    public static DigitsData Read() => Read(DefaultPath);

    /// <summary>Reads another file, which may have more columns.</summary>
    /// <exception cref="DataFileException">The file cannot be used.</exception>
    public static DigitsData Read(string path)
    {
        var table = NumericTable.Read(path, [.. PixelColumns, DigitColumn]);
        double[,] pixels = table.Select(PixelColumns);
        for (int row = 0; row < table.Rows; row++)
            for (int column = 0; column < PixelColumns.Length; column++)
                RequireWhole(table, row, PixelColumns[column], pixels[row, column], Ink);
        double[] digits = table.Column(DigitColumn);
        for (int row = 0; row < table.Rows; row++)
            RequireWhole(table, row, DigitColumn, digits[row], Classes - 1);
        return new DigitsData(pixels, [.. digits.Select(digit => (int)digit)]);
    }

    /// <summary>Returns a copy of the pixels of some images, in the given order, row after row of each, from 0 (paper) to 1 (ink).</summary>
    public float[] Pixels(IReadOnlyList<int> rows)
    {
        float[] selected = new float[rows.Count * Side * Side];
        for (int index = 0; index < selected.Length; index++)
            selected[index] = (float)_pixels[rows[index / (Side * Side)], index % (Side * Side)] / Ink;
        return selected;
    }

    private static void RequireWhole(NumericTable table, int row, string column, double value, int most)
    {
        if (value < 0 || value > most || value != Math.Floor(value))
            throw new DataFileException(
                table.Path,
                FormattableString.Invariant(
                    $"has \"{value}\" on line {NumericTable.LineOf(row)} in column \"{column}\", ")
                + $"where a whole number from 0 to {most} was expected");
    }
}
