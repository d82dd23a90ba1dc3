using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>The part of a <see cref="FlatPosterior"/> that is under one prior. Owns views of the storage: dispose it.</summary>
internal sealed class PriorSpan : IDisposable
{
    private readonly MeanFieldNormal _posterior;
    private readonly Tensor _meanGradient;
    private readonly Tensor _logVarianceGradient;

    public PriorSpan(
        int number, Prior prior, long start, long length, Tensor mean, Tensor logVariance, Tensor meanGradient, Tensor logVarianceGradient)
    {
        (Number, Prior, Start, Length) = (number, prior, start, length);
        _posterior = new MeanFieldNormal(Part(mean.detach()).Owned(), Part(logVariance.detach()).Owned());
        _meanGradient = Part(meanGradient).Owned();
        _logVarianceGradient = Part(logVarianceGradient).Owned();
    }

    /// <summary>Gets the zero-based index among the spans.</summary>
    public int Number { get; }

    /// <summary>Gets the prior, an <see cref="IKlGradient"/>.</summary>
    public Prior Prior { get; }

    /// <summary>Gets the zero-based index of the first weight.</summary>
    public long Start { get; }

    /// <summary>Gets the number of weights.</summary>
    public long Length { get; }

    /// <summary>Adds the gradient of the weighted KL divergence to the gradients.</summary>
    /// <param name="variance">sigma² of the whole storage.</param>
    /// <param name="weight">The factor of the divergence in the loss.</param>
    /// <returns>KL(q ‖ p), unweighted: a scalar.</returns>
    public Tensor AddKlGradient(Tensor variance, double weight)
    {
        using var part = Part(variance);
        return ((IKlGradient)Prior).AddKlGradient(_posterior, part, _meanGradient, _logVarianceGradient, weight);
    }

    public void Dispose()
    {
        foreach (var view in new[] { _posterior.Mean, _posterior.LogVariance, _meanGradient, _logVarianceGradient })
            view.Dispose();
    }

    private Tensor Part(Tensor flat) => flat.narrow(0, Start, Length);
}
