using Bayes.Layers.Numerics;

namespace Bayes.Layers.Training;

/// <summary>
/// A schedule whose factor rises linearly, from that of the first step to 1, and stays there (Sønderby et al. 2016, "Ladder Variational
/// Autoencoders", who call it warm-up): the network first learns from the data, before the prior prunes weights that are not used yet.
/// </summary>
public sealed class LinearWarmUpKl : KlSchedule
{
    private readonly double _length;
    private readonly bool _isInSteps;
    private readonly double _start;

    private LinearWarmUpKl(double length, bool isInSteps, double start, string name)
    {
        _length = Require.PositiveAndFinite(length, name);
        _isInSteps = isInSteps;
        _start = start is >= 0 and <= 1
            ? start
            : throw new ArgumentOutOfRangeException(nameof(start), start, $"start is {start}; expected a number from 0 to 1.");
    }

    /// <summary>Returns a warm-up over some epochs, in which the factor rises step by step.</summary>
    /// <param name="epochs">The number of epochs until the factor is 1; above 0, and not necessarily whole.</param>
    /// <param name="start">The factor of the first step, from 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public static LinearWarmUpKl OverEpochs(double epochs, double start = 0) => new(epochs, isInSteps: false, start, nameof(epochs));

    /// <summary>Returns a warm-up over some steps.</summary>
    /// <param name="steps">The number of steps until the factor is 1; at least 1.</param>
    /// <param name="start">The factor of the first step, from 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public static LinearWarmUpKl OverSteps(long steps, double start = 0) => new(Require.Positive(steps), isInSteps: true, start, nameof(steps));

    /// <inheritdoc/>
    public override double Factor(TrainingPosition position)
    {
        double length = _isInSteps ? _length : _length * position.BatchesPerEpoch;
        return position.Step >= length ? 1 : _start + (1 - _start) * position.Step / length;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant($"LinearWarmUpKl({(_isInSteps ? "steps" : "epochs")}={_length}, start={_start})");
}
