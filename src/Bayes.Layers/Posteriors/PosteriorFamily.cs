using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Posteriors;

/// <summary>
/// A kind of posterior that the weights of a layer can have: which parameters it has, and how they start. A layer takes it from its
/// <see cref="PosteriorInitializer"/>. Immutable: one family may serve many layers.
/// </summary>
public abstract class PosteriorFamily
{
    /// <summary>Gets the family of <see cref="MeanFieldNormal"/>, independent normal weights: the default of every layer.</summary>
    public static PosteriorFamily MeanField { get; } = new MeanFieldFamily();

    /// <summary>Returns the names and shapes of the parameters for a weight tensor, <c>mu</c> of the weight's own shape first.</summary>
    /// <param name="shape">The weight's shape.</param>
    public abstract IReadOnlyList<(string Name, long[] Shape)> ParametersOf(long[] shape);

    /// <summary>Returns the first values of the parameters, in the order of <see cref="ParametersOf"/>.</summary>
    /// <param name="mean">mu, as the initializer gave it.</param>
    /// <param name="logVariance">log sigma², as the initializer gave it.</param>
    /// <param name="noise">Where random numbers come from.</param>
    /// <returns>Tensors of the mean's type and device; the given ones may be among them.</returns>
    public abstract IReadOnlyList<Tensor> Start(Tensor mean, Tensor logVariance, NoiseSource noise);

    /// <summary>Makes a posterior that views parameters.</summary>
    /// <param name="parameters">The parameters, in the order of <see cref="ParametersOf"/>.</param>
    public abstract WeightPosterior Of(IReadOnlyList<Tensor> parameters);

    /// <summary>Returns the posterior's name with all settings, in the invariant culture: a checkpoint loads into no other.</summary>
    public abstract override string ToString();
}
