using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Posteriors;

/// <summary>
/// mu ~ N(0, <see cref="MeanStddev"/>²) and log sigma² ~ N(<see cref="LogVarianceMean"/>, <see cref="LogVarianceStddev"/>²) for any width. The
/// defaults (0.1, −2, 0.1; sigma ≈ 0.37) suit small networks; in a wide layer this noise hides the signal.
/// </summary>
public sealed class NormalInitializer : PosteriorInitializer
{
    /// <summary>Creates an initializer.</summary>
    /// <param name="meanStddev">Standard deviation of mu; at least 0.</param>
    /// <param name="logVarianceMean">Mean of log sigma²; finite.</param>
    /// <param name="logVarianceStddev">Standard deviation of log sigma²; at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public NormalInitializer(double meanStddev = 0.1, double logVarianceMean = -2, double logVarianceStddev = 0.1)
    {
        MeanStddev = Require.NonNegativeAndFinite(meanStddev);
        LogVarianceMean = Require.Finite(logVarianceMean);
        LogVarianceStddev = Require.NonNegativeAndFinite(logVarianceStddev);
    }

    /// <summary>Gets the standard deviation of mu.</summary>
    public double MeanStddev { get; }

    /// <summary>Gets the mean of log sigma².</summary>
    public double LogVarianceMean { get; }

    /// <summary>Gets the standard deviation of log sigma².</summary>
    public double LogVarianceStddev { get; }

    /// <inheritdoc/>
    public override (Tensor Mean, Tensor LogVariance) Initialize(long[] shape, long fanIn, NoiseSource noise, ScalarType dtype)
    {
        ArgumentNullException.ThrowIfNull(noise);
        using var scope = NewDisposeScope();
        using Scalar meanStddev = MeanStddev, logVarianceMean = LogVarianceMean, logVarianceStddev = LogVarianceStddev;
        var mean = noise.StandardNormal(shape, dtype, CPU).mul(meanStddev);
        var logVariance = noise.StandardNormal(shape, dtype, CPU).mul(logVarianceStddev).add(logVarianceMean, Scalars.One);
        return scope.MoveToOuter(mean, logVariance);
    }
}
