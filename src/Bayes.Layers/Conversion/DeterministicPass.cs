using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>Converts one Bayesian network to a plain one.</summary>
public sealed class DeterministicPass : ConversionPass
{
    private readonly Func<WeightPosterior, Tensor> _weight;
    private readonly Dictionary<Parameter, Func<Parameter>> _parameters = new(ReferenceEqualityComparer.Instance);

    internal DeterministicPass(IEnumerable<LayerConversion> given, Func<WeightPosterior, Tensor> weight, bool isMean) : base(given)
    {
        _weight = weight;
        IsMean = isMean;
    }

    /// <summary>Gets whether weights become the posterior's means rather than a draw.</summary>
    internal bool IsMean { get; }

    /// <summary>Returns the plain network's value of a weight, in the posterior's shape. The caller must not dispose or change it.</summary>
    public Tensor Weight(WeightPosterior posterior) => _weight(posterior);

    /// <summary>Sets a parameter of a plain layer, or replaces it by the parameter of another layer with the same posterior.</summary>
    /// <param name="mean">The posterior's mean. If it is frozen, so is the parameter.</param>
    /// <param name="plain">Returns the plain parameter.</param>
    /// <param name="value">Computes its value.</param>
    /// <param name="share">Replaces the plain parameter by a shared one.</param>
    internal void SetParameter(Parameter mean, Func<Parameter> plain, Func<Tensor> value, Action<Parameter> share)
    {
        if (_parameters.TryGetValue(mean, out var first))
        {
            share(first().Owned());
            return;
        }
        var own = plain();
        own.copy_(value());
        own.requires_grad = mean.requires_grad;
        _parameters.Add(mean, plain);
    }

    /// <summary>Notes that a parameter of a plain module holds a posterior's weight, and cannot be shared with another module.</summary>
    /// <param name="mean">The posterior's mean.</param>
    /// <param name="type">The type of the plain module, for messages.</param>
    /// <exception cref="ArgumentException">Another layer has the same posterior.</exception>
    internal void SetUnshared(Parameter mean, string type)
    {
        if (!_parameters.TryAdd(mean, () => throw Shared()))
            throw Shared();

        ArgumentException Shared() => new(
            $"A weight of a {type} is shared with another layer, but TorchSharp cannot replace the parameters of a {type}; "
            + "expected a model whose transformers share no weights.");
    }

    private protected override nn.Module<Tensor, Tensor> Convert(nn.Module<Tensor, Tensor> module)
    {
        if (Conversions.OfBayesian(module) is { } conversion)
            return conversion.HasWeights ? Track(conversion.ToPlain(module, this)) : conversion.ToPlain(module, this);
        if (!module.BayesianModules().Any())
            return module;
        if ((module as BayesianModule)?.PlainNetwork(Weight, IsMean) is { } inside)
            return inside as nn.Module<Tensor, Tensor> ?? throw new ArgumentException(
                $"The module {Location} is a {inside.GetType().Name}, which takes or returns several tensors; expected a network of one: "
                + $"read {nameof(WeightSpaceModule)}.{nameof(WeightSpaceModule.Network)}, whose parameters are the means.", nameof(module));
        // A plain container of Bayesian layers is converted like its Bayesian counterpart.
        if (Conversions.OfPlain(module) is { HasWeights: false } container)
            return container.ToPlain(module, this);
        throw new ArgumentException(
            $"The module {Location} is a {module.GetType().Name}, for which there is no conversion to a plain module; expected a type with a "
            + "LayerConversion; pass one for your own types.", nameof(module));
    }
}
