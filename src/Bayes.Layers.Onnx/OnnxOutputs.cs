namespace Bayes.Layers.Onnx;

/// <summary>
/// Names of a graph's outputs. With a <c>JointLikelihood</c>, a dot and the zero-based index of the part follow: <c>mean.0</c>.
/// </summary>
public static class OnnxOutputs
{
    /// <summary>The network's output for each draw, <c>[S, B, …]</c>, or at the posterior's mean, <c>[B, …]</c>.</summary>
    public const string Output = "output";

    /// <summary>The mean of the network's output in closed form, <c>[B, …]</c>.</summary>
    public const string OutputMean = "output_mean";

    /// <summary>The variance of the network's output in closed form, <c>[B, …]</c>.</summary>
    public const string OutputVariance = "output_variance";

    /// <summary>E[y | x], <c>[B, …]</c>, in the target's unit, as <see cref="Predictive.Mean"/>.</summary>
    public const string Mean = "mean";

    /// <summary>Var[E[y | f]], <c>[B, …]</c>, as <see cref="Predictive.EpistemicVariance"/>.</summary>
    public const string EpistemicVariance = "epistemic_variance";

    /// <summary>E[Var[y | f]], <c>[B, …]</c>, as <see cref="Predictive.AleatoricVariance"/>.</summary>
    public const string AleatoricVariance = "aleatoric_variance";

    /// <summary>Var[y | x], <c>[B, …]</c>, as <see cref="Predictive.TotalVariance"/>.</summary>
    public const string TotalVariance = "total_variance";

    /// <summary>H[y | x] in nats, as <see cref="Predictive.TotalEntropy"/>.</summary>
    public const string TotalEntropy = "total_entropy";

    /// <summary>E[H[y | f]] in nats, as <see cref="Predictive.ExpectedEntropy"/>.</summary>
    public const string ExpectedEntropy = "expected_entropy";

    /// <summary>I[y; f | x] in nats, as <see cref="Predictive.MutualInformation"/>.</summary>
    public const string MutualInformation = "mutual_information";

    /// <summary>Quantiles over the draws of E[y | f], <c>[Q, B, …]</c>, as <see cref="Predictive.QuantilesOfMean"/>.</summary>
    public const string MeanQuantiles = "quantiles_of_mean";

    /// <summary>
    /// Quantiles of the target, <c>[Q, B, …]</c>, as <see cref="Predictive.QuantilesOfTarget"/>: of likelihoods with normal noise.
    /// </summary>
    public const string TargetQuantiles = "quantiles_of_target";
}
