using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Estimators;

/// <summary>
/// Provides what a pass needs of its posteriors as leaves of autograd. Their owner carries the gradients that backpropagation leaves there to the
/// parameters of the posteriors.
/// </summary>
/// <remarks>The tensors belong to the owner and are valid until its next pass begins.</remarks>
internal interface IPosteriorLeaves
{
    /// <summary>Returns mu, the same tensor in every call of a pass.</summary>
    Tensor Mean(WeightPosterior posterior);

    /// <summary>Returns sigma², of the posterior's shape.</summary>
    Tensor Variance(WeightPosterior posterior);

    /// <summary>Draws weights mu + sigma ∘ eps: <c>[S, …shape]</c>, or of the posterior's shape if S is 1.</summary>
    Tensor Weights(WeightPosterior posterior, NoiseSource noise);

    /// <summary>Takes over a layer whose gradient is computed by hand, in the order of the pass.</summary>
    void Add(TwoProducts layer);

    /// <summary>Draws deviations sigma ∘ eps: <c>[S, …shape]</c>.</summary>
    Tensor Deviations(WeightPosterior posterior, NoiseSource noise);
}
