namespace Bayes.Layers.Onnx;

/// <summary>What an exported graph computes.</summary>
public enum OnnxProduct
{
    /// <summary>
    /// Named draws of the functions, whose weights are constants with a leading axis of draws: the graph returns the moments, entropies and
    /// quantiles of the mixture, as <see cref="MonteCarloPredictive"/> does.
    /// </summary>
    Draws,

    /// <summary>The network at the means of the posteriors, as <c>PosteriorMean</c> runs it: as large and as fast as a plain network.</summary>
    Mean,

    /// <summary>
    /// The mean and variance of the network's output in closed form, without draws, for a model of which the last linear layer alone is random, and
    /// what follows for the target, as <see cref="ClosedFormPrediction"/> has it.
    /// </summary>
    ClosedForm,
}
