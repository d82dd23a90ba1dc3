using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>
/// Converts one type of plain module to a Bayesian one, and back. The library has its own conversions; pass those for your own modules in the
/// options. Types are compared exactly, since a class derived from the plain type may compute something else.
/// </summary>
public abstract class LayerConversion
{
    /// <summary>Gets the plain type.</summary>
    public abstract Type PlainType { get; }

    /// <summary>Gets the Bayesian type.</summary>
    public abstract Type BayesianType { get; }

    /// <summary>Gets whether the module is a layer with its own weights rather than a container of modules.</summary>
    public abstract bool HasWeights { get; }

    /// <summary>Gets whether this converts a dropout module, which has an option of its own.</summary>
    internal virtual bool IsDropout => false;

    /// <summary>Returns the parameters of a plain layer by name, which show whether it is frozen.</summary>
    internal virtual IEnumerable<(string Name, Tensor Value)> ParametersOf(nn.Module<Tensor, Tensor> plain) =>
        plain.named_parameters().Select(each => (each.name, (Tensor)each.parameter));

    /// <summary>Returns the row of a plain layer's weight that stays 0 and is not random, or null.</summary>
    /// <exception cref="ArgumentException">The layer has an option that no posterior can keep.</exception>
    internal virtual long? FindFixedRow(nn.Module<Tensor, Tensor> plain) => null;

    /// <summary>Determines whether <see cref="ToPlain"/> can convert a module of <see cref="BayesianType"/>; true by default.</summary>
    internal virtual bool Fits(nn.Module bayesian) => true;

    /// <summary>Makes a plain module Bayesian. Weights are copied; modules that stay plain are the same objects.</summary>
    /// <param name="plain">A module of <see cref="PlainType"/>.</param>
    /// <param name="pass">The conversion of the whole network, which converts a container's children and has the options.</param>
    /// <returns>A new Bayesian module, or <paramref name="plain"/> itself if nothing in it became Bayesian.</returns>
    public abstract nn.Module<Tensor, Tensor> ToBayesian(nn.Module<Tensor, Tensor> plain, BayesianPass pass);

    /// <summary>Makes a Bayesian module plain.</summary>
    /// <param name="bayesian">A module of <see cref="BayesianType"/>.</param>
    /// <param name="pass">The conversion of the whole network, which converts a container's children and has the values of the weights.</param>
    /// <returns>A new plain module.</returns>
    public abstract nn.Module<Tensor, Tensor> ToPlain(nn.Module<Tensor, Tensor> bayesian, DeterministicPass pass);
}
