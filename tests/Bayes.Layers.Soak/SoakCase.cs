using Bayes.Layers.Estimators;

namespace Bayes.Layers.Soak;

/// <summary>One kind of model, with its own training data.</summary>
/// <param name="Name">The name in the output.</param>
/// <param name="CreateModel">Makes the model, the same for the same state of torch's generator.</param>
/// <param name="CreateLoss">Makes its loss, for <see cref="SoakCases.Rows"/> examples.</param>
/// <param name="CreateInput">Makes its inputs, from torch's generator.</param>
/// <param name="CreateTarget">Makes the targets of the inputs.</param>
internal sealed record SoakCase(string Name, Func<BayesianModule> CreateModel, Func<ElboLoss> CreateLoss, Func<Tensor> CreateInput,
    Func<Tensor> CreateTarget)
{
    /// <summary>The estimator for training.</summary>
    public Estimator Estimator { get; init; } = new Reparameterization();
}
