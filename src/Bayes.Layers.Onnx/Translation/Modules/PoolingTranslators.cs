using Bayes.Layers.Onnx.Graphs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Onnx.Translation.Modules;

/// <summary>Pooling layers.</summary>
internal static class PoolingTranslators
{
    /// <summary>Gets the translators.</summary>
    public static ModuleTranslator[] All { get; } =
    [
        ModuleTranslator.Of<AdaptiveAvgPool1d>((module, value, place) => Adaptive(module, [module.output_size], value, place)),
        ModuleTranslator.Of<AdaptiveAvgPool2d>((module, value, place) => Adaptive(
            module, ConvolutionTranslators.Sizes(module.output_size, 2, 1), value, place)),
        ModuleTranslator.Of<AdaptiveAvgPool3d>((module, value, place) => Adaptive(
            module, ConvolutionTranslators.Sizes(module.output_size, 3, 1), value, place)),
        ModuleTranslator.Of<AdaptiveMaxPool1d>((module, value, place) => AdaptiveMaximum(module, [module.output_size], value, place)),
        ModuleTranslator.Of<AdaptiveMaxPool2d>((module, value, place) => AdaptiveMaximum(
            module, ConvolutionTranslators.Sizes(module.output_size, 2, 1), value, place)),
        ModuleTranslator.Of<AvgPool1d>((module, value, place) => Average(
            module, new Windows(
                [module.kernel_size], [module.stride ?? module.kernel_size], [module.padding ?? 0], [1], module.ceil_mode),
            module.count_include_pad, divisor: null, value, place)),
        ModuleTranslator.Of<AvgPool2d>((module, value, place) => Average(
            module, Windows.Of(module.kernel_size, module.stride, module.padding, null, module.ceil_mode, 2), module.count_include_pad,
            module.divisor_override, value, place)),
        ModuleTranslator.Of<AvgPool3d>((module, value, place) => Average(
            module, Windows.Of(module.kernel_size, module.stride, module.padding, null, module.ceil_mode, 3), module.count_include_pad,
            module.divisor_override, value, place)),
        ModuleTranslator.Of<MaxPool1d>((module, value, place) => Maximum(
            new Windows(
                [module.kernel_size], [module.stride ?? module.kernel_size], [module.padding ?? 0], [module.dilation ?? 1], module.ceil_mode),
            value, place)),
        ModuleTranslator.Of<MaxPool2d>((module, value, place) => Maximum(
            Windows.Of(module.kernel_size, module.stride, module.padding, module.dilation, module.ceil_mode, 2), value, place)),
        ModuleTranslator.Of<MaxPool3d>((module, value, place) => Maximum(
            Windows.Of(module.kernel_size, module.stride, module.padding, module.dilation, module.ceil_mode, 3), value, place)),
    ];

    private static DrawnValue Maximum(Windows windows, DrawnValue value, ModuleTranslation place) => value.Folded(place.Graph, rows =>
        place.Graph.Node("MaxPool", [rows], rows.Type, windows.Output(rows), [.. windows.Attributes]));

    private static DrawnValue Average(
        nn.Module module, Windows windows, bool countsPadding, long? divisor, DrawnValue value, ModuleTranslation place)
    {
        // A mean over a window that reaches beyond the end has another divisor, so it does not give the sum.
        if (windows.RoundsUp && divisor is not null)
            throw place.Refusal(module, "with ceil_mode and divisor_override; expected only one of the two.");
        return value.Folded(place.Graph, rows =>
        {
            var graph = place.Graph;
            var pooled = graph.Node(
                "AveragePool", [rows], rows.Type, windows.Output(rows),
                [.. windows.Attributes, ("count_include_pad", countsPadding || divisor is not null ? 1L : 0L)]);
            return divisor is { } given ? graph.Multiply(pooled, (double)windows.KernelSize.Aggregate(1L, (a, b) => a * b) / given) : pooled;
        });
    }

