using Bayes.Layers.Kernels;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>y ~ N(f, stddev²), with the same noise for every input. Its standard deviation is given, or learned (<see cref="Learned"/>).</summary>
/// <remarks>The parameter of a learned standard deviation is <c>log_stddev</c>, its logarithm.</remarks>
/// <inheritdoc/>
public sealed class GaussianLikelihood : LocationScaleLikelihood, IOutputGradient
{
    private const string NameOfScale = "stddev";
    private static readonly Scalar MinusLogOfRootOfTwoPi = -StandardNormal.LogOfRootOfTwoPi;

    /// <summary>Noise of a known size.</summary>
    /// <param name="stddev">The standard deviation (not the variance) of the noise, in the target's unit; above 0 and finite.</param>
    /// <param name="validate">
    /// Whether targets are checked to be finite at every call. On CUDA the check waits for the device; turn it off for data that was
    /// checked before.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The standard deviation is outside its range.</exception>
    public GaussianLikelihood(double stddev, bool validate = true) : this([stddev], validate)
    {
    }

    /// <summary>Noise of known sizes, one for each target dimension.</summary>
    /// <param name="stddevs">The standard deviations (not the variances) of the target dimensions, in the target's unit; each above 0 and
    /// finite.</param>
    /// <param name="validate">Whether targets are checked to be finite at every call.</param>
    /// <param name="channelAxis">The axis of the target dimensions in an output, counted from its last one and so below 0; needed if an example
    /// has several axes.</param>
    /// <exception cref="ArgumentException">There is none, or one is outside its range.</exception>
    public GaussianLikelihood(IReadOnlyList<double> stddevs, bool validate = true, int? channelAxis = null)
        : this(new FixedScale(stddevs, NameOfScale, channelAxis), validate)
    {
    }

    private GaussianLikelihood(NoiseScale stddev, bool validate) : base(stddev, validate)
    {
    }

    /// <summary>
    /// Noise whose size is learned with the network, by maximum likelihood under the posterior: its parameter is the loss's. It stays
    /// within a range, mirrored at the ends: it cannot leave it, and always has a gradient by which it comes back.
    /// </summary>
    /// <param name="initialStddev">Where the standard deviation starts, in the target's unit: near the target's own is a good place. Above 0.</param>
    /// <param name="outputs">1 for one standard deviation for all elements of a target; D for one for each target dimension.</param>
    /// <param name="minStddev">The least it can be, above 0; a ten-thousandth of the initial value by default.</param>
    /// <param name="maxStddev">The most it can be; ten thousand times the initial value by default.</param>
    /// <param name="device">Where the parameter lives; torch's default device by default.</param>
    /// <param name="dtype">Its element type; torch's default type by default.</param>
    /// <param name="validate">Whether targets are checked to be finite at every call.</param>
    /// <param name="channelAxis">The axis of the target dimensions in an output, counted from its last one and so below 0; needed if an example
    /// has several axes.</param>
    /// <exception cref="ArgumentException">The initial value is not within the range, a number is not positive and finite, or the device is not there.</exception>
    public static GaussianLikelihood Learned(
        double initialStddev = 1,
        long outputs = 1,
        double? minStddev = null,
        double? maxStddev = null,
        Device? device = null,
        ScalarType? dtype = null,
        bool validate = true,
        int? channelAxis = null) =>
        new(new LearnedScale(NameOfScale, initialStddev, outputs, minStddev, maxStddev, device, dtype, channelAxis), validate);

    /// <summary>The standard deviation of the noise as it is now, in the target's unit.</summary>
    /// <exception cref="InvalidOperationException">There is one for each target dimension: <see cref="Stddevs"/>.</exception>
    public double Stddev => Noise.Single(nameof(Stddev));

    /// <summary>The standard deviations of the noise as they are now, in the target's unit: one, or one for each target dimension.</summary>
    public IReadOnlyList<double> Stddevs => Noise.Values;

    // A learned size has a gradient of its own.
    bool IOutputGradient.Takes(Tensor target, int rows, int width, ScalarType dtype) =>
        Noise is FixedScale && Noise.FitIn(dtype) && Noise.FitsWidth(width) && ManagedTargets.Like(target, rows, width, dtype)
        && ManagedTargets.AreFinite(target);

    double IOutputGradient.NegativeLogProbability<T>(ReadOnlySpan<T> output, int width, Tensor target, Span<T> gradient)
    {
        var targets = target.AsSpan<T>();
        var stddevs = Noise.Values;
        double sum = 0;
        for (int i = 0; i < output.Length; i++)
        {
            double stddev = stddevs[stddevs.Count == 1 ? 0 : i % width];
            T score = (output[i] - targets[i]) / T.CreateTruncating(stddev);
            gradient[i] = score / T.CreateTruncating(stddev);
            sum += 0.5 * double.CreateTruncating(score * score) + Math.Log(stddev) + StandardNormal.LogOfRootOfTwoPi;
        }
        return sum;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(GaussianLikelihood)}({NameOfScale}={Noise.Options})";

    /// <inheritdoc/>
    private protected override double StandardVariance => 1;

    /// <summary>−½ e² − ½ log 2π.</summary>
    /// <inheritdoc/>
    private protected override Tensor LogDensity(Tensor e)
    {
        using var scope = NewDisposeScope();
        return e.mul(e).mul(Scalars.MinusHalf).add(MinusLogOfRootOfTwoPi, Scalars.One).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    private protected override Tensor StandardCumulative(Tensor value) => special.ndtr(value);

    /// <inheritdoc/>
    private protected override double StandardQuantile(double level) => StandardNormal.Quantile(level);

    /// <inheritdoc/>
    private protected override Likelihood With(NoiseScale scale, bool validate) => new GaussianLikelihood(scale, validate);
}
