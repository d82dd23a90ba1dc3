using Bayes.Layers.Onnx.Graphs;
using TorchSharp;
using TorchSharp.Modules;

namespace Bayes.Layers.Onnx.Translation.Modules;

/// <summary>Modules that pad the axes of places.</summary>
internal static class PaddingTranslators
{
    /// <summary>Gets the translators.</summary>
    public static ModuleTranslator[] All { get; } =
    [
        Of<ConstantPad1d>(1, PaddingModes.Constant, module => module.value), Of<ConstantPad2d>(2, PaddingModes.Constant, module => module.value),
        Of<ConstantPad3d>(3, PaddingModes.Constant, module => module.value), Of<ZeroPad2d>(2, PaddingModes.Constant),
        Of<ReflectionPad1d>(1, PaddingModes.Reflect), Of<ReflectionPad2d>(2, PaddingModes.Reflect), Of<ReflectionPad3d>(3, PaddingModes.Reflect),
        Of<ReplicationPad1d>(1, PaddingModes.Replicate), Of<ReplicationPad2d>(2, PaddingModes.Replicate),
        Of<ReplicationPad3d>(3, PaddingModes.Replicate),
    ];

    /// <summary>Pads the last axes.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="value">The value.</param>
    /// <param name="mode">What to pad with.</param>
    /// <param name="before">How much to add in front of each of the last axes.</param>
    /// <param name="after">How much to add behind each.</param>
    /// <param name="constant">The number to add, if it is constant.</param>
    public static GraphValue Pad(
        GraphBuilder graph, GraphValue value, PaddingModes mode, long[] before, long[] after, double constant = 0)
    {
        var others = Enumerable.Repeat(0L, value.Rank - before.Length).ToArray();
        string name = mode switch
        {
            PaddingModes.Reflect => "reflect",
            PaddingModes.Replicate => "edge",
            PaddingModes.Circular => "wrap",
            _ => "constant",
        };
        return graph.Pad(value, [.. others, .. before, .. others, .. after], name, constant);
    }

    // TorchSharp lists the last axis first, the start and the end of each.
    private static ModuleTranslator Of<T>(int dimensions, PaddingModes mode, Func<T, double>? constant = null) where T : PadBase =>
        ModuleTranslator.Of<T>((module, value, place) =>
        {
            long[] padding = ConvolutionTranslators.Sizes(module.padding, 2 * dimensions, 0);
            long[] before = [.. Enumerable.Range(0, dimensions).Select(i => padding[2 * (dimensions - 1 - i)])],
                after = [.. Enumerable.Range(0, dimensions).Select(i => padding[2 * (dimensions - 1 - i) + 1])];
            return value.Map(each => Pad(place.Graph, each, mode, before, after, constant?.Invoke(module) ?? 0));
        });
}
