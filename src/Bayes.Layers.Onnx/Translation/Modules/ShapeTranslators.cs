using Bayes.Layers.Onnx.Graphs;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Onnx.Translation.Modules;

/// <summary>Modules that change the shape or order of an input.</summary>
internal static class ShapeTranslators
{
    /// <summary>Gets the translators.</summary>
    public static ModuleTranslator[] All { get; } =
    [
        ModuleTranslator.Of<Flatten>(Join), ModuleTranslator.Of<Unflatten>(Split),
        ModuleTranslator.Of<ChannelShuffle>(Shuffle),
        ModuleTranslator.Of<PixelShuffle>((module, value, place) => Enlarge(module, module.upscale_factor, value, place)),
        ModuleTranslator.Of<PixelUnshuffle>((module, value, place) => Shrink(module, module.downscale_factor, value, place)),
        ModuleTranslator.Of<Upsample>(Resize),
    ];

    private static DrawnValue Join(Flatten module, DrawnValue value, ModuleTranslation place)
    {
        ActivationTranslators.RequireAxisOfRow(module, module.start_dim, value, place);
        ActivationTranslators.RequireAxisOfRow(module, module.end_dim, value, place);
        int from = value.Axis(module.start_dim), to = value.Axis(module.end_dim) + 1;
        return value.Map(x => place.Graph.Reshape(
            x, [.. AxisSize.Of(x, ..from), AxisSize.Product(AxisSize.Of(x, from..to)), .. AxisSize.Of(x, to..)]));
    }

    private static DrawnValue Split(Unflatten module, DrawnValue value, ModuleTranslation place)
    {
        ActivationTranslators.RequireAxisOfRow(module, module.dim, value, place);
        int axis = value.Axis(module.dim);
        AxisSize[] sizes = [.. module.unflattened_size.Select(size => size < 0 ? AxisSize.Rest : (AxisSize)size)];
        // At most one size may stay open, so the others of the axis decide it.
        long known = module.unflattened_size.Where(size => size >= 0).Aggregate(1L, (a, b) => a * b);
        if (value.Value.Shape[axis] is { } whole)
            sizes = [.. sizes.Select(size => size.Known is null ? whole / known : size)];
        return value.Map(x => place.Graph.Reshape(x, [.. AxisSize.Of(x, ..axis), .. sizes, .. AxisSize.Of(x, (axis + 1)..)]));
    }

    private static DrawnValue Shuffle(ChannelShuffle module, DrawnValue value, ModuleTranslation place)
    {
        long channels = Channels(module, value, place);
        int axis = value.Axis(1);
        var graph = place.Graph;
        return value.Map(x =>
        {
            var groups = graph.Reshape(
                x, [.. AxisSize.Of(x, ..axis), module.groups, channels / module.groups, .. AxisSize.Of(x, (axis + 1)..)]);
            return graph.Reshape(graph.Exchange(groups, axis, axis + 1), AxisSize.Of(x, ..));
        });
    }

    private static DrawnValue Enlarge(nn.Module module, long factor, DrawnValue value, ModuleTranslation place)
    {
        long channels = Channels(module, value, place);
        return value.Folded(place.Graph, x => place.Graph.Node(
            "DepthToSpace", [x], x.Type, [x.Shape[0], channels / (factor * factor), x.Shape[2] * factor, x.Shape[3] * factor],
            ("blocksize", factor), ("mode", "CRD")));
    }

    // [B, C, H · f, W · f] → [B, C · f², H, W], the places of a block behind each other in each channel.
    private static DrawnValue Shrink(nn.Module module, long factor, DrawnValue value, ModuleTranslation place)
    {
        long channels = Channels(module, value, place);
        if (value.Row is not [_, _, { } height, { } width])
            throw place.Refusal(
                module, $"and its input has shape {value.Value.DescribeShape()}; expected OnnxExportOptions.InputShape with all sizes.");
        var graph = place.Graph;
        return value.Folded(graph, x =>
        {
            var blocks = graph.Reshape(x, [AxisSize.Of(x, 0), channels, height / factor, factor, width / factor, factor]);
            return graph.Reshape(
                graph.Transpose(blocks, 0, 1, 3, 5, 2, 4),
                [AxisSize.Of(x, 0), channels * factor * factor, height / factor, width / factor]);
        });
    }

    private static DrawnValue Resize(Upsample module, DrawnValue value, ModuleTranslation place)
    {
        var graph = place.Graph;
        int places = value.Rank - 2;
        bool isNearest = module.mode == UpsampleMode.Nearest, isAligned = module.align_corners == true;
        string mode = module.mode switch
        {
            UpsampleMode.Nearest => "nearest",
            UpsampleMode.Bicubic => "cubic",
            UpsampleMode.Linear or UpsampleMode.Bilinear or UpsampleMode.Trilinear => "linear",
            _ => throw place.Refusal(module, $"of the mode {module.mode}; expected Nearest, Linear, Bilinear, Trilinear or Bicubic."),
        };
        double[] factors = module.scale_factor.ToArray();
        long[] sizes = module.size.ToArray();
        if (factors.Length > 0 && module.recompute_scale_factor == true)
            throw place.Refusal(module, "which computes its factors again from rounded sizes; expected recompute_scale_factor: false.");
        return value.Folded(graph, x =>
        {
            GraphAttribute[] attributes =
            [
                ("mode", mode), ("nearest_mode", "floor"), ("cubic_coeff_a", -0.75),
                ("coordinate_transformation_mode", isNearest ? "asymmetric" : isAligned ? "align_corners" : "half_pixel"),
            ];
            if (sizes.Length > 0)
            {
                long[] all = ConvolutionTranslators.Sizes(sizes, places, 1);
                var shape = graph.Concat([graph.SizeOf(x, 0), graph.SizeOf(x, 1), graph.Integers(all)], 0);
                return graph.Node("Resize", [x, null, null, shape], x.Type, [.. x.Shape[..2], .. all.Select(size => (long?)size)], attributes);
            }
            double[] own = factors.Length == 1 ? [.. Enumerable.Repeat(factors[0], places)] : factors;
            var scales = graph.Constant(tensor([1f, 1f, .. own.Select(factor => (float)factor)]), "scales");
            return graph.Node(
                "Resize", [x, null, scales], x.Type,
                [.. x.Shape[..2], .. own.Select((factor, i) => x.Shape[i + 2] is { } size ? (long?)Math.Floor(size * factor) : null)], attributes);
        });
    }

    private static long Channels(nn.Module module, DrawnValue value, ModuleTranslation place) =>
        value.Rank >= 2 && value.Row[1] is { } channels ? channels : throw place.Refusal(
            module, $"and its input has shape {value.Value.DescribeShape()}; expected OnnxExportOptions.InputShape with the number of channels.");
}