    // The mean over the parts of an axis is a product with a matrix.
    private static DrawnValue Adaptive(nn.Module module, long[] sizes, DrawnValue value, ModuleTranslation place) =>
        ByParts(module, sizes, value, place, "ReduceMean", (x, axis, parts) =>
        {
            var graph = place.Graph;
            var means = zeros(x.Shape[axis]!.Value, parts.Length, ScalarType.Float64);
            foreach (var (i, (from, to)) in parts.Index())
            {
                using Scalar share = 1.0 / (to - from);
                means.select(1, i).narrow(0, from, to - from).fill_(share);
            }
            return graph.Exchange(graph.MatMul(graph.Exchange(x, axis, x.Rank - 1), place.Constant("parts", means)), axis, x.Rank - 1);
        });

    private static DrawnValue AdaptiveMaximum(nn.Module module, long[] sizes, DrawnValue value, ModuleTranslation place) =>
        ByParts(module, sizes, value, place, "ReduceMax", (x, axis, parts) => place.Graph.Concat(
            [.. parts.Select(part => place.Graph.Reduce("ReduceMax", place.Graph.Slice(x, axis, part.From, part.To), keeps: true, axis))], axis));

    // Splits an axis of n places into m parts, [⌊i n / m⌋, ⌈(i + 1) n / m⌉).
    private static DrawnValue ByParts(
        nn.Module module, long[] sizes, DrawnValue value, ModuleTranslation place, string ofAll,
        Func<GraphValue, int, (long From, long To)[], GraphValue> reduce)
    {
        if (sizes.All(size => size == 1))
            return value.Map(x => place.Graph.Reduce(ofAll, x, keeps: true, [.. Enumerable.Range(1, sizes.Length).Select(i => (long)-i)]));
        for (int i = 0; i < sizes.Length; i++)
        {
            int axis = value.Value.Rank - sizes.Length + i;
            long size = sizes[i];
            if (value.Value.Shape[axis] is not { } places)
                throw place.Refusal(
                    module, $"and its input has shape {value.Value.DescribeShape()}; expected OnnxExportOptions.InputShape with all sizes.");
            (long, long)[] parts =
                [.. Enumerable.Range(0, (int)size).Select(part => (part * places / size, ((part + 1) * places + size - 1) / size))];
            if (places != size)
                value = value.Map(x => reduce(x, axis, parts));
        }
        return value;
    }

    private sealed record Windows(long[] KernelSize, long[] Stride, long[] Padding, long[] Dilation, bool RoundsUp)
    {
        public static Windows Of(long[] kernelSize, long[]? stride, long[]? padding, long[]? dilation, bool roundsUp, int dimensions)
        {
            long[] size = ConvolutionTranslators.Sizes(kernelSize, dimensions, 1);
            return new(
                size, stride is null or [] ? size : ConvolutionTranslators.Sizes(stride, dimensions, 1),
                ConvolutionTranslators.Sizes(padding, dimensions, 0), ConvolutionTranslators.Sizes(dilation, dimensions, 1), roundsUp);
        }

        public IEnumerable<GraphAttribute> Attributes =>
        [
            ("kernel_shape", KernelSize), ("strides", Stride), ("pads", [.. Padding, .. Padding]), ("dilations", Dilation),
            ("ceil_mode", RoundsUp ? 1L : 0L),
        ];

        public IEnumerable<long?> Output(GraphValue rows) => [.. rows.Shape[..2], .. KernelSize.Select((_, i) => Size(i, rows.Shape[i + 2]))];

        private long? Size(int i, long? size)
        {
            if (size is not { } places)
                return null;
            long room = places + 2 * Padding[i] - Dilation[i] * (KernelSize[i] - 1) - 1;
            long count = (RoundsUp ? (room + Stride[i] - 1) / Stride[i] : room / Stride[i]) + 1;
            // The last window must start within the input or the padding in front of it.
            return RoundsUp && (count - 1) * Stride[i] >= places + Padding[i] ? count - 1 : count;
        }
    }
}
