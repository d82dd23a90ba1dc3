using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// y ~ N(f, stddev²) with the same noise for every input: regression. The standard deviation is given, or learned with the network
/// (<see cref="Learned"/>): one for all elements of a target, or one for each along its last axis. Output and target are <c>[B, …]</c>.
/// </summary>
/// <remarks>
/// With a learned standard deviation the likelihood holds its parameter, <c>log_stddev</c>, which belongs to the <c>ElboLoss</c> that it is
/// handed to: optimize, move, save and dispose it with the loss. Otherwise immutable.
/// </remarks>
public sealed class GaussianLikelihood : ContinuousLikelihood
{
    private const string NameOfStddev = "stddev";
    private static readonly Scalar LogOfRootOfTwoPi = StandardNormal.LogOfRootOfTwoPi;

    private readonly NoiseScale _stddev;
    private readonly bool _validate;

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
    /// <param name="stddevs">The standard deviations (not the variances) along the last axis of a target, in its unit; each above 0 and finite.</param>
    /// <param name="validate">Whether targets are checked to be finite at every call.</param>
    /// <exception cref="ArgumentException">There is none, or one is outside its range.</exception>
    public GaussianLikelihood(IReadOnlyList<double> stddevs, bool validate = true)
        : this(new FixedScale(stddevs ?? throw new ArgumentNullException(nameof(stddevs)), NameOfStddev), validate)
    {
    }

    private GaussianLikelihood(NoiseScale stddev, bool validate)
    {
        _stddev = stddev;
        _validate = validate;
    }

    /// <summary>
    /// Noise whose size is learned with the network, by maximum likelihood under its posterior; in the parameters of the loss.
    /// It stays within a range, mirrored at its ends: it cannot leave it, and always has a gradient by which it can come back.
    /// </summary>
    /// <param name="initialStddev">Where the standard deviation starts, in the target's unit: near the target's own is a good place. Above 0.</param>
    /// <param name="outputs">1 for one standard deviation for all elements of a target; D for one for each along its last axis, <c>[B, …, D]</c>.</param>
    /// <param name="minStddev">The least it can be, above 0; a ten-thousandth of the initial value by default.</param>
    /// <param name="maxStddev">The most it can be; ten thousand times the initial value by default.</param>
    /// <param name="device">Where the parameter lives; torch's default device by default.</param>
    /// <param name="dtype">Its element type; torch's default type by default.</param>
    /// <param name="validate">Whether targets are checked to be finite at every call.</param>
    /// <exception cref="ArgumentException">The initial value is not within the range, a number is not positive and finite, or the device is not there.</exception>
    public static GaussianLikelihood Learned(
        double initialStddev = 1, long outputs = 1, double? minStddev = null, double? maxStddev = null, Device? device = null, ScalarType? dtype = null, bool validate = true) =>
        new(new LearnedScale(NameOfStddev, initialStddev, outputs, minStddev, maxStddev, device, dtype), validate);

    /// <summary>The standard deviation of the noise as it is now, in the target's unit.</summary>
    /// <exception cref="InvalidOperationException">There is one for each target dimension: <see cref="Stddevs"/>.</exception>
    public double Stddev => _stddev.Single(nameof(Stddev));

    /// <summary>The standard deviations of the noise as they are now, in the target's unit: one, or one for each target dimension.</summary>
    public IReadOnlyList<double> Stddevs => _stddev.Values;

    /// <inheritdoc/>
    public override nn.Module? Parameters => _stddev.Parameters;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The learned standard deviation is NaN.</exception>
    public override Likelihood Frozen() => Parameters is null ? this : new GaussianLikelihood(_stddev.Frozen(), _validate);

    /// <summary>−½ (y − f)² / stddev² − log stddev − ½ log 2π, in nats, summed over the axes of one example.</summary>
    /// <inheritdoc/>
    public override Tensor LogProbability(Tensor output, Tensor target)
    {
        int leading = LeadingAxes(output, target);
        if (_validate)
            Require.AllFinite(target, nameof(target));
        using var scope = NewDisposeScope();
        var (stddev, log) = _stddev.Along(output, leading);
        var score = target.to(output.dtype).add(output, Scalars.MinusOne).div(stddev);
        var each = score.mul(score).mul(Scalars.MinusHalf).add(log.add(LogOfRootOfTwoPi, Scalars.One), Scalars.MinusOne);
        return SumOverExample(each, leading).MoveToOuterDisposeScope();
    }

    /// <summary>f.</summary>
    /// <inheritdoc/>
    public override Tensor Mean(Tensor output)
    {
        ArgumentNullException.ThrowIfNull(output);
        return output.alias();
    }

    /// <summary>stddev², the same for every input; NaN where the output is.</summary>
    /// <inheritdoc/>
    public override Tensor Variance(Tensor output)
    {
        using var scope = NewDisposeScope();
        var (stddev, _) = _stddev.Along(output);
        return stddev.mul(stddev).expand_as(output).masked_fill(output.isnan(), Scalars.NaN).MoveToOuterDisposeScope();
    }

    /// <summary>Φ((value − f) / stddev).</summary>
    /// <inheritdoc/>
    public override Tensor CumulativeProbability(Tensor output, Tensor value)
    {
        ArgumentNullException.ThrowIfNull(value);
        using var scope = NewDisposeScope();
        var (stddev, _) = _stddev.Along(output);
        return special.ndtr(value.add(output, Scalars.MinusOne).div(stddev)).MoveToOuterDisposeScope();
    }

    /// <summary>f + stddev Φ⁻¹(level).</summary>
    /// <inheritdoc/>
    public override Tensor Quantile(Tensor output, double level)
    {
        using var scope = NewDisposeScope();
        var (stddev, _) = _stddev.Along(output);
        using Scalar score = StandardNormal.Quantile(level);
        return output.add(stddev, score).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(GaussianLikelihood)}(stddev={_stddev}{(Parameters is null ? "" : ", learned")})";
}
