using Bayes.Layers.Posteriors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Onnx.Translation;

/// <summary>The last layer of a model of which nothing else is random.</summary>
/// <param name="Layer">The linear layer.</param>
/// <param name="Weight">The posterior of its weight, <c>[out, in]</c>.</param>
/// <param name="Bias">The posterior of its bias, or null.</param>
internal sealed record LastLayer(nn.Module Layer, WeightPosterior Weight, WeightPosterior? Bias)
{
    /// <summary>Returns the last layer of a model.</summary>
    /// <exception cref="NotSupportedException">Something else is random, or nothing.</exception>
    public static LastLayer Of(nn.Module model) => Find(model) ?? throw new NotSupportedException(
        $"The {model.GetName()} has no closed form: expected a model of which one linear layer alone, the last, is random, such as of "
        + "LaplaceApproximation with LaplaceLayers.LastLayer, or export draws.");

    private static LastLayer? Find(nn.Module model)
    {
        nn.Module[] random = [.. model.modules().Prepend(model).Distinct(ReferenceEqualityComparer.Instance).Cast<nn.Module>().Where(IsRandom)];
        return random switch
        {
            [BayesianLinear layer] => new(layer, layer.WeightPosterior, layer.BiasPosterior),
            [WeightSpaceModule inside] => Within(inside),
            _ => null,
        };
    }

    private static bool IsRandom(nn.Module module) =>
        module is BayesianLayer or WeightSpaceModule || module is MonteCarloDropout { Probability: > 0 };

    private static LastLayer? Within(WeightSpaceModule module)
    {
        var names = module.RandomParameters;
        var layers = module.Network.named_modules().Prepend(("", module.Network));
        foreach (var (path, each) in layers)
        {
            string prefix = path.Length == 0 ? "" : path + ".";
            if (each is Linear linear && names.Contains(prefix + "weight") && names.All(name => name == prefix + "weight" || name == prefix + "bias"))
                return new(
                    linear, module.PosteriorOf(prefix + "weight"), names.Contains(prefix + "bias") ? module.PosteriorOf(prefix + "bias") : null);
        }
        return null;
    }
}
