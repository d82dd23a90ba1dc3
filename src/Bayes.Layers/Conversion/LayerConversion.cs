using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>
/// How one type of plain module becomes Bayesian, and back. The library knows its own; one for a module of your own is
/// handed over in the options. Types are compared exactly: a class derived from the plain type may compute something else.
/// </summary>
public abstract class LayerConversion
{
    /// <summary>The plain type.</summary>
    public abstract Type PlainType { get; }

    /// <summary>The Bayesian type.</summary>
    public abstract Type BayesianType { get; }

    /// <summary>Whether this is a layer with weights of its own, rather than a container of modules.</summary>
    public abstract bool HasWeights { get; }

    /// <summary>Gets whether this is the conversion of a dropout module, which the options ask for by itself.</summary>
    internal virtual bool IsDropout => false;

    /// <summary>Returns the parameters of a plain layer by name, to see which are frozen.</summary>
    internal virtual IEnumerable<(string Name, Tensor Value)> ParametersOf(nn.Module<Tensor, Tensor> plain) =>
        plain.named_parameters().Select(each => (each.name, (Tensor)each.parameter));

    /// <summary>Determines whether <see cref="ToPlain"/> can convert a module of <see cref="BayesianType"/>; true by default.</summary>
    internal virtual bool Fits(nn.Module bayesian) => true;

    /// <summary>Makes a plain module Bayesian. What has weights gets copies of them; what is kept plain stays the same object.</summary>
    /// <param name="plain">A module of <see cref="PlainType"/>.</param>
    /// <param name="pass">The conversion of the whole network, which converts a container's children and says what a layer starts from.</param>
    /// <returns>A new Bayesian module, or <paramref name="plain"/> itself where nothing in it became Bayesian.</returns>
    public abstract nn.Module<Tensor, Tensor> ToBayesian(nn.Module<Tensor, Tensor> plain, BayesianPass pass);

    /// <summary>Makes a Bayesian module plain.</summary>
    /// <param name="bayesian">A module of <see cref="BayesianType"/>.</param>
    /// <param name="pass">The conversion of the whole network, which converts a container's children and says what a weight is.</param>
    /// <returns>A new plain module.</returns>
    public abstract nn.Module<Tensor, Tensor> ToPlain(nn.Module<Tensor, Tensor> bayesian, DeterministicPass pass);
}
