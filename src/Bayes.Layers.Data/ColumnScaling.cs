using static TorchSharp.torch;

namespace Bayes.Layers.Data;

/// <summary>
/// Scales columns to mean 0 and standard deviation 1: networks train best on such numbers. Immutable. It belongs to a model as much as its weights
/// do: keep it with them; <c>System.Text.Json</c> writes and reads it.
/// </summary>
/// <param name="FeatureMeans">The mean of each feature, in its unit.</param>
/// <param name="FeatureStddevs">The standard deviation of each feature, in its unit; above 0.</param>
/// <param name="TargetMeans">The mean of each target, in its unit; 0 if the targets are not scaled.</param>
/// <param name="TargetStddevs">The standard deviation of each target, in its unit; 1 if the targets are not scaled.</param>
public sealed record ColumnScaling(double[] FeatureMeans, double[] FeatureStddevs, double[] TargetMeans, double[] TargetStddevs)
{
    /// <summary>
    /// Measures means and standard deviations (divisor N) in one pass over the rows of a source. A column that is the same in every row has no
    /// scale: its standard deviation is set to 1, so that its number becomes 0. Targets that are not <see cref="TargetKind.Real"/> are not scaled.
    /// </summary>
    /// <param name="source">The training rows. Missing numbers are left out.</param>
    /// <exception cref="InvalidDataException">A value is refused, or a column has no value.</exception>
    public static ColumnScaling Measure(TableSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        var rows = source.Rows(withTargets: source.Columns.Targets.Count > 0, scaling: null);
        var moments = new RunningMoments[rows.Width];
        foreach (var chunk in rows.Read(order: null))
            for (int row = 0; row < chunk.Count; row++)
                for (int column = 0; column < rows.Width; column++)
                    moments[column].Add(chunk.Values[row * rows.Width + column]);
        int features = rows.FeatureCount;
        for (int column = 0; column < rows.Width; column++)
            if (moments[column].Count == 0)
                throw new InvalidDataException(
                    $"The column '{rows.NameOf(column)}' of {source.Name} has no number; expected at least one to scale by.");
        bool isScaled = source.Columns.TargetKind.IsScaled;
        return new ColumnScaling(
            [.. moments[..features].Select(each => each.Mean)], [.. moments[..features].Select(each => each.Stddev)],
            [.. moments[features..].Select(each => isScaled ? each.Mean : 0)], [.. moments[features..].Select(each => isScaled ? each.Stddev : 1)]);
    }

    /// <summary>Returns predicted means or quantiles in the targets' unit.</summary>
    /// <param name="values">Scaled values, <c>[…, T]</c>.</param>
    /// <returns>A tensor of the same shape that the caller owns.</returns>
    public Tensor ToTargetUnit(Tensor values)
    {
        ArgumentNullException.ThrowIfNull(values);
        using var scope = NewDisposeScope();
        return values.mul(Row(TargetStddevs, values)).add_(Row(TargetMeans, values)).MoveToOuterDisposeScope();
    }

    /// <summary>Returns predicted standard deviations in the targets' unit.</summary>
    /// <param name="stddev">Scaled standard deviations, <c>[…, T]</c>.</param>
    /// <returns>A tensor of the same shape that the caller owns.</returns>
    public Tensor ToTargetSpread(Tensor stddev)
    {
        ArgumentNullException.ThrowIfNull(stddev);
        using var scope = NewDisposeScope();
        return stddev.mul(Row(TargetStddevs, stddev)).MoveToOuterDisposeScope();
    }

    private static Tensor Row(double[] numbers, Tensor like) => tensor(numbers).to(like.dtype, like.device);

    /// <summary>Mean and standard deviation of numbers that come one after the other (Welford 1962).</summary>
    private struct RunningMoments
    {
        private double _squares;

        public long Count { get; private set; }

        public double Mean { get; private set; }

        public readonly double Stddev => _squares > 0 ? Math.Sqrt(_squares / Count) : 1;

        public void Add(double value)
        {
            if (double.IsNaN(value))
                return;
            double difference = value - Mean;
            Mean += difference / ++Count;
            _squares += difference * (value - Mean);
        }
    }
}
