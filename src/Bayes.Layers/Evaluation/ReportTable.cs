using System.Globalization;
using System.Text;

namespace Bayes.Layers.Evaluation;

/// <summary>Formats names and numbers in columns, in the invariant culture.</summary>
internal sealed class ReportTable(string title)
{
    private readonly StringBuilder _text = new(title);

    /// <summary>Adds a line, unless the value is null.</summary>
    public ReportTable Add(string name, double? value, string unit = "") =>
        value is { } number ? Line(name, $"{Describe(number),10}  {unit}") : this;

    public ReportTable AddCount(string name, long count) => Line(name, string.Create(CultureInfo.InvariantCulture, $"{count,10}"));

    public ReportTable Add(string name, long first, long second) =>
        Line(name, string.Create(CultureInfo.InvariantCulture, $"{first,10}{second,10}"));

    /// <summary>Adds the macro averages, and the counts unless there are too many classes to print.</summary>
    public ReportTable Add(MulticlassConfusionMatrix matrix)
    {
        Add("macro precision", matrix.MacroPrecision).Add("macro recall", matrix.MacroRecall).Add("macro F1", matrix.MacroF1);
        if (matrix.Classes <= ConfusionTable.MaxClasses)
            foreach (string line in ConfusionTable.Lines(matrix))
                _text.Append("\n  ").Append(line);
        return this;
    }

    public override string ToString() => _text.ToString();

    /// <summary>Returns four decimals, or four digits of a very small or large number: errors are in the target's unit.</summary>
    public static string Describe(double number) =>
        number.ToString(Math.Abs(number) is 0 or (>= 1e-3 and < 1e5) ? "0.0000" : "0.000E+00", CultureInfo.InvariantCulture);

    private ReportTable Line(string name, string rest)
    {
        _text.Append('\n').Append($"  {name,-30}{rest}".TrimEnd());
        return this;
    }
}
