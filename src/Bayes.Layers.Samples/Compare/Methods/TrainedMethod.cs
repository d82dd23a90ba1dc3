using Bayes.Layers.Likelihoods;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Compare.Methods;

/// <summary>What a method learned: a distribution over functions.</summary>
/// <param name="distribution">The distribution.</param>
/// <param name="likelihood">p(y | f).</param>
/// <param name="samples">Draws of a prediction, if the distribution is not exact after fewer.</param>
/// <param name="seed">Seed of the draws.</param>
/// <param name="owned">What is disposed with it.</param>
internal class TrainedMethod(FunctionDistribution distribution, Likelihood likelihood, int samples, long seed, params IDisposable[] owned)
    : IDisposable
{
    /// <summary>Seconds of training that happened before, for a network that several methods begin with.</summary>
    public double SecondsBefore { get; init; }

    /// <summary>Notes about the training, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The bytes of all numbers that it keeps.</summary>
    public virtual long Bytes =>
        distribution.Module?.state_dict().Values.Sum(value => value.numel() * value.element_size()) ?? distribution.BytesPerDraw;

    /// <summary>Predicts, with the same functions in every call.</summary>
    /// <param name="input"><c>[B, …]</c>.</param>
    /// <param name="target"><c>[B, …]</c>, or null for a prediction without log densities.</param>
    /// <param name="keepSamples">Whether to keep the outputs of all draws.</param>
    /// <returns>A prediction that the caller disposes.</returns>
    public virtual Predictive Predict(Tensor input, Tensor? target = null, bool keepSamples = false)
    {
        using var predictor = new MonteCarloPredictive(distribution, likelihood, distribution.ExactSamples ?? samples, seed);
        return predictor.Predict(input, target, keepSamples);
    }

    public void Dispose()
    {
        foreach (var each in owned)
            each.Dispose();
    }
}
