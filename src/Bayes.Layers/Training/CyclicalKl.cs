using Bayes.Layers.Numerics;

namespace Bayes.Layers.Training;

/// <summary>
/// A schedule of cycles of equal length: in each, the factor rises linearly from 0 to 1 over a share of the cycle, and stays at 1 for the rest (Fu
/// et al. 2019, "Cyclical Annealing Schedule: A Simple Approach to Mitigating KL Vanishing").
/// </summary>
public sealed class CyclicalKl : KlSchedule
{
    private readonly int _cycles;
    private readonly double _rise;

    /// <summary>Creates a cyclical schedule, which is constant 1 if training has no more steps than cycles. The defaults are the paper's.</summary>
    /// <param name="cycles">The number of cycles in the whole training; at least 1.</param>
    /// <param name="rise">The share of a cycle over which the factor rises; above 0, at most 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public CyclicalKl(int cycles = 4, double rise = 0.5)
    {
        _cycles = (int)Require.Positive(cycles);
        _rise = rise is > 0 and <= 1
            ? rise
            : throw new ArgumentOutOfRangeException(nameof(rise), rise, $"rise is {rise}; expected a number above 0, at most 1.");
    }

    /// <inheritdoc/>
    public override double Factor(TrainingPosition position)
    {
        double length = (double)position.Steps / _cycles;
        // A cycle of one step would begin and end at 0: the KL divergence would never count.
        if (length <= 1)
            return 1;
        // A cycle begins at a whole step, even if the steps are not a multiple of the cycles.
        double within = position.Step % (long)Math.Ceiling(length) / length;
        return Math.Min(1, within / _rise);
    }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"CyclicalKl(cycles={_cycles}, rise={_rise})");
}
