using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Posteriors;

/// <summary>
/// mu ~ N(0, <see cref="Gain"/>² / fan-in) and sigma = <see cref="StddevRatio"/> · gain / √fan-in, for layers of any width: the size of an output
/// does not grow with the number of inputs (He et al. 2015, "Delving Deep into Rectifiers", §2.2, equation 10, for √2 and ReLU), and neither does
/// its noise, which starts at <see cref="StddevRatio"/> of the signal. A bias starts at mean 0.
/// </summary>
public sealed class FanInInitializer : PosteriorInitializer
{
    /// <summary>Creates an initializer.</summary>
    /// <param name="gain">The ratio of the size of an output to that of its inputs; above 0. √2 suits ReLU, 1 suits tanh and a last layer.</param>
    /// <param name="stddevRatio">
    /// The ratio of the posterior's standard deviation to that of its means; above 0. If it is small, training starts from almost a plain network.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public FanInInitializer(double gain = 1.4142135623730951, double stddevRatio = 0.1)
    {
        Gain = Require.PositiveAndFinite(gain);
        StddevRatio = Require.PositiveAndFinite(stddevRatio);
    }

    /// <summary>Gets the ratio of the size of an output to that of its inputs.</summary>
    public double Gain { get; }

    /// <summary>Gets the ratio of the posterior's standard deviation to that of its means.</summary>
    public double StddevRatio { get; }

    /// <inheritdoc/>
    public override (Tensor Mean, Tensor LogVariance) Initialize(long[] shape, long fanIn, NoiseSource noise, ScalarType dtype)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(noise);
        using var scope = NewDisposeScope();
        double spread = Gain / Math.Sqrt(Require.Positive(fanIn));
        using Scalar meanStddev = spread, logVariance = 2 * Math.Log(spread * StddevRatio);
        // A weight has an axis of inputs in addition to that of outputs; a bias has not.
        var mean = shape.Length > 1 ? noise.StandardNormal(shape, dtype, CPU).mul(meanStddev) : zeros(shape, dtype, CPU);
        return scope.MoveToOuter(mean, full(shape, logVariance, dtype, CPU));
    }
}
