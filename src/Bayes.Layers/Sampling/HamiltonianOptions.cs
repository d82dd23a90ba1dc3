using Bayes.Layers.Numerics;

namespace Bayes.Layers.Sampling;

/// <summary>The options of <see cref="HamiltonianMonteCarlo"/>. Immutable. The defaults suit networks of up to some thousand weights.</summary>
public sealed record HamiltonianOptions : SamplerOptions
{
    /// <summary>Gets the number of chains, each from its own start; at least 1, and 4 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int Chains { get; init => field = (int)Require.Positive(value, nameof(Chains)); } = 4;

    /// <summary>
    /// Gets the number of iterations of a chain in which the step size and the scale of each weight are adapted, and no draws are kept; at least 0,
    /// and 500 by default.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int WarmUp { get; init => field = (int)Require.Between(value, 0, int.MaxValue / 4, nameof(WarmUp)); } = 500;

    /// <summary>Gets the number of iterations of a chain after the warm-up; at least 1, and 1,000 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int Draws { get; init => field = (int)Require.Between(value, 1, int.MaxValue / 4, nameof(Draws)); } = 1000;

    /// <summary>
    /// Gets the length of a trajectory, the step size times the number of steps, in units of the weights' standard deviations if their scales are
    /// adapted; above 0, and π / 2 by default: a quarter of the period of a normal distribution, after which a draw is independent of the last one.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double TrajectoryLength { get; init => field = Require.PositiveAndFinite(value, nameof(TrajectoryLength)); } = Math.PI / 2;

    /// <summary>
    /// Gets the share by which the length of a trajectory varies at random, which prevents trajectories that end where they began (Neal 2011,
    /// §5.3.2); 0 to 1, and 0.3 by default.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double TrajectoryJitter
    {
        get;
        init => field = value is >= 0 and <= 1 ? value
            : throw new ArgumentOutOfRangeException(
                nameof(TrajectoryJitter), value, $"{nameof(TrajectoryJitter)} is {value}; expected a number from 0 to 1.");
    } = 0.3;

    /// <summary>Gets the most leapfrog steps of a trajectory, which is shorter if it would need more; at least 1, and 256 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int MaximumSteps { get; init => field = (int)Require.Positive(value, nameof(MaximumSteps)); } = 256;

    /// <summary>
    /// Gets the step size, in the units of <see cref="TrajectoryLength"/>; above 0. Null, the default, adapts it in the warm-up to
    /// <see cref="TargetAcceptance"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double? StepSize { get; init => field = value is { } size ? Require.PositiveAndFinite(size, nameof(StepSize)) : null; }

    /// <summary>Gets the mean acceptance probability to which the step size is adapted; above 0 and below 1, and 0.8 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double TargetAcceptance { get; init => field = Require.Mass(value, nameof(TargetAcceptance)); } = 0.8;

    /// <summary>
    /// Gets whether the scale of each weight is adapted in the warm-up: a diagonal mass matrix with the inverse variances of the chain. True by
    /// default; with false, all masses are 1.
    /// </summary>
    public bool AdaptsScales { get; init; } = true;

    /// <summary>
    /// Gets the standard deviation of the chains' starts around the network's own weights; at least 0. Null, the default, starts each chain from a
    /// normal draw with the prior's standard deviation, so that chains that meet tell something.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double? StartSpread { get; init => field = value is { } spread ? Require.NonNegativeAndFinite(spread, nameof(StartSpread)) : null; }

    /// <summary>
    /// Gets the number of threads for chains; at least 1. Null, the default, means as many as torch may use. Results are the same to the bit.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int? Threads { get; init => field = value is { } threads ? (int)Require.Positive(threads, nameof(Threads)) : null; }
}
