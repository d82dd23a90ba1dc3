using Bayes.Layers.Maps;
using Bayes.Layers.Modules;
using Bayes.Layers.Networks;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>Gives the parameters of one network posteriors, and leaves the network as it is.</summary>
internal sealed class WeightSpaceConversion(nn.Module network, BayesianConversion options)
{
    private readonly LayerConversions _conversions = new(options.Layers);

    /// <summary>Determines whether only weight space can express what the options select, because of a forward that the conversion cannot
    /// enter.</summary>
    public bool IsNeeded()
    {
        if (options.MonteCarloDropoutOnly || options.KeepsUnsupported)
            return false;
        string[] closed = [.. Closed("", network)];
        return !options.LastLayerOnly ? closed.Length > 0
            : FindLast() is { } last && closed.Any(path => path.Length == 0 || last.StartsWith(path + ".", StringComparison.Ordinal));
    }

    /// <summary>Converts the network.</summary>
    /// <exception cref="ArgumentException">
    /// Nothing became Bayesian, the network is Bayesian in part, or a layer has an option that no posterior can keep.
    /// </exception>
    public WeightSpaceModule Convert()
    {
        NetworkCall.Require(network, options.Output);
        if (options.MonteCarloDropoutOnly)
            throw new ArgumentException(
                $"{nameof(BayesianConversion.MonteCarloDropoutOnly)} replaces modules, but weight space leaves a network as it is; "
                + $"expected {nameof(ConversionForm)}.{nameof(ConversionForm.Layers)}.", nameof(network));
        if (network.BayesianModules().FirstOrDefault() is { } bayesian)
            throw new ArgumentException(
                $"The network contains a {bayesian.GetName()}, which is already Bayesian; expected a plain network.", nameof(network));
        string? last = options.LastLayerOnly ? FindLast() : null;
        NetworkParameter[] parameters =
            [.. NetworkParameter.Of(network).Where(each => IsWanted(each) && (!options.LastLayerOnly || each.OwnerPath == last))];
        if (parameters.Length == 0)
            throw NothingConverted.Error(network, options);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var model = new WeightSpaceModule(network, parameters.Select(Start), LastLayerOf(parameters), options.Copy, options.Output);
        // A trainer chooses its estimator by what follows the last layer.
        if (options.Example is { } example)
            model.Examine(example);
        return model;
    }

    // Returns the paths of modules that the conversion to layers cannot enter, but that have something to convert inside.
    private IEnumerable<string> Closed(string path, nn.Module module)
    {
        if (_conversions.OfPlain(module) is { } conversion)
            return conversion.HasWeights ? []
                : module.named_children().SelectMany(child => Closed(path.Length == 0 ? child.name : $"{path}.{child.name}", child.module));
        return KnownModules.Is(ModuleTraits.StaysPlain, module) || module is BayesianModule
            || !module.parameters().Any(parameter => parameter.requires_grad) ? [] : [path];
    }

    private bool IsWanted(NetworkParameter parameter) => parameter.Value.requires_grad && is_floating_point(parameter.Value.dtype)
        && !parameter.StaysPlain && options.Selects(parameter.OwnerPath, parameter.Owner);

    private string? FindLast()
    {
        bool IsSought(nn.Module module) => module.parameters(recurse: false).Any() && !KnownModules.Is(ModuleTraits.StaysPlain, module);
        if (options.Example is not { } example)
            return DepthFirst.Of(network).LastOrDefault(each => IsSought(each.Module)).Path;
        using var noGrad = no_grad();
        using var evaluation = ModuleMode.Evaluation(network);
        return LastLayer.LastCalled(network, [.. example.Tensors.Select(each => each.narrow(0, 0, 1))], options.Output, IsSought);
    }

    private LastLayer? LastLayerOf(NetworkParameter[] parameters)
    {
        bool isWhole = options.LastLayerOnly && parameters[0].OwnName == "weight" && parameters.All(each => each.Owner == parameters[0].Owner)
            && parameters.Length == parameters[0].Owner.parameters(recurse: false).Count();
        return isWhole && parameters[0].Owner is nn.Module<Tensor, Tensor> layer && PlainMaps.Find(layer) is { } map and not EmbeddingMap
            ? new LastLayer(parameters[0].OwnerPath, layer, map, options.Output) : null;
    }

    private NetworkStart Start(NetworkParameter parameter)
    {
        try
        {
            return StartOf(parameter);
        }
        catch (ArgumentException exception)
        {
            throw new ArgumentException(
                $"'{parameter.Name}', of a {parameter.Owner.GetType().Name}, cannot become random: {exception.Message}", nameof(network), exception);
        }
    }

    private NetworkStart StartOf(NetworkParameter parameter)
    {
        var weight = parameter.Value;
        // Moped's prior has tensors, which live until the variable has copied them.
        var prior = options.PriorOf(weight, parameter.IsBias);
        using var scope = NewDisposeScope();
        var family = options.Initializer.Family;
        var values = options.Initializer.Start(parameter.LastName, !parameter.IsBias, weight.shape, FanInOf(parameter), weight.dtype)
            .Select(value => value.to(weight.device)).ToArray();
        if (options.Moped is { } moped)
            values = [.. family.Start(weight.detach(), moped.LogVarianceOf(weight), TorchNoise.Global)];
        else if (!options.KeepsWeights)
            weight.copy_(values[0]);
        long? fixedRow = _conversions.FixedRowOf(parameter);
        if (fixedRow is { } row && double.IsFinite(prior.Stddev))
        {
            // The divergence of a row that is its prior is 0, and so is its gradient.
            using Scalar logVariance = 2 * Math.Log(prior.Stddev);
            values[1][row].fill_(logVariance);
        }
        double logStddev = family.Of([weight, .. values[1..]]).Marginals().LogVariance.to(ScalarType.Float64).mean().ReadDouble() / 2;
        return new NetworkStart(
            parameter, prior, family, [.. values[1..].Select(value => value.detach().MoveToOuterDisposeScope())],
            parameter.IsBias ? null : logStddev, fixedRow);
    }

    private long FanInOf(NetworkParameter parameter)
    {
        if (PlainMaps.Find(parameter.Owner) is { } map && parameter.OwnName is "weight" or "bias")
            return map.FanIn;
        if (!parameter.IsBias)
            return Inputs(parameter.Value);
        // bias_ih_l0 belongs to weight_ih_l0, and in_proj_bias to in_proj_weight.
        string weight = parameter.OwnName.Replace("bias", "weight", StringComparison.Ordinal);
        var (_, found) = parameter.Owner.named_parameters().FirstOrDefault(each => each.name == weight);
        return found is null ? 1 : Inputs(found);

        static long Inputs(Tensor weight) => weight.ndim < 2 ? 1 : Math.Max(1, weight.numel() / weight.shape[0]);
    }
}
