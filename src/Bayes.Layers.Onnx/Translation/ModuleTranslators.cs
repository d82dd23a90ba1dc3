using Bayes.Layers.Onnx.Translation.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Onnx.Translation;

/// <summary>The modules that can be exported: one translator for each type.</summary>
internal static class ModuleTranslators
{
    private static readonly Dictionary<Type, ModuleTranslator> All = new[]
    {
        ContainerTranslators.All, LinearTranslators.All, ConvolutionTranslators.All, EmbeddingTranslators.All, RecurrentTranslators.All,
        AttentionTranslators.All, ActivationTranslators.All, DropoutTranslators.All, NormalizationTranslators.All, PoolingTranslators.All,
        ShapeTranslators.All, PaddingTranslators.All,
    }.SelectMany(each => each).ToDictionary(each => each.Type);

    /// <summary>Gets the types of modules that can be exported.</summary>
    public static IEnumerable<Type> Types => All.Keys;

    /// <summary>Determines whether modules of a type can be exported.</summary>
    public static bool Has(Type type) => All.ContainsKey(type);

    /// <summary>Determines whether a model, and what it runs one after the other, can be exported as far as types say.</summary>
    public static bool AreAllKnown(nn.Module model) => Find(model) is { } translator
        && (translator.InOrder is not { } inOrder || inOrder(model).All(AreAllKnown));

    /// <summary>Returns the translator of a module.</summary>
    /// <exception cref="NotSupportedException">There is none.</exception>
    public static ModuleTranslator Of(nn.Module module, string path) => Find(module) ?? throw ModuleTranslation.Refusal(
        module, path, module.GetType().Assembly == typeof(TorchSharp.Modules.Linear).Assembly
            ? "which has no counterpart in the exported graph; expected a module that the export knows."
            : "whose forward of its own cannot be read without running it; expected a sequence of modules that the export knows.");

    private static ModuleTranslator? Find(nn.Module module) => All.GetValueOrDefault(module.GetType())
        ?? (ConvertedTranslator.Takes(module) ? ConvertedTranslator.Instance : null);

    /// <summary>Returns what a model takes; null if it does not say.</summary>
    /// <param name="model">The model.</param>
    public static RowShape? InputOf(nn.Module model) => InputOf(model, out _);

    private static RowShape? InputOf(nn.Module module, out bool passes)
    {
        passes = false;
        if (Find(module) is not { } translator)
            return null;
        if (translator.InOrder is not { } inOrder)
        {
            passes = translator.KeepsShape;
            return translator.Input?.Invoke(module);
        }
        foreach (var child in inOrder(module))
            if (InputOf(child, out bool passesChild) is { } found)
                return found;
            else if (!passesChild)
                return null;
        passes = true;
        return null;
    }
}
