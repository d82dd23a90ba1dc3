using Bayes.Layers.Numerics;

namespace Bayes.Layers.Diagnostics;

/// <summary>
/// When a layer's weight is said to have collapsed to its prior (Trippe &amp; Turner 2018, "Overpruning in Variational Bayesian Neural Networks"),
/// to have collapsed to a point, or not to have been trained far enough. Rules of thumb, to be set where a model has other scales.
/// </summary>
public sealed record CollapseThresholds
{
    /// <summary>
    /// A weight has collapsed to its prior only where its KL divergence is below this many nats per weight; at least 0.
    /// At sigma equal to the prior's, 0.01 nats are a mu 0.14 standard deviations of the prior away from its mean.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double PriorKlPerWeight { get; init => field = Require.NonNegativeAndFinite(value, nameof(PriorKlPerWeight)); } = 0.01;

    /// <summary>
    /// A weight has collapsed to its prior only where mean sigma / prior sigma is less than this away from 1; at least 0.
    /// Not asked of a prior without a standard deviation.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double PriorStddevTolerance { get; init => field = Require.NonNegativeAndFinite(value, nameof(PriorStddevTolerance)); } = 0.1;

    /// <summary>
    /// A weight has collapsed to a point only where mean sigma / prior sigma is below this; at least 0. Not asked of a prior
    /// without a standard deviation.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double PointStddevRatio { get; init => field = Require.NonNegativeAndFinite(value, nameof(PointStddevRatio)); } = 0.01;

    /// <summary>
    /// A weight has collapsed to a point only where its median |mu| / sigma is above this, in decibels; finite. 30 dB are
    /// |mu| ≈ 32 sigma.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not finite.</exception>
    public double PointSignalToNoise { get; init => field = Require.Finite(value, nameof(PointSignalToNoise)); } = 30;

    /// <summary>
    /// A posterior is said to be still near its start if <see cref="ParameterDiagnostics.StddevShift"/> of every weight is below this; at least 0,
    /// and 0 never says so. At 0.25, sigma has changed by about a quarter: training that was long enough changed it by a factor of two or more.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double StartStddevShift { get; init => field = Require.NonNegativeAndFinite(value, nameof(StartStddevShift)); } = 0.25;

    internal bool CollapsedToPrior(ParameterDiagnostics weight) =>
        weight.KlPerWeight < PriorKlPerWeight && (weight.StddevRatio is not { } ratio || Math.Abs(ratio - 1) < PriorStddevTolerance);

    internal bool CollapsedToPoint(ParameterDiagnostics weight) =>
        weight.MedianSignalToNoise > PointSignalToNoise && (weight.StddevRatio is not { } ratio || ratio < PointStddevRatio);
}
