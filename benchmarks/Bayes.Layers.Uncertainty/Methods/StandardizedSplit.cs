namespace Bayes.Layers.Uncertainty.Methods;

/// <summary>A split whose columns have mean 0 and standard deviation 1 in the training rows.</summary>
/// <param name="Train"><c>[rows, columns]</c>, without columns that are constant in the training rows.</param>
/// <param name="Targets">Targets of the training rows, standardised.</param>
/// <param name="Test">The test rows, scaled like the training rows.</param>
/// <param name="Centre">Mean of the training targets.</param>
/// <param name="Unit">Standard deviation of the training targets, divided by n.</param>
internal sealed record StandardizedSplit(double[,] Train, double[] Targets, double[,] Test, double Centre, double Unit)
{
    /// <summary>Number of training rows.</summary>
    public int Rows => Targets.Length;

    /// <summary>Number of columns.</summary>
    public int Columns => Train.GetLength(1);

    /// <summary>Standardises a split.</summary>
    public static StandardizedSplit Of(SplitRows rows)
    {
        var scales = Enumerable.Range(0, rows.Train.GetLength(1))
            .Select(column => (Column: column, Scale: ScaleOf(Enumerable.Range(0, rows.Train.GetLength(0)).Select(row => rows.Train[row, column]))))
            .Where(each => each.Scale.Stddev > 0).ToArray();
        var (centre, unit) = ScaleOf(rows.Targets);
        if (unit == 0)
            throw new InvalidOperationException(
                FormattableString.Invariant($"All {rows.Targets.Length} training rows have the target {centre}; expected different numbers."));
        return new StandardizedSplit(
            Scaled(rows.Train), [.. rows.Targets.Select(target => (target - centre) / unit)], Scaled(rows.Test), centre, unit);

        double[,] Scaled(double[,] values)
        {
            var scaled = new double[values.GetLength(0), scales.Length];
            for (int row = 0; row < scaled.GetLength(0); row++)
                foreach (var (place, (column, scale)) in scales.Index())
                    scaled[row, place] = (values[row, column] - scale.Mean) / scale.Stddev;
            return scaled;
        }
    }

    /// <summary>
    /// Returns the split with each of several training rows that are equal in all columns and the target only once. As measurements they would say
    /// that there is no noise: the marginal likelihood of a Gaussian process grows without bound as its noise goes to 0.
    /// </summary>
    public StandardizedSplit WithoutRepeatedRows()
    {
        var seen = new HashSet<string>();
        int[] kept = [.. Enumerable.Range(0, Rows).Where(row => seen.Add(string.Join(',', Enumerable.Range(0, Columns)
            .Select(column => Train[row, column]).Append(Targets[row]).Select(BitConverter.DoubleToInt64Bits))))];
        var train = new double[kept.Length, Columns];
        foreach (var (place, row) in kept.Index())
            for (int column = 0; column < Columns; column++)
                train[place, column] = Train[row, column];
        return this with { Train = train, Targets = [.. kept.Select(row => Targets[row])] };
    }

    /// <summary>Returns normal distributions of standardised targets in the target's own unit.</summary>
    public NormalTargets InOwnUnit(IEnumerable<double> mean, IEnumerable<double> stddev) =>
        new([.. mean.Select(value => Centre + Unit * value)], [.. stddev.Select(value => Unit * value)]);

    // The standard deviation of a constant column is exactly 0, whatever rounding does to its mean.
    private static (double Mean, double Stddev) ScaleOf(IEnumerable<double> values)
    {
        double[] all = [.. values];
        if (all.All(value => value == all[0]))
            return (all[0], 0);
        double mean = all.Average(), stddev = Math.Sqrt(all.Average(value => (value - mean) * (value - mean)));
        return double.IsFinite(stddev) ? (mean, stddev) : (all[0], 0);
    }
}
