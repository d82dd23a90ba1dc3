using Bayes.Layers.Modules;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>Converts one network to a Bayesian one.</summary>
public sealed class BayesianPass : ConversionPass
{
    private readonly Dictionary<ParameterIdentity, SharedPosterior> _posteriors = [];
    private readonly nn.Module? _onlyLayer;

    internal BayesianPass(nn.Module<Tensor, Tensor> network, BayesianConversion options) : base(options.Layers)
    {
        Options = options;
        if (options.LastLayerOnly)
            _onlyLayer = DepthFirst.Of(network).LastOrDefault(each => Conversions.OfPlain(each.Module) is { HasWeights: true }).Module;
    }

    /// <summary>Creates the conversion of one module that becomes Bayesian as a whole.</summary>
    internal BayesianPass(BayesianConversion options) : base(options.Layers) => Options = options;

    /// <summary>Gets the options of the conversion.</summary>
    public BayesianConversion Options { get; }

    /// <summary>Gives layers that share a parameter in the plain network one posterior, that of the first layer.</summary>
    /// <param name="plain">The plain parameter.</param>
    /// <param name="fixedRow">Its row that is not random, or null.</param>
    /// <param name="variable">The random variable that it became in the layer.</param>
    /// <exception cref="ArgumentException">The layers use different elements of the parameter, or in different places.</exception>
    internal void Share(Tensor plain, long? fixedRow, WeightVariable variable)
    {
        string layout = ParameterIdentity.LayoutOf(plain);
        var own = new SharedPosterior(Location, layout, fixedRow, [.. variable.Posterior.Parameters.Select(each => (Parameter)each.Value)]);
        if (_posteriors.TryAdd(ParameterIdentity.Of(plain), own))
            return;
        var first = _posteriors[ParameterIdentity.Of(plain)];
        if (first.Layout != layout)
            throw new ArgumentException(
                $"it shares the memory of a parameter with the module {first.Location}, {layout} here and {first.Layout} there; "
                + "expected the same parameter in both.");
        if (first.FixedRow != fixedRow)
            throw new ArgumentException(
                $"it shares its weight with the module {first.Location}, and {Padding(fixedRow)} here and {Padding(first.FixedRow)} there; "
                + "expected the same in both: make the Embedding without padding_idx, whose row the other layer trains anyway.");
        variable.Replace(first.Parameters);

        static string Padding(long? row) => row is { } index ? $"row {index} is its padding_idx" : "no row is a padding_idx";
    }

    /// <inheritdoc/>
    internal override nn.Module<Tensor, Tensor> ConvertRoot(nn.Module<Tensor, Tensor> network)
    {
        if (Options.MonteCarloDropoutOnly && Options.LastLayerOnly)
            throw new ArgumentException(
                $"{nameof(BayesianConversion.LastLayerOnly)} and {nameof(BayesianConversion.MonteCarloDropoutOnly)} are both true; "
                + "expected one of them: a layer that becomes Bayesian, or weights that stay plain.", nameof(network));
        return base.ConvertRoot(network);
    }

    private protected override void Complete(nn.Module<Tensor, Tensor> converted)
    {
        // Refuses a parameter that became random in one layer and stays plain in another.
        foreach (var (name, parameter) in converted.named_parameters())
            if (_posteriors.TryGetValue(ParameterIdentity.Of(parameter), out var posterior))
                throw new ArgumentException(
                    $"'{name}' stays plain, but is also a parameter of the module {posterior.Location}, which becomes Bayesian; "
                    + "convert both layers, or neither.", nameof(converted));
    }

    // Dropout drops different units in each of its places, even if the places share one module.
    private protected override bool IsConvertedOnce(nn.Module child) => Conversions.OfPlain(child) is not { IsDropout: true };

    private protected override nn.Module<Tensor, Tensor> Convert(nn.Module<Tensor, Tensor> module)
    {
        if (module is BayesianModule)
            return module;
        var conversion = Conversions.OfPlain(module);
        if (conversion is null)
        {
            RequireMayStayPlain(module);
            return module;
        }
        if (!IsWanted(conversion, module))
            return module;
        var converted = Convert(conversion, module);
        if (!ReferenceEquals(converted, module) && ModuleHooks.HasAny(module))
            throw Refusal(module, "it has a forward hook, which a Bayesian module does not call; expected a module without hooks.");
        return converted;
    }

