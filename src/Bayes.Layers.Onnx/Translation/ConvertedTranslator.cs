using Bayes.Layers.Conversion;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Onnx.Translation;

/// <summary>
/// Translates plain modules whose parts only the library can read, such as TorchSharp's encoder layer: it makes a Bayesian module of them, whose
/// posterior's mean is the plain module.
/// </summary>
internal static class ConvertedTranslator
{
    /// <summary>Gets the translator.</summary>
    public static ModuleTranslator Instance { get; } = new(typeof(nn.Module), Translate, InputOf);

    /// <summary>Determines whether a module is one of them: an encoder layer, or one that <c>ToDeterministic</c> made.</summary>
    public static bool Takes(nn.Module module) => module is TransformerEncoderLayer
        || module.GetType() is { IsPublic: false } type && type.Assembly == typeof(BayesianModule).Assembly && module is nn.Module<Tensor, Tensor>;

    private static DrawnValue Translate(nn.Module module, DrawnValue value, ModuleTranslation place)
    {
        if (module.named_parameters().Any(each => place.Parameter(each.name, each.parameter).HasDraws))
            throw place.Refusal(module, "whose weights are drawn as a whole; expected the Bayesian layer that it converts to.");
        return Converted(module, bayesian => place.WithMeans().Translate(bayesian, value), place);
    }

    private static RowShape? InputOf(nn.Module module) => Converted(module, ModuleTranslators.InputOf, place: null);

    private static T Converted<T>(nn.Module module, Func<nn.Module, T> use, ModuleTranslation? place)
    {
        BayesianModule bayesian;
        try
        {
            bayesian = ((nn.Module<Tensor, Tensor>)module).ToBayesian();
        }
        catch (ArgumentException exception)
        {
            throw ModuleTranslation.Refusal(module, place?.Path ?? "", $"which cannot be read: {exception.Message}");
        }
        try
        {
            return use(bayesian);
        }
        finally
        {
            // Only the layers are new: normalizations and dropout are those of the plain module.
            foreach (var layer in bayesian.modules().OfType<BayesianLayer>().ToArray())
                layer.Dispose();
        }
    }
}
