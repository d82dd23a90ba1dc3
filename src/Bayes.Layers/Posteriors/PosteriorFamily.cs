using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Posteriors;

/// <summary>
/// A kind of posterior for the weights of a layer: its parameters, and how they start. A layer takes it from its <see cref="PosteriorInitializer"/>.
/// Immutable: one family can serve many layers.
/// </summary>
public abstract class PosteriorFamily
{
    /// <summary>Gets the family of <see cref="MeanFieldNormal"/>, independent normal weights: the default of every layer.</summary>
    public static PosteriorFamily MeanField { get; } = new MeanFieldFamily();

    /// <summary>Returns the names and shapes of the parameters for a weight tensor. The first one is <c>mu</c>, of the weight's own shape.</summary>
    /// <param name="shape">The weight's shape.</param>
    public abstract IReadOnlyList<(string Name, long[] Shape)> ParametersOf(long[] shape);

    /// <summary>Returns the first values of the parameters, in the order of <see cref="ParametersOf"/>.</summary>
    /// <param name="mean">mu from the initializer.</param>
    /// <param name="logVariance">log sigma² from the initializer.</param>
    /// <param name="noise">The source of random numbers.</param>
    /// <returns>Tensors of the mean's type and device; the given ones may be among them.</returns>
    public abstract IReadOnlyList<Tensor> Start(Tensor mean, Tensor logVariance, NoiseSource noise);

    /// <summary>Creates a posterior that is a view of parameters.</summary>
    /// <param name="parameters">The parameters, in the order of <see cref="ParametersOf"/>.</param>
    public abstract WeightPosterior Of(IReadOnlyList<Tensor> parameters);

    /// <summary>
    /// Returns the posterior's name with all settings, in the invariant culture. A checkpoint loads only into a posterior of equal text.
    /// </summary>
    public abstract override string ToString();
}
