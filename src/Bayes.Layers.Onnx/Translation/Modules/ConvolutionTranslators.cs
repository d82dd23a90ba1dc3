using Bayes.Layers.Onnx.Graphs;
using TorchSharp;
using TorchSharp.Modules;

namespace Bayes.Layers.Onnx.Translation.Modules;

/// <summary>Convolutions and transposed convolutions.</summary>
internal static class ConvolutionTranslators
{
    /// <summary>Gets the translators.</summary>
    public static ModuleTranslator[] All { get; } =
    [
        Plain<Conv1d>(), Plain<Conv2d>(), Plain<Conv3d>(), Plain<ConvTranspose1d>(), Plain<ConvTranspose2d>(), Plain<ConvTranspose3d>(),
        Bayesian<BayesianConv1d>(), Bayesian<BayesianConv2d>(), Bayesian<BayesianConv3d>(),
        Bayesian<BayesianConvTranspose1d>(layer => [.. layer.OutputPadding]), Bayesian<BayesianConvTranspose2d>(layer => [.. layer.OutputPadding]),
        Bayesian<BayesianConvTranspose3d>(layer => [.. layer.OutputPadding]),
    ];

    private static ModuleTranslator Plain<T>() where T : Convolution => ModuleTranslator.Of<T>(
        (module, value, place) => Convolve(
            value, new Kernel(place.Parameter("weight", module.weight), place.ParameterOrNull("bias", module.bias)), GeometryOf(module), place),
        module => InputOf(module.in_channels, module.kernel_size.Length));

    private static ModuleTranslator Bayesian<T>(Func<T, long[]>? outputPadding = null) where T : BayesianConvolution => ModuleTranslator.Of<T>(
        (layer, value, place) => Convolve(
            value,
            new Kernel(place.Weights.Of(layer.WeightPosterior), layer.BiasPosterior is { } bias ? place.Weights.Of(bias) : null),
            new Geometry(
                [.. layer.KernelSize], [.. layer.Stride], [.. layer.Padding], [.. layer.PaddingAtEnd], [.. layer.Dilation], layer.PaddingMode,
                layer.Groups, outputPadding?.Invoke(layer)),
            place),
        layer => InputOf(layer.InputChannels, layer.KernelSize.Count));

    private static RowShape InputOf(long channels, int dimensions) =>
        new(ElementType.Float, [null, channels, .. Enumerable.Repeat((long?)null, dimensions)]);

    private static Geometry GeometryOf(Convolution module)
    {
        int dimensions = module.kernel_size.Length;
        long[] dilation = Sizes(module.dilation, dimensions, 1), before = Sizes(module.padding, dimensions, 0), after = before;
        if (module.padding_type is { } type)
        {
            // As in PyTorch, the odd one of an uneven padding comes last.
            long[] total = type == Padding.Same ? [.. module.kernel_size.Select((size, i) => dilation[i] * (size - 1))] : new long[dimensions];
            (before, after) = ([.. total.Select(each => each / 2)], [.. total.Select(each => each - each / 2)]);
        }
        return new Geometry(
            module.kernel_size, Sizes(module.stride, dimensions, 1), before, after, dilation, module.padding_mode, Math.Max(1, module.groups),
            module.transposed ? Sizes(module.output_padding, dimensions, 0) : null);
    }

    /// <summary>Returns one size for each dimension: TorchSharp leaves out those that are usual, and gives one for all.</summary>
    internal static long[] Sizes(long[]? given, int dimensions, long usual) =>
        given is null || given.Length == 0 ? [.. Enumerable.Repeat(usual, dimensions)]
        : given.Length == 1 ? [.. Enumerable.Repeat(given[0], dimensions)]
        : given;

