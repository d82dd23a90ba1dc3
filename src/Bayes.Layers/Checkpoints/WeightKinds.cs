using System.Text.Json.Nodes;
using TorchSharp;
using TorchSharp.Modules;
using static Bayes.Layers.Checkpoints.ModuleKinds;
using static TorchSharp.torch;
using Kind = Bayes.Layers.Checkpoints.PartKind<TorchSharp.torch.nn.Module, Bayes.Layers.Checkpoints.ModulePlace>;

namespace Bayes.Layers.Checkpoints;

/// <summary>Plain layers with a weight.</summary>
internal static class WeightKinds
{
    public static Kind[] All { get; } =
    [
        Kind.Of<Linear>(
            m => [("in_features", m.in_features), ("out_features", m.out_features), ("bias", m.bias is not null)],
            (o, place) =>
            {
                long[] shape = place.Reserve([o.Int64("out_features"), o.Int64("in_features")]);
                return nn.Linear(shape[1], shape[0], o.Boolean("bias"), place.Device, place.Type);
            }),
        Kind.Of<Conv1d>(Options, (o, place) =>
        {
            var g = Geometry(o, place, 1);
            return o.EnumOrNull<Padding>("padding") is { } padding
                ? nn.Conv1d(g.In, g.Out, g.Kernel[0], padding, g.Stride[0], g.Dilation[0], g.Mode, g.Groups, g.Bias, place.Device, place.Type)
                : nn.Conv1d(g.In, g.Out, g.Kernel[0], g.Stride[0], o.Int64s("padding", 1)[0], g.Dilation[0], g.Mode, g.Groups, g.Bias, place.Device,
                    place.Type);
        }),
        Kind.Of<Conv2d>(Options, (o, place) =>
        {
            var g = Geometry(o, place, 2);
            return o.EnumOrNull<Padding>("padding") is { } padding
                ? nn.Conv2d(g.In, g.Out, Two(g.Kernel), padding, Two(g.Stride), Two(g.Dilation), g.Mode, g.Groups, g.Bias, place.Device, place.Type)
                : nn.Conv2d(g.In, g.Out, Two(g.Kernel), Two(g.Stride), Two(o.Int64s("padding", 2)), Two(g.Dilation), g.Mode, g.Groups, g.Bias,
                    place.Device, place.Type);
        }),
        Kind.Of<Conv3d>(Options, (o, place) =>
        {
            var g = Geometry(o, place, 3);
            return o.EnumOrNull<Padding>("padding") is { } padding
                ? nn.Conv3d(g.In, g.Out, Three(g.Kernel), padding, Three(g.Stride), Three(g.Dilation), g.Mode, g.Groups, g.Bias, place.Device,
                    place.Type)
                : nn.Conv3d(g.In, g.Out, Three(g.Kernel), Three(g.Stride), Three(o.Int64s("padding", 3)), Three(g.Dilation), g.Mode, g.Groups,
                    g.Bias, place.Device, place.Type);
        }),
        Kind.Of<ConvTranspose1d>(Options, (o, place) =>
        {
            var g = Geometry(o, place, 1, isTransposed: true);
            return nn.ConvTranspose1d(
                g.In, g.Out, g.Kernel[0], g.Stride[0], o.Int64s("padding", 1)[0], o.Int64s("output_padding", 1)[0], g.Dilation[0], g.Mode, g.Groups,
                g.Bias, place.Device, place.Type);
        }),
        Kind.Of<ConvTranspose2d>(Options, (o, place) =>
        {
            var g = Geometry(o, place, 2, isTransposed: true);
            return nn.ConvTranspose2d(
                g.In, g.Out, Two(g.Kernel), Two(g.Stride), Two(o.Int64s("padding", 2)), Two(o.Int64s("output_padding", 2)), Two(g.Dilation), g.Mode,
                g.Groups, g.Bias, place.Device, place.Type);
        }),
        Kind.Of<ConvTranspose3d>(Options, (o, place) =>
        {
            var g = Geometry(o, place, 3, isTransposed: true);
            return nn.ConvTranspose3d(
                g.In, g.Out, Three(g.Kernel), Three(g.Stride), Three(o.Int64s("padding", 3)), Three(o.Int64s("output_padding", 3)),
                Three(g.Dilation), g.Mode, g.Groups, g.Bias, place.Device, place.Type);
        }),
    ];

    private static (string, JsonNode?)[] Options(Convolution m) =>
    [
        ("in_channels", m.in_channels), ("out_channels", m.out_channels), ("kernel_size", List(m.kernel_size)), ("stride", List(m.stride)),
        ("padding", m.padding_type is { } type ? type.ToString() : List(m.padding)), ("dilation", List(m.dilation)),
        ("padding_mode", m.padding_mode.ToString()), ("output_padding", m.transposed ? List(m.output_padding) : null),
        ("groups", m.groups), ("bias", m.bias is not null),
    ];

    private static ConvolutionOptions Geometry(SavedOptions o, ModulePlace place, int dimensions, bool isTransposed = false)
    {
        var options = new ConvolutionOptions(
            o.Int64("in_channels"), o.Int64("out_channels"), o.Int64s("kernel_size", dimensions), o.Int64s("stride", dimensions),
            o.Int64s("dilation", dimensions), o.Enum<PaddingModes>("padding_mode"), Math.Max(1, o.Int64("groups")), o.Boolean("bias"));
        long[] channels = isTransposed ? [options.In, options.Out / options.Groups] : [options.Out, options.In / options.Groups];
        place.Reserve([.. channels, .. options.Kernel]);
        return options;
    }

    private static (long, long) Two(long[] sizes) => (sizes[0], sizes[1]);

    private static (long, long, long) Three(long[] sizes) => (sizes[0], sizes[1], sizes[2]);

    private sealed record ConvolutionOptions(
        long In, long Out, long[] Kernel, long[] Stride, long[] Dilation, PaddingModes Mode, long Groups, bool Bias);
}
