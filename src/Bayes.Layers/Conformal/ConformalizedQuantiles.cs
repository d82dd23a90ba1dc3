using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Conformal;

/// <inheritdoc cref="RegressionScore.Quantiles"/>
internal sealed class ConformalizedQuantiles(double mass) : RegressionScore
{
    private readonly double _mass = Require.Mass(mass);

    /// <inheritdoc/>
    public override Tensor Of(Predictive prediction, Tensor target)
    {
        using var scope = NewDisposeScope();
        var (lower, upper) = Ends(prediction);
        return maximum(lower.add(target, Scalars.MinusOne), target.add(upper, Scalars.MinusOne)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override (Tensor Lower, Tensor Upper) Interval(Predictive prediction, Tensor quantile)
    {
        using var scope = NewDisposeScope();
        var (lower, upper) = Ends(prediction);
        // A negative quantile may take off more than there is: no target has such a score, and the ends meet in the middle.
        var halfWidth = upper.add(lower, Scalars.MinusOne).mul_(Scalars.Half);
        var middle = lower.add(halfWidth, Scalars.One);
        var half = halfWidth.add(quantile, Scalars.One).clamp_min_(Scalars.Zero);
        return scope.MoveToOuter(middle.add(half, Scalars.MinusOne), middle.add(half, Scalars.One));
    }

    private (Tensor Lower, Tensor Upper) Ends(Predictive prediction)
    {
        var (lower, upper) = prediction.PredictionInterval(_mass);
        return (lower.to(ScalarType.Float64), upper.to(ScalarType.Float64));
    }

    /// <summary>Returns the name and the mass.</summary>
    public override string ToString() => FormattableString.Invariant($"quantiles of mass {_mass}");
}
