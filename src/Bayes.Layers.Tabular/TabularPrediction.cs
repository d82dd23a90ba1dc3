using static TorchSharp.torch;

namespace Bayes.Layers.Tabular;

/// <summary>
/// What a model believes about the target of some rows, in the target's own unit: the mean, how sure the model is, intervals, quantiles and
/// probabilities. Arrays have a number for each row, in the order of the rows.
/// </summary>
/// <remarks>
/// The spread has two parts, whose squares add up to that of <see cref="TotalStddev"/>: the noise in the data, which more rows would not reduce, and
/// what the model does not know yet. What needs all draws, such as quantiles, is computed when it is asked for, in blocks of rows; draws have names,
/// so the numbers belong together. Owns the draws of a small prediction: dispose it, before the model.
/// </remarks>
public sealed class TabularPrediction : IDisposable
{
    private readonly RegressionBlocks _blocks;
    private readonly CalibrationScores? _calibration;
    private readonly Predictive? _kept;
    private bool _disposed;

    internal TabularPrediction(RegressionBlocks blocks, CalibrationScores? calibration, CancellationToken cancellationToken)
    {
        (_blocks, _calibration) = (blocks, calibration);
        int rows = blocks.RowCount;
        (Mean, EpistemicStddev, AleatoricStddev, TotalStddev) = (new double[rows], new double[rows], new double[rows], new double[rows]);
        double unit = blocks.Unit.Size;
        for (int block = 0; block < blocks.Count; block++)
        {
            using var scope = NewDisposeScope();
            var prediction = blocks.Predict(block, cancellationToken);
            int first = blocks.RangeOf(block).First;
            Copy(prediction.Mean, (double[])Mean, first, blocks.Unit.ToColumn);
            Copy(prediction.EpistemicVariance, (double[])EpistemicStddev, first, variance => unit * Math.Sqrt(variance));
            Copy(prediction.AleatoricVariance, (double[])AleatoricStddev, first, variance => unit * Math.Sqrt(variance));
            Copy(prediction.TotalVariance, (double[])TotalStddev, first, variance => unit * Math.Sqrt(variance));
            _kept = blocks.Count == 1 ? prediction.DetachFromDisposeScope() : null;
        }
    }

    /// <summary>Gets the number of rows.</summary>
    public int RowCount => _blocks.RowCount;

    /// <summary>Gets the predicted means, in the target's unit; for counts, the expected counts.</summary>
    public IReadOnlyList<double> Mean { get; }

    /// <summary>Gets how far the drawn functions are apart, as standard deviations in the target's unit: what the model does not know.</summary>
    public IReadOnlyList<double> EpistemicStddev { get; }

    /// <summary>Gets the noise in the data, as standard deviations in the target's unit.</summary>
    public IReadOnlyList<double> AleatoricStddev { get; }

    /// <summary>Gets both parts together, as standard deviations in the target's unit: how far a target typically lies from the mean.</summary>
    public IReadOnlyList<double> TotalStddev { get; }

    /// <summary>Gets what was unusual in the rows: missing values, unknown categories, and numbers outside the range of the training.</summary>
    public EncodingReport Report => _blocks.Report;

    /// <summary>Computes intervals in which the target lies with some probability, with all uncertainty together.</summary>
    /// <param name="mass">The probability; above 0, below 1. With <see cref="TabularOptions.CalibrationShare"/>, at least this share of new rows is
    /// covered if they are like those of the calibration.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>The ends of the interval of each row, in the target's unit.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The mass is outside its range.</exception>
    /// <exception cref="InvalidOperationException">There were too few rows of calibration for this mass.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public (IReadOnlyList<double> Lower, IReadOnlyList<double> Upper) Interval(double mass = 0.9, CancellationToken cancellationToken = default)
    {
        if (!(mass is > 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(mass), mass, $"mass is {mass}; expected a probability above 0 and below 1.");
        var (lower, upper) = _calibration?.LevelsOf(mass) ?? ((1 - mass) / 2, (1 + mass) / 2);
        var ends = Quantiles([lower, upper], cancellationToken);
        return (ends[0], ends[1]);
    }

    /// <summary>Computes quantiles of the target, with all uncertainty together. Calibration does not change them.</summary>
    /// <param name="levels">Levels above 0 and below 1.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>For each level a number for each row, in the target's unit.</returns>
    /// <exception cref="ArgumentException">There are no levels, or one is outside its range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<IReadOnlyList<double>> Quantiles(IReadOnlyList<double> levels, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(levels);
        if (levels.Count == 0)
            throw new ArgumentException("There are no levels; expected at least one above 0 and below 1.", nameof(levels));
        double[][] quantiles = [.. levels.Select(_ => new double[RowCount])];
        ForBlocks(cancellationToken, (prediction, first) =>
        {
            var values = prediction.QuantilesOfTarget(levels, cancellationToken);
            for (int level = 0; level < levels.Count; level++)
                Copy(values[level], quantiles[level], first, _blocks.Unit.ToColumn);
        });
        return quantiles;
    }

