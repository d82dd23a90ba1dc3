namespace Bayes.Layers.Likelihoods;

/// <summary>The meaning of a network's output for <see cref="BernoulliLikelihood"/>.</summary>
public enum BernoulliOutput
{
    /// <summary>Log-odds, any real number: the network ends in a linear layer. Keeps its precision for p near 0 or 1.</summary>
    Logits,

    /// <summary>p(y = 1) itself, in [0, 1]: the network ends in a Sigmoid.</summary>
    Probabilities,
}
