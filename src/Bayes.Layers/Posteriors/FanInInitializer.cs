using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Posteriors;

/// <summary>
/// mu ~ N(0, <see cref="Gain"/>² / fan-in) and sigma = <see cref="StddevRatio"/> · gain / √fan-in, for layers of any width: an output's size then
/// does not grow with the number of inputs (He et al. 2015, "Delving Deep into Rectifiers", §2.2, equation 10, for √2 and ReLU), and neither
/// does its noise, which starts at <see cref="StddevRatio"/> of the signal. A bias starts at mean 0.
/// </summary>
public sealed class FanInInitializer : PosteriorInitializer
{
    /// <summary>An initializer.</summary>
    /// <param name="gain">The size of an output against its inputs; above 0. √2 suits ReLU, 1 tanh and a last layer.</param>
    /// <param name="stddevRatio">The posterior's standard deviation over that of its means; above 0. Small: training starts from all but a plain network.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public FanInInitializer(double gain = 1.4142135623730951, double stddevRatio = 0.1)
    {
        Gain = Require.PositiveAndFinite(gain);
        StddevRatio = Require.PositiveAndFinite(stddevRatio);
    }

    /// <summary>The size of an output against its inputs.</summary>
    public double Gain { get; }

    /// <summary>The posterior's standard deviation over that of its means.</summary>
    public double StddevRatio { get; }

    /// <inheritdoc/>
    public override (Tensor Mean, Tensor LogVariance) Initialize(long[] shape, long fanIn, NoiseSource noise, ScalarType dtype)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(noise);
        using var scope = NewDisposeScope();
        double spread = Gain / Math.Sqrt(Require.Positive(fanIn));
        using Scalar meanStddev = spread, logVariance = 2 * Math.Log(spread * StddevRatio);
        // A weight has an axis of inputs beside that of outputs.
        var mean = shape.Length > 1 ? noise.StandardNormal(shape, dtype, CPU).mul(meanStddev) : zeros(shape, dtype, CPU);
        return scope.MoveToOuter(mean, full(shape, logVariance, dtype, CPU));
    }
}