    /// <summary>Computes the logarithm of the predicted density of observed targets, or of their probability if they are counts.</summary>
    /// <param name="target">A value for each row, in the target's unit.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>In nats, for the target in its own unit: the higher, the better was the prediction.</returns>
    /// <exception cref="ArgumentException">There is not one value for each row, or a value is not finite.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<double> LogDensityOf(IReadOnlyList<double> target, CancellationToken cancellationToken = default)
    {
        double[] densities = new double[RowCount];
        double logOfUnit = Math.Log(_blocks.Unit.Size);
        ForTargets(target, cancellationToken, (prediction, values, first) =>
            // In single precision as the networks' outputs, but for targets that differ from it.
            Copy(prediction.LogPredictiveDensityOf(values), densities, first, density => density - logOfUnit));
        return densities;
    }

    /// <summary>Computes the probability that the target of each row is at most some value.</summary>
    /// <param name="value">A value for each row, in the target's unit.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="ArgumentException">There is not one value for each row, or a value is not finite.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<double> CumulativeProbability(IReadOnlyList<double> value, CancellationToken cancellationToken = default)
    {
        double[] probabilities = new double[RowCount];
        ForTargets(value, cancellationToken, (prediction, values, first) =>
            Copy(prediction.ProbabilityAtMost(values), probabilities, first, probability => probability));
        return probabilities;
    }

    /// <summary>Computes the probability that the target of each row is above a threshold.</summary>
    /// <param name="threshold">In the target's unit; finite.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="ArgumentException">The threshold is not finite.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<double> ProbabilityAbove(double threshold, CancellationToken cancellationToken = default) =>
        [.. CumulativeProbability([.. Enumerable.Repeat(threshold, RowCount)], cancellationToken).Select(below => 1 - below)];

    /// <summary>Frees the draws. The means and spreads stay.</summary>
    public void Dispose()
    {
        _disposed = true;
        _kept?.Dispose();
    }

    /// <summary>Returns the number of rows, and the first few with their spread.</summary>
    public override string ToString() =>
        $"{TextValues.Count(RowCount, "row")}: "
        + string.Join(", ", Enumerable.Range(0, Math.Min(3, RowCount)).Select(row =>
            FormattableString.Invariant($"{Mean[row]:G4} ± {TotalStddev[row]:G2}")))
        + (RowCount > 3 ? ", …" : "");

    /// <summary>Computes intervals as <see cref="Interval"/>, without calibration if it has too few rows for this mass.</summary>
    internal (IReadOnlyList<double> Lower, IReadOnlyList<double> Upper) IntervalOrQuantiles(double mass, CancellationToken cancellationToken)
    {
        if (_calibration?.Allows(mass) != false)
            return Interval(mass, cancellationToken);
        var ends = Quantiles([(1 - mass) / 2, (1 + mass) / 2], cancellationToken);
        return (ends[0], ends[1]);
    }

    private static void Copy(Tensor values, double[] to, int first, Func<double, double> convert)
    {
        using var scope = NewDisposeScope();
        var numbers = values.to(float64).reshape(-1).contiguous().data<double>();
        for (int row = 0; row < numbers.Count; row++)
            to[first + row] = convert(numbers[row]);
    }

    private void ForTargets(IReadOnlyList<double> target, CancellationToken cancellationToken, Action<Predictive, Tensor, int> compute)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (target.Count != RowCount)
            throw new ArgumentException(
                $"There are {target.Count} values for {TextValues.Count(RowCount, "row")}; expected one for each.", nameof(target));
        foreach (var (row, value) in target.Index())
            if (!double.IsFinite(value))
                throw new ArgumentException($"The value of row {row} (from 0) is {value}; expected a finite number.", nameof(target));
        ForBlocks(cancellationToken, (prediction, first) =>
        {
            long count = prediction.Mean.shape[0];
            double[] values = [.. Enumerable.Range(first, (int)count).Select(row => _blocks.Unit.ToNetwork(target[row]))];
            compute(prediction, tensor(values).unsqueeze(1), first);
        });
    }

    private void ForBlocks(CancellationToken cancellationToken, Action<Predictive, int> compute)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        for (int block = 0; block < _blocks.Count; block++)
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            compute(_kept ?? _blocks.Predict(block, cancellationToken), _blocks.RangeOf(block).First);
        }
    }
}
