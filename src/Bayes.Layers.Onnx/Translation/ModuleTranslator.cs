using Bayes.Layers.Onnx.Graphs;
using static TorchSharp.torch;

namespace Bayes.Layers.Onnx.Translation;

/// <summary>How a type of module becomes part of a graph.</summary>
/// <param name="Type">The type.</param>
/// <param name="Translate">Adds a module to the graph: takes the module, its input and its place, and returns its output.</param>
/// <param name="Input">Returns what a module takes; null if that depends on the modules behind it.</param>
internal sealed record ModuleTranslator(
    Type Type, Func<nn.Module, DrawnValue, ModuleTranslation, DrawnValue> Translate, Func<nn.Module, RowShape?>? Input = null)
{
    /// <summary>Gets whether the output has the shape of the input, so that the module behind decides what the input is.</summary>
    public bool KeepsShape { get; init; }

    /// <summary>Gets the children that the input passes one after the other; null if the module is not a container.</summary>
    public Func<nn.Module, IEnumerable<nn.Module>>? InOrder { get; init; }

    /// <summary>Gets whether the input may have further axes in front of those that <see cref="Input"/> names.</summary>
    public bool TakesMoreAxes { get; init; }

    /// <summary>Gets whether an input must have the shape that <see cref="Input"/> names; true by default.</summary>
    public bool ChecksInput { get; init; } = true;

    /// <summary>Refuses a value that is known not to fit a module.</summary>
    public void RequireInput(nn.Module module, DrawnValue value, ModuleTranslation place)
    {
        if (!ChecksInput || Input?.Invoke(module) is not { } expected)
            return;
        long?[] found = value.Row, sizes = TakesMoreAxes ? expected.Sizes[1..] : expected.Sizes;
        if ((TakesMoreAxes ? found.Length > sizes.Length : found.Length == sizes.Length)
            && sizes.Zip(found[^sizes.Length..]).All(each => each.First is null || each.Second is null || each.First == each.Second))
            return;
        throw new ArgumentException(
            $"{(place.Path.Length == 0 ? "The model" : $"'{place.Path}'")} is a {module.GetName()} and gets an input of shape "
            + $"{GraphValue.Describe(found)}; expected {GraphValue.Describe(expected.Sizes)}, the batch first"
            + (TakesMoreAxes ? ", or more axes." : "."), "model");
    }

    /// <summary>Returns the translator of a type.</summary>
    public static ModuleTranslator Of<T>(Func<T, DrawnValue, ModuleTranslation, DrawnValue> translate, Func<T, RowShape?>? input = null)
        where T : nn.Module =>
        new(typeof(T), (module, value, place) => translate((T)module, value, place), input is null ? null : module => input((T)module));

    /// <summary>Returns the translator of a type that computes each element.</summary>
    public static ModuleTranslator Each<T>(Func<T, GraphValue, GraphBuilder, GraphValue> translate) where T : nn.Module =>
        Of<T>((module, value, place) => value.Map(each => translate(module, each, place.Graph))) with { KeepsShape = true };

    /// <summary>Returns the translator of a type that returns its input in evaluation mode.</summary>
    public static ModuleTranslator Nothing<T>() where T : nn.Module => Of<T>((_, value, _) => value) with { KeepsShape = true };
}

/// <summary>What a module takes.</summary>
/// <param name="Type">The element type.</param>
/// <param name="Sizes">The shape, <c>[B, …]</c>: null for the batch, and for a size that may be any.</param>
internal sealed record RowShape(ElementType Type, params long?[] Sizes);