    private static DrawnValue Convolve(DrawnValue value, Kernel kernel, Geometry geometry, ModuleTranslation place)
    {
        var graph = place.Graph;
        bool isPadded = geometry.Mode != PaddingModes.Zeros;
        if (isPadded)
        {
            value = value.Map(each => PaddingTranslators.Pad(graph, each, geometry.Mode, geometry.Before, geometry.After));
            geometry = geometry with { Before = new long[geometry.Dimensions], After = new long[geometry.Dimensions] };
        }
        if (!kernel.Weight.HasDraws && kernel.Bias is not { HasDraws: true })
            return value.Folded(graph, rows => Node(rows, kernel, geometry, 1, place));
        int draws = place.Weights.Draws;
        var perDraw = kernel.WithDraws(draws);
        // One group of channels for each draw: a single convolution computes all. An input that all draws share needs no copies, if each output
        // channel reads all of it.
        bool isShared = !value.HasDraws && geometry.Groups == 1 && !geometry.IsTransposed;
        var input = isShared ? value.Value : DrawsAsChannels(value.WithDraws(graph, draws).Value, graph);
        var output = Node(input, perDraw, isShared ? geometry : geometry with { Groups = draws * geometry.Groups }, draws, place);
        // [B, S · C, …] → [S, B, C, …].
        var apart = graph.Reshape(
            output, [AxisSize.Of(output, 0), draws, output.Shape[1]!.Value / draws, .. AxisSize.Of(output, 2..)]);
        return new DrawnValue(graph.Exchange(apart, 0, 1), HasDraws: true);
    }

    // [S, B, C, …] → [B, S · C, …].
    private static GraphValue DrawsAsChannels(GraphValue value, GraphBuilder graph)
    {
        var batchFirst = graph.Exchange(value, 0, 1);
        return graph.Reshape(
            batchFirst, [AxisSize.Of(batchFirst, 0), AxisSize.Product(AxisSize.Of(batchFirst, 1..3)), .. AxisSize.Of(batchFirst, 3..)]);
    }

    private static GraphValue Node(GraphValue rows, Kernel kernel, Geometry geometry, int draws, ModuleTranslation place)
    {
        var weight = place.Constant(kernel.Weight, "weight", "side by side", each => kernel.Weight.HasDraws ? each.flatten(0, 1) : each);
        GraphValue?[] inputs = kernel.Bias is { } bias
            ? [rows, weight, place.Constant(bias, "bias", "side by side", each => each.flatten())]
            : [rows, weight];
        GraphAttribute[] attributes =
        [
            ("kernel_shape", geometry.KernelSize), ("strides", geometry.Stride), ("dilations", geometry.Dilation), ("group", geometry.Groups),
            ("pads", [.. geometry.Before, .. geometry.After]), .. geometry.OutputPadding is { } added
                ? new GraphAttribute[] { ("output_padding", added) } : [],
        ];
        long channels = geometry.IsTransposed ? kernel.Weight.Shape[1] * geometry.Groups : kernel.Weight.Shape[0] * draws;
        long?[] shape = [rows.Shape[0], channels, .. Enumerable.Range(0, geometry.Dimensions).Select(i => geometry.OutputSize(i, rows.Shape[i + 2]))];
        return place.Graph.Node(geometry.IsTransposed ? "ConvTranspose" : "Conv", inputs, rows.Type, shape, attributes);
    }

    private readonly record struct Kernel(ModelWeight Weight, ModelWeight? Bias)
    {
        // A model in weight space may draw one of the two only.
        public Kernel WithDraws(int draws) => new(
            Expanded(Weight, draws), Bias is { } bias ? Expanded(bias, draws) : null);

        private static ModelWeight Expanded(ModelWeight weight, int draws) => weight.HasDraws ? weight
            : weight with { Value = weight.Value.unsqueeze(0).expand([draws, .. weight.Shape]), HasDraws = true };
    }

    private sealed record Geometry(
        long[] KernelSize, long[] Stride, long[] Before, long[] After, long[] Dilation, PaddingModes Mode, long Groups, long[]? OutputPadding)
    {
        public int Dimensions => KernelSize.Length;

        public bool IsTransposed => OutputPadding is not null;

        public long? OutputSize(int i, long? size)
        {
            long reach = Dilation[i] * (KernelSize[i] - 1);
            return IsTransposed
                ? (size - 1) * Stride[i] - Before[i] - After[i] + reach + OutputPadding![i] + 1
                : (size + Before[i] + After[i] - reach - 1) / Stride[i] + 1;
        }
    }
}
