using System.Text.Json.Nodes;
using TorchSharp.Modules;
using static Bayes.Layers.Checkpoints.ModuleKinds;
using static TorchSharp.torch;
using Kind = Bayes.Layers.Checkpoints.PartKind<TorchSharp.torch.nn.Module, Bayes.Layers.Checkpoints.ModulePlace>;

namespace Bayes.Layers.Checkpoints;

/// <summary>Pooling layers. Defaults that TorchSharp leaves null are saved as numbers, so that equal poolings have one description.</summary>
internal static class PoolingKinds
{
    public static Kind[] All { get; } =
    [
        Kind.Of<AdaptiveAvgPool1d>(m => [("output_size", m.output_size)], (o, _) => nn.AdaptiveAvgPool1d(o.Int64("output_size"))),
        Kind.Of<AdaptiveAvgPool2d>(m => [("output_size", Sizes(m.output_size, 2, 1))], (o, _) => nn.AdaptiveAvgPool2d(o.Int64s("output_size", 2))),
        Kind.Of<AdaptiveAvgPool3d>(m => [("output_size", Sizes(m.output_size, 3, 1))], (o, _) => nn.AdaptiveAvgPool3d(o.Int64s("output_size", 3))),
        Kind.Of<AdaptiveMaxPool1d>(m => [("output_size", m.output_size)], (o, _) => nn.AdaptiveMaxPool1d(o.Int64("output_size"))),
        Kind.Of<AdaptiveMaxPool2d>(m => [("output_size", Sizes(m.output_size, 2, 1))], (o, _) => nn.AdaptiveMaxPool2d(o.Int64s("output_size", 2))),
        // TorchSharp's constructor ignores its argument.
        Kind.Of<AdaptiveMaxPool3d>(m => [("output_size", List(m.output_size))], (o, _) =>
        {
            var made = nn.AdaptiveMaxPool3d([]);
            made.output_size = o.Int64s("output_size")!;
            return made;
        }),
        Kind.Of<AvgPool1d>(
            m => [
                ("kernel_size", m.kernel_size), ("stride", m.stride ?? m.kernel_size), ("padding", m.padding ?? 0), ("ceil_mode", m.ceil_mode),
                ("count_include_pad", m.count_include_pad)],
            (o, _) => nn.AvgPool1d(o.Int64("kernel_size"), o.Int64("stride"), o.Int64("padding"), o.Boolean("ceil_mode"),
                o.Boolean("count_include_pad"))),
        Kind.Of<AvgPool2d>(
            m => Average(m.kernel_size, m.stride, m.padding, m.ceil_mode, m.count_include_pad, m.divisor_override, 2),
            (o, _) => nn.AvgPool2d(
                o.Int64s("kernel_size", 2), o.Int64s("stride", 2), o.Int64s("padding", 2), o.Boolean("ceil_mode"), o.Boolean("count_include_pad"),
                o.Int64OrNull("divisor_override"))),
        Kind.Of<AvgPool3d>(
            m => Average(m.kernel_size, m.stride, m.padding, m.ceil_mode, m.count_include_pad, m.divisor_override, 3),
            (o, _) => nn.AvgPool3d(
                o.Int64s("kernel_size", 3), o.Int64s("stride", 3), o.Int64s("padding", 3), o.Boolean("ceil_mode"), o.Boolean("count_include_pad"),
                o.Int64OrNull("divisor_override"))),
        Kind.Of<FractionalMaxPool2d>(
            m => [("kernel_size", Sizes(m.kernel_size, 2, 1)), ("output_size", List(m.output_size)), ("output_ratio", List(m.output_ratio))],
            (o, _) => nn.FractionalMaxPool2d(o.Int64s("kernel_size", 2), o.Int64s("output_size"), o.Doubles("output_ratio"))),
        Kind.Of<FractionalMaxPool3d>(
            m => [("kernel_size", Sizes(m.kernel_size, 3, 1)), ("output_size", List(m.output_size)), ("output_ratio", List(m.output_ratio))],
            (o, _) => nn.FractionalMaxPool3d(o.Int64s("kernel_size", 3), o.Int64s("output_size"), o.Doubles("output_ratio"))),
        Kind.Of<LPPool1d>(
            m => [("norm_type", m.norm_type), ("kernel_size", m.kernel_size), ("stride", m.stride ?? m.kernel_size), ("ceil_mode", m.ceil_mode)],
            (o, _) => nn.LPPool1d(o.Double("norm_type"), o.Int64("kernel_size"), o.Int64("stride"), o.Boolean("ceil_mode"))),
        Kind.Of<LPPool2d>(
            m => [("norm_type", m.norm_type), ("kernel_size", Sizes(m.kernel_size, 2, 1)), ("stride", Steps(m.stride, m.kernel_size, 2)),
                ("ceil_mode", m.ceil_mode)],
            (o, _) => nn.LPPool2d(o.Double("norm_type"), o.Int64s("kernel_size", 2), o.Int64s("stride", 2), o.Boolean("ceil_mode"))),
        Kind.Of<MaxPool1d>(
            m => [
                ("kernel_size", m.kernel_size), ("stride", m.stride ?? m.kernel_size), ("padding", m.padding ?? 0), ("dilation", m.dilation ?? 1),
                ("ceil_mode", m.ceil_mode)],
            (o, _) => nn.MaxPool1d(o.Int64("kernel_size"), o.Int64("stride"), o.Int64("padding"), o.Int64("dilation"), o.Boolean("ceil_mode"))),
        Kind.Of<MaxPool2d>(
            m => Maximum(m.kernel_size, m.stride, m.padding, m.dilation, m.ceil_mode, 2),
            (o, _) => nn.MaxPool2d(o.Int64s("kernel_size", 2), o.Int64s("stride", 2), o.Int64s("padding", 2), o.Int64s("dilation", 2),
                o.Boolean("ceil_mode"))),
        Kind.Of<MaxPool3d>(
            m => Maximum(m.kernel_size, m.stride, m.padding, m.dilation, m.ceil_mode, 3),
            (o, _) => nn.MaxPool3d(o.Int64s("kernel_size", 3), o.Int64s("stride", 3), o.Int64s("padding", 3), o.Int64s("dilation", 3),
                o.Boolean("ceil_mode"))),
    ];

    private static (string, JsonNode?)[] Average(
        long[] kernel, long[]? stride, long[]? padding, bool ceilMode, bool countsPadding, long? divisor, int dimensions) =>
    [
        ("kernel_size", Sizes(kernel, dimensions, 1)), ("stride", Steps(stride, kernel, dimensions)), ("padding", Sizes(padding, dimensions, 0)),
        ("ceil_mode", ceilMode), ("count_include_pad", countsPadding), ("divisor_override", divisor),
    ];

    private static (string, JsonNode?)[] Maximum(long[] kernel, long[]? stride, long[]? padding, long[]? dilation, bool ceilMode, int dimensions) =>
    [
        ("kernel_size", Sizes(kernel, dimensions, 1)), ("stride", Steps(stride, kernel, dimensions)), ("padding", Sizes(padding, dimensions, 0)),
        ("dilation", Sizes(dilation, dimensions, 1)), ("ceil_mode", ceilMode),
    ];
}
