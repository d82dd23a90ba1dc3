using System.Globalization;

namespace Bayes.Layers.Evaluation;

/// <summary>Formats the counts of a confusion matrix, with a row for each true class and a column for each predicted one.</summary>
internal static class ConfusionTable
{
    /// <summary>The largest number of classes that fits on a screen.</summary>
    public const int MaxClasses = 20;

    private const string Corner = "true class, predicted";

    public static IEnumerable<string> Lines(MulticlassConfusionMatrix matrix)
    {
        int[] classes = [.. Enumerable.Range(0, matrix.Classes)];
        // Wide enough for 0.0000, and for the largest count.
        int width = Math.Max(8, Describe(matrix.Counts.Max(row => row.Max())).Length + 2);
        string Line(string name, IEnumerable<string> cells) =>
            $"{name.PadRight(Corner.Length)}{string.Concat(cells.Select(cell => cell.PadLeft(width)))}";

        yield return Line(Corner, [.. classes.Select(index => Describe(index)), "recall"]);
        foreach (int index in classes)
            yield return Line(Describe(index), [.. matrix.Counts[index].Select(Describe), Describe(matrix.Recall(index))]);
        yield return Line("precision", classes.Select(index => Describe(matrix.Precision(index))));
        yield return Line("F1", classes.Select(index => Describe(matrix.F1(index))));
    }

    private static string Describe(long count) => count.ToString(CultureInfo.InvariantCulture);

    private static string Describe(double? share) => share?.ToString("0.0000", CultureInfo.InvariantCulture) ?? "-";
}
