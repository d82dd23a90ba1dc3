using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Posteriors;

/// <summary>
/// The mean-field normal posterior: each weight has its own mean and variance, independent of the others
/// (Blundell et al. 2015, "Weight Uncertainty in Neural Networks", §3.2). The variance is kept as its logarithm.
/// </summary>
/// <remarks>A view of two tensors that somebody else owns; it disposes nothing.</remarks>
public sealed class MeanFieldNormal
{
    /// <summary>A posterior over tensors shaped like <paramref name="mean"/>.</summary>
    /// <param name="mean">mu, in the weight's unit.</param>
    /// <param name="logVariance">log sigma², of the same shape.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public MeanFieldNormal(Tensor mean, Tensor logVariance)
    {
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(logVariance);
        Shape = mean.shape;
        if (!Shape.AsSpan().SequenceEqual(logVariance.shape))
            throw new ArgumentException(
                $"The log-variance has shape {Shapes.Describe(logVariance.shape)}; expected that of the mean, {Shapes.Describe(Shape)}.",
                nameof(logVariance));
        Mean = mean;
        LogVariance = logVariance;
    }

    /// <summary>mu.</summary>
    public Tensor Mean { get; }

    /// <summary>log sigma².</summary>
    public Tensor LogVariance { get; }

    internal long[] Shape { get; }

    /// <summary>sigma = exp(log_var / 2): a new tensor, differentiable.</summary>
    public Tensor Stddev()
    {
        using var half = LogVariance.mul(Scalars.Half);
        return half.exp();
    }

    /// <summary>sigma² = exp(log_var): a new tensor, differentiable.</summary>
    public Tensor Variance() => LogVariance.exp();

    /// <summary>
    /// <paramref name="draws"/> weights mu + sigma · eps, eps ~ N(0, 1): the reparameterization trick
    /// (Kingma &amp; Welling 2014, "Auto-Encoding Variational Bayes", §2.4). Each draw has noise of its own.
    /// </summary>
    /// <param name="draws">How many; at least 1.</param>
    /// <param name="noise">Where eps comes from.</param>
    /// <returns>A tensor [draws, …shape], differentiable in mu and log_var.</returns>
    public Tensor Draw(int draws, NoiseSource noise)
    {
        using var scope = NewDisposeScope();
        return addcmul(Mean, Stddev(), Epsilon(draws, noise), Scalars.One).MoveToOuterDisposeScope();
    }

    /// <summary>One weight mu + sigma · eps without a leading axis of draws; asks the source for the same noise as one of <see cref="Draw(int, NoiseSource)"/>.</summary>
    /// <param name="noise">Where eps comes from.</param>
    /// <returns>A tensor of the posterior's shape, differentiable in mu and log_var.</returns>
    public Tensor Draw(NoiseSource noise)
    {
        using var scope = NewDisposeScope();
        return addcmul(Mean, Stddev(), Epsilon(1, noise).squeeze(0), Scalars.One).MoveToOuterDisposeScope();
    }

    /// <summary>What <see cref="Draw(int, NoiseSource)"/> adds to the mean: sigma · eps, from the same noise.</summary>
    /// <param name="draws">How many; at least 1.</param>
    /// <param name="noise">Where eps comes from.</param>
    /// <returns>A tensor [draws, …shape], differentiable in log_var.</returns>
    public Tensor Deviations(int draws, NoiseSource noise)
    {
        using var scope = NewDisposeScope();
        return Stddev().mul(Epsilon(draws, noise)).MoveToOuterDisposeScope();
    }

    internal Tensor Epsilon(int draws, NoiseSource noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        Require.Positive(draws);
        return noise.StandardNormal([draws, .. Shape], Mean.dtype, Mean.device);
    }
}
