using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Conformal;

/// <inheritdoc cref="RegressionScore.ScaledResiduals"/>
internal sealed class ScaledResiduals : RegressionScore
{
    /// <inheritdoc/>
    public override Tensor Of(Predictive prediction, Tensor target)
    {
        using var scope = NewDisposeScope();
        var mean = prediction.Mean.to(ScalarType.Float64);
        return target.add(mean, Scalars.MinusOne).abs_().div_(Stddev(prediction)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override (Tensor Lower, Tensor Upper) Interval(Predictive prediction, Tensor quantile)
    {
        using var scope = NewDisposeScope();
        var mean = prediction.Mean.to(ScalarType.Float64);
        var halfWidth = Stddev(prediction).mul(quantile);
        return scope.MoveToOuter(mean.add(halfWidth, Scalars.MinusOne), mean.add(halfWidth, Scalars.One));
    }

    /// <summary>Returns the standard deviations; a NaN stays in its row.</summary>
    private static Tensor Stddev(Predictive prediction)
    {
        var stddev = prediction.TotalStddev.to(ScalarType.Float64);
        using var isWrong = stddev.le(Scalars.Zero).logical_or_(stddev.isinf());
        if (isWrong.any().ReadBoolean())
        {
            long index = isWrong.flatten().to(ScalarType.Int32).argmax().ReadInt64();
            throw new ArgumentException(
                $"The total standard deviation of row {index / (stddev.numel() / stddev.shape[0])} is {stddev.flatten()[index].ReadDouble()}; "
                + "expected finite numbers above 0 for residuals in standard deviations.", nameof(prediction));
        }
        return stddev;
    }

    /// <summary>Returns the name.</summary>
    public override string ToString() => "scaled residuals";
}