    private nn.Module<Tensor, Tensor> Convert(LayerConversion conversion, nn.Module<Tensor, Tensor> module)
    {
        if (!conversion.HasWeights && !conversion.IsDropout)
            return conversion.ToBayesian(module, this);
        try
        {
            return Track(conversion.ToBayesian(module, this));
        }
        catch (ArgumentException exception)
        {
            throw Refusal(module, exception.Message, exception);
        }
    }

    private bool IsWanted(LayerConversion conversion, nn.Module<Tensor, Tensor> module)
    {
        if (conversion.IsDropout)
            return Options.MonteCarloDropoutOnly && Options.Selects(Path, module);
        if (!conversion.HasWeights)
            return true;
        return !Options.MonteCarloDropoutOnly && (_onlyLayer is null || ReferenceEquals(module, _onlyLayer)) && Options.Selects(Path, module)
            && !IsFrozen(conversion, module);
    }

    /// <summary>Determines whether a layer is frozen, and so stays plain.</summary>
    /// <exception cref="ArgumentException">One parameter is frozen and another is not.</exception>
    private bool IsFrozen(LayerConversion conversion, nn.Module<Tensor, Tensor> layer)
    {
        using var scope = NewDisposeScope();
        var parameters = conversion.ParametersOf(layer).ToLookup(each => each.Value.requires_grad, each => each.Name);
        if (!parameters.Contains(false) || !parameters.Contains(true))
            return parameters.Contains(false);
        throw Refusal(
            layer, $"its {parameters[false].First()} is frozen (requires_grad = false) and its {parameters[true].First()} is not; a layer becomes "
            + $"Bayesian as a whole: freeze both, or neither, or leave it plain with {nameof(BayesianConversion.Select)}.");
    }

    private void RequireMayStayPlain(nn.Module<Tensor, Tensor> module)
    {
        if (Options.KeepsUnsupported)
            return;
        if (Options.MonteCarloDropoutOnly)
            RequireNoDropout(module);
        else if (!Options.LastLayerOnly && !KnownModules.Is(ModuleTraits.StaysPlain, module)
            && module.parameters().Any(parameter => parameter.requires_grad))
            throw new ArgumentException(
                $"The module {Location} is a {module.GetType().Name} with parameters, for which there is no conversion; expected "
                + $"{Conversions.PlainNames}, a LayerConversion for it in {nameof(BayesianConversion.Layers)}, "
                + $"{nameof(BayesianConversion.Form)} = {nameof(ConversionForm.WeightSpace)} for any forward, "
                + $"or {nameof(BayesianConversion.KeepsUnsupported)} = true to leave it plain.",
                nameof(module));
    }

    private void RequireNoDropout(nn.Module<Tensor, Tensor> module)
    {
        if (module is AlphaDropout or FeatureAlphaDropout && Options.Selects(Path, module))
            throw Refusal(
                module, $"it keeps mean and variance of its inputs by another rule than {nameof(MonteCarloDropout)}; expected Dropout, Dropout1d, "
                + $"Dropout2d or Dropout3d, or leave it plain with {nameof(BayesianConversion.Select)}.");
        foreach (var (name, inner) in module.named_modules())
            if (KnownModules.Is(ModuleTraits.DropsValues, inner))
                throw Refusal(
                    module, $"it has a forward of its own, which the conversion does not enter, and contains a {inner.GetType().Name}, '{name}', "
                    + $"which would stay off; pass a LayerConversion for it in {nameof(BayesianConversion.Layers)}, "
                    + $"or leave it plain with {nameof(BayesianConversion.KeepsUnsupported)} = true.");
    }

    private ArgumentException Refusal(nn.Module module, string reason, Exception? inner = null) =>
        new($"The module {Location}, a {module.GetType().Name}, cannot become Bayesian: {reason}", inner);
}
