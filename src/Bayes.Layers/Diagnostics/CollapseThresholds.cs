using Bayes.Layers.Numerics;

namespace Bayes.Layers.Diagnostics;

/// <summary>
/// Thresholds that decide whether a layer's weight has collapsed to its prior (Trippe &amp; Turner 2018, "Overpruning in Variational Bayesian Neural
/// Networks"), has collapsed to a point, or was trained too little. They are rules of thumb; change them for models of other scales.
/// </summary>
public sealed record CollapseThresholds
{
    /// <summary>
    /// Gets the KL divergence in nats per weight below which a weight may have collapsed to its prior; at least 0. At sigma equal to the prior's,
    /// 0.01 nats correspond to a mu that is 0.14 standard deviations of the prior away from its mean.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double PriorKlPerWeight { get; init => field = Require.NonNegativeAndFinite(value, nameof(PriorKlPerWeight)); } = 0.01;

    /// <summary>
    /// Gets the distance of mean sigma / prior sigma from 1 below which a weight may have collapsed to its prior; at least 0. Ignored for a prior
    /// without a standard deviation.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double PriorStddevTolerance { get; init => field = Require.NonNegativeAndFinite(value, nameof(PriorStddevTolerance)); } = 0.1;

    /// <summary>
    /// Gets the mean sigma / prior sigma below which a weight may have collapsed to a point; at least 0. Ignored for a prior without a standard
    /// deviation.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double PointStddevRatio { get; init => field = Require.NonNegativeAndFinite(value, nameof(PointStddevRatio)); } = 0.01;

    /// <summary>
    /// Gets the median |mu| / sigma in decibels above which a weight may have collapsed to a point; finite. 30 dB are |mu| ≈ 32 sigma.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not finite.</exception>
    public double PointSignalToNoise { get; init => field = Require.Finite(value, nameof(PointSignalToNoise)); } = 30;

    /// <summary>
    /// Gets the <see cref="ParameterDiagnostics.StddevShift"/> below which all weights must be for a posterior to be reported as near its start; at
    /// least 0, and 0 reports none. At 0.25, sigma has changed by about a quarter; training of sufficient length changes it by a factor of two or
    /// more.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double StartStddevShift { get; init => field = Require.NonNegativeAndFinite(value, nameof(StartStddevShift)); } = 0.25;

    internal bool CollapsedToPrior(ParameterDiagnostics weight) =>
        weight.KlPerWeight < PriorKlPerWeight && (weight.StddevRatio is not { } ratio || Math.Abs(ratio - 1) < PriorStddevTolerance);

    internal bool CollapsedToPoint(ParameterDiagnostics weight) =>
        weight.MedianSignalToNoise > PointSignalToNoise && (weight.StddevRatio is not { } ratio || ratio < PointStddevRatio);
}
