using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>The conversion of one Bayesian network to a plain one.</summary>
public sealed class DeterministicPass : ConversionPass
{
    private readonly Func<MeanFieldNormal, Tensor> _weight;

    internal DeterministicPass(IEnumerable<LayerConversion> given, Func<MeanFieldNormal, Tensor> weight) : base(given) => _weight = weight;

    /// <summary>What a weight is in the plain network, in the posterior's shape; not the caller's to dispose or change.</summary>
    public Tensor Weight(MeanFieldNormal posterior) => _weight(posterior);

    private protected override nn.Module<Tensor, Tensor> Convert(nn.Module<Tensor, Tensor> module)
    {
        if (Conversions.OfBayesian(module.GetType()) is { } conversion)
            return conversion.HasWeights ? Made(conversion.ToPlain(module, this)) : conversion.ToPlain(module, this);
        if (!module.BayesianModules().Any())
            return module;
        // A plain container with Bayesian layers in it is converted as its Bayesian counterpart is.
        if (Conversions.OfPlain(module.GetType()) is { HasWeights: false } container)
            return container.ToPlain(module, this);
        throw new ArgumentException(
            $"The module {Where} is a {module.GetType().Name}, for which there is no conversion to a plain module; expected a type with a LayerConversion, "
            + "which can be handed over for one's own.", nameof(module));
    }
}
