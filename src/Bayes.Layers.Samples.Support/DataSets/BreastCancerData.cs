using System.Collections.Immutable;

namespace Bayes.Layers.Samples.Support.DataSets;

/// <summary>Two standardised measurements of each tumour, and whether it was benign.</summary>
internal sealed class BreastCancerData
{
    private const string TargetColumn = "target";
    private const double BenignTarget = 1;
    private const double MalignantTarget = 0;

    private readonly double[,] _features;
    private readonly double[] _targets;

    private BreastCancerData(Standardizer standardizer, double[,] features, double[] targets)
    {
        Standardizer = standardizer;
        _features = features;
        _targets = targets;
        Benign = targets.Count(target => target == BenignTarget);
    }

    /// <summary>The file that is shipped with the program.</summary>
    public static string DefaultPath { get; } = Path.Combine(AppContext.BaseDirectory, "data", "breast_cancer.csv");

    /// <summary>Names of the two measurements, in the order of the feature columns.</summary>
    public static ImmutableArray<string> FeatureNames { get; } = ["mean_radius", "mean_texture"];

    /// <summary>The means and standard deviations of the measurements over all rows.</summary>
    public Standardizer Standardizer { get; }

    /// <summary>Number of tumours.</summary>
    public int Rows => _targets.Length;

    /// <summary>Number of benign tumours (target 1).</summary>
    public int Benign { get; }

    /// <summary>Number of malignant tumours (target 0).</summary>
    public int Malignant => Rows - Benign;

    /// <summary>Reads the file that is shipped with the program.</summary>
    public static BreastCancerData Read() => Read(DefaultPath);

    /// <summary>Reads another file, which may have more columns.</summary>
    /// <exception cref="DataFileException">The file cannot be used.</exception>
    public static BreastCancerData Read(string path)
    {
        var table = NumericTable.Read(path, [.. FeatureNames, TargetColumn]);
        var measurements = table.Select(FeatureNames);
        var targets = ReadTargets(table);
        try
        {
            var standardizer = Standardizer.Fit(FeatureNames, measurements);
            return new BreastCancerData(standardizer, standardizer.Transform(measurements), targets);
        }
        catch (CannotStandardizeException exception)
        {
            throw new DataFileException(
                path,
                $"has a column {MessageText.Quote(exception.ColumnName)} that cannot be standardised, "
                + $"because {exception.Reason}",
                exception);
        }
    }

    /// <summary>Returns a copy of the standardised features of all rows, <c>[rows, 2]</c>.</summary>
    public double[,] Features() => (double[,])_features.Clone();

    /// <summary>Returns a copy of the standardised features of some rows, in the given order.</summary>
    public double[,] Features(IReadOnlyList<int> rows)
    {
        var selected = new double[rows.Count, FeatureNames.Length];
        for (var index = 0; index < rows.Count; index++)
            for (var feature = 0; feature < FeatureNames.Length; feature++)
                selected[index, feature] = _features[rows[index], feature];

        return selected;
    }

    /// <summary>Returns a copy of the targets of all rows: 1 is benign, 0 is malignant.</summary>
    public double[] Targets() => [.. _targets];

    /// <summary>Returns a copy of the targets of some rows, in the given order.</summary>
    public double[] Targets(IReadOnlyList<int> rows) => [.. rows.Select(row => _targets[row])];

    private static double[] ReadTargets(NumericTable table)
    {
        var targets = table.Column(TargetColumn);
        var wrong = Array.FindIndex(targets, target => target is not (BenignTarget or MalignantTarget));
        return wrong < 0
            ? targets
            : throw new DataFileException(
                table.Path,
                FormattableString.Invariant(
                    $"has \"{targets[wrong]}\" on line {NumericTable.LineOf(wrong)} in column \"{TargetColumn}\", ")
                + "where 1 (benign) or 0 (malignant) was expected");
    }
}
