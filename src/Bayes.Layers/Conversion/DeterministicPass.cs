using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>The conversion of one Bayesian network to a plain one.</summary>
public sealed class DeterministicPass : ConversionPass
{
    private readonly Func<WeightPosterior, Tensor> _weight;
    private readonly Dictionary<Parameter, Func<Parameter>> _parameters = new(ReferenceEqualityComparer.Instance);

    internal DeterministicPass(IEnumerable<LayerConversion> given, Func<WeightPosterior, Tensor> weight, bool isMean) : base(given)
    {
        _weight = weight;
        IsMean = isMean;
    }

    /// <summary>Gets whether weights become the posterior's means, and not a draw.</summary>
    internal bool IsMean { get; }

    /// <summary>What a weight is in the plain network, in the posterior's shape; not the caller's to dispose or change.</summary>
    public Tensor Weight(WeightPosterior posterior) => _weight(posterior);

    /// <summary>Fills a parameter of a plain layer, or replaces it by that of another layer, if both come from one posterior.</summary>
    /// <param name="mean">The posterior's mean; a frozen one becomes a frozen parameter.</param>
    /// <param name="plain">Reads the plain parameter.</param>
    /// <param name="value">Computes what it becomes.</param>
    /// <param name="share">Replaces it.</param>
    internal void Put(Parameter mean, Func<Parameter> plain, Func<Tensor> value, Action<Parameter> share)
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

    private protected override nn.Module<Tensor, Tensor> Convert(nn.Module<Tensor, Tensor> module)
    {
        if (Conversions.OfBayesian(module) is { } conversion)
            return conversion.HasWeights ? Made(conversion.ToPlain(module, this)) : conversion.ToPlain(module, this);
        if (!module.BayesianModules().Any())
            return module;
        // A plain container with Bayesian layers in it is converted as its Bayesian counterpart is.
        if (Conversions.OfPlain(module) is { HasWeights: false } container)
            return container.ToPlain(module, this);
        throw new ArgumentException(
            $"The module {Where} is a {module.GetType().Name}, for which there is no conversion to a plain module; expected a type with a LayerConversion, "
            + "which can be handed over for one's own.", nameof(module));
    }
}
