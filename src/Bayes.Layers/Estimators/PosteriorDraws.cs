using Bayes.Layers.Maps;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Estimators;

/// <summary>
/// S functions drawn from the posterior and remembered: every call passes its input through the same ones, however the
/// inputs are split into blocks. A layer's weights are drawn when it is first met, and stay as they are also if the layer is
/// trained on. For prediction: the draws carry no gradient.
/// </summary>
/// <remarks>Owns the drawn weights: dispose it. Not to be shared between threads.</remarks>
public sealed class PosteriorDraws : Estimator, IDisposable
{
    private readonly NoiseSource _noise;
    private readonly Dictionary<Tensor, Tensor> _draws = new(ReferenceEqualityComparer.Instance);
    private bool _disposed;

    /// <summary>Room for <paramref name="samples"/> functions, drawn as they are met.</summary>
    /// <param name="samples">S; at least 1.</param>
    /// <param name="noise">Where noise comes from; by default torch's global generator.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="samples"/> is below 1.</exception>
    public PosteriorDraws(int samples, NoiseSource? noise = null) : base(samples) => _noise = noise ?? TorchNoise.Global;

    /// <summary>No: the draws are fixed.</summary>
    public override bool CarriesGradient => false;

    /// <summary>Frees the drawn weights.</summary>
    public void Dispose()
    {
        _disposed = true;
        foreach (var draws in _draws.Values)
            draws.Dispose();
        _draws.Clear();
    }

    /// <inheritdoc/>
    protected override Tensor EstimateOutput(BilinearMap map, Tensor input, MeanFieldNormal weight, MeanFieldNormal? bias)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return map.ApplyPerDraw(input, Remember(weight), bias is null ? null : Remember(bias));
    }

    private Tensor Remember(MeanFieldNormal posterior)
    {
        if (_draws.TryGetValue(posterior.Mean, out var known))
            return known;
        if (_draws.Keys.Any(parameter => parameter.IsInvalid))
            throw new InvalidOperationException(
                "The model's parameters were replaced after functions were drawn from them, as .to(...) and a new VariationalStep do; make new PosteriorDraws.");
        using var noGrad = no_grad();
        var draws = posterior.Draw(Samples, _noise).Owned();
        _draws.Add(posterior.Mean, draws);
        return draws;
    }
}
