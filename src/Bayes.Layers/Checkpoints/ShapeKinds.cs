using System.Text.Json.Nodes;
using TorchSharp.Modules;
using static Bayes.Layers.Checkpoints.ModuleKinds;
using static TorchSharp.torch;
using Kind = Bayes.Layers.Checkpoints.PartKind<TorchSharp.torch.nn.Module, Bayes.Layers.Checkpoints.ModulePlace>;

namespace Bayes.Layers.Checkpoints;

/// <summary>Modules that change the shape or order of an input: flattening, folding, padding, shuffling, resizing.</summary>
internal static class ShapeKinds
{
    public static Kind[] All { get; } =
    [
        Kind.Of<ChannelShuffle>(m => [("groups", m.groups)], (o, _) => nn.ChannelShuffle(o.Int64("groups"))),
        Kind.Of<Flatten>(m => [("start_dim", m.start_dim), ("end_dim", m.end_dim)], (o, _) => nn.Flatten(o.Int64("start_dim"), o.Int64("end_dim"))),
        Kind.Of<Unflatten>(
            m => [("dim", m.dim), ("unflattened_size", List(m.unflattened_size))],
            (o, _) => nn.Unflatten(o.Int64("dim"), o.Int64s("unflattened_size"))),
        Kind.Of<Fold>(
            m => [("output_size", Pair(m.output_size)), .. Windows(m.kernel_size, m.dilation, m.padding, m.stride)],
            (o, _) => nn.Fold(Pair(o, "output_size"), Pair(o, "kernel_size"), Pair(o, "dilation"), Pair(o, "padding"), Pair(o, "stride"))),
        Kind.Of<Unfold>(
            m => Windows(m.kernel_size, m.dilation, m.padding, m.stride),
            (o, _) => nn.Unfold(Pair(o, "kernel_size"), Pair(o, "dilation"), Pair(o, "padding"), Pair(o, "stride"))),
        Kind.Of<PixelShuffle>(m => [("upscale_factor", m.upscale_factor)], (o, _) => nn.PixelShuffle(o.Int64("upscale_factor"))),
        Kind.Of<PixelUnshuffle>(m => [("downscale_factor", m.downscale_factor)], (o, _) => nn.PixelUnshuffle(o.Int64("downscale_factor"))),
        Kind.Of<ConstantPad1d>(Constant, (o, _) => nn.ConstantPad1d(Two(o), o.Double("value"))),
        Kind.Of<ConstantPad2d>(Constant, (o, _) => nn.ConstantPad2d(Four(o), o.Double("value"))),
        Kind.Of<ConstantPad3d>(Constant, (o, _) => nn.ConstantPad3d(Six(o), o.Double("value"))),
        Kind.Of<ReflectionPad1d>(m => Padding(m, 1), (o, _) => nn.ReflectionPad1d(Two(o))),
        Kind.Of<ReflectionPad2d>(m => Padding(m, 2), (o, _) => nn.ReflectionPad2d(Four(o))),
        Kind.Of<ReflectionPad3d>(m => Padding(m, 3), (o, _) => nn.ReflectionPad3d(Six(o))),
        Kind.Of<ReplicationPad1d>(m => Padding(m, 1), (o, _) => nn.ReplicationPad1d(Two(o))),
        Kind.Of<ReplicationPad2d>(m => Padding(m, 2), (o, _) => nn.ReplicationPad2d(Four(o))),
        Kind.Of<ReplicationPad3d>(m => Padding(m, 3), (o, _) => nn.ReplicationPad3d(Six(o))),
        Kind.Of<ZeroPad2d>(m => Padding(m, 2), (o, _) => nn.ZeroPad2d(Four(o))),
        Kind.Of<Upsample>(
            m => [
                ("size", m.size.IsEmpty ? null : List(m.size.ToArray())),
                ("scale_factor", m.scale_factor.IsEmpty ? null : List(m.scale_factor.ToArray())),
                ("mode", m.mode.ToString()), ("align_corners", m.align_corners), ("recompute_scale_factor", m.recompute_scale_factor)],
            (o, _) => nn.Upsample(
                o.Int64s("size"), o.Doubles("scale_factor"), o.Enum<UpsampleMode>("mode"), o.BooleanOrNull("align_corners"),
                o.BooleanOrNull("recompute_scale_factor"))),
    ];

    private static (string, JsonNode?)[] Windows((long, long)? kernel, (long, long)? dilation, (long, long)? padding, (long, long)? stride) =>
        [("kernel_size", Pair(kernel)), ("dilation", Pair(dilation ?? (1, 1))), ("padding", Pair(padding ?? (0, 0))),
            ("stride", Pair(stride ?? (1, 1)))];

    private static JsonNode? Pair((long First, long Second)? pair) => pair is { } both ? List([both.First, both.Second]) : null;

    private static (long, long) Pair(SavedOptions o, string name) => o.Int64s(name, 2) is [var first, var second] ? (first, second) : default;

    private static (string, JsonNode?)[] Padding(PadBase m, int dimensions) => [("padding", Sizes(m.padding, 2 * dimensions, 0))];

    private static (string, JsonNode?)[] Constant(ConstantPad1d m) => [.. Padding(m, 1), ("value", m.value)];

    private static (string, JsonNode?)[] Constant(ConstantPad2d m) => [.. Padding(m, 2), ("value", m.value)];

    private static (string, JsonNode?)[] Constant(ConstantPad3d m) => [.. Padding(m, 3), ("value", m.value)];

    private static (long, long) Two(SavedOptions o) => Pair(o, "padding");

    private static (long, long, long, long) Four(SavedOptions o)
    {
        long[] p = o.Int64s("padding", 4);
        return (p[0], p[1], p[2], p[3]);
    }

    private static (long, long, long, long, long, long) Six(SavedOptions o)
    {
        long[] p = o.Int64s("padding", 6);
        return (p[0], p[1], p[2], p[3], p[4], p[5]);
    }
}
