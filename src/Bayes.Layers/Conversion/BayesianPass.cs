using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>The conversion of one network to a Bayesian one.</summary>
public sealed class BayesianPass : ConversionPass
{
    private readonly nn.Module? _onlyLayer;

    internal BayesianPass(nn.Module<Tensor, Tensor> network, BayesianConversion options) : base(options.Layers)
    {
        Options = options;
        if (options.LastLayerOnly)
            _onlyLayer = InOrder(network).LastOrDefault(module => Conversions.OfPlain(module.GetType()) is { HasWeights: true });
    }

    /// <summary>What was asked for.</summary>
    public BayesianConversion Options { get; }

    // TorchSharp's modules() lists children before grandchildren; a network runs depth first.
    private static IEnumerable<nn.Module> InOrder(nn.Module module) => module.children().SelectMany(InOrder).Prepend(module);

    private protected override nn.Module<Tensor, Tensor> Convert(nn.Module<Tensor, Tensor> module)
    {
        if (module is BayesianModule)
            return module;
        if (Conversions.OfPlain(module.GetType()) is { } conversion)
        {
            if (!conversion.HasWeights)
                return conversion.ToBayesian(module, this);
            bool isWanted = (_onlyLayer is null || ReferenceEquals(module, _onlyLayer)) && Options.Select(Path, module);
            return isWanted ? Made(conversion.ToBayesian(module, this)) : module;
        }
        if (Options.LastLayerOnly || Options.KeepsUnsupported || KeptModules.Contains(module))
            return module;
        throw new ArgumentException(
            $"The module {Where} is a {module.GetType().Name} with parameters, for which there is no conversion; expected {Conversions.PlainNames}, "
            + $"a LayerConversion of it in {nameof(BayesianConversion.Layers)}, or {nameof(BayesianConversion.KeepsUnsupported)} = true to leave it plain.",
            nameof(module));
    }
}
