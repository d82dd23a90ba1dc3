using System.Text.Json.Nodes;
using Bayes.Layers.Maps;
using TorchSharp;
using static Bayes.Layers.Checkpoints.ModuleKinds;
using Kind = Bayes.Layers.Checkpoints.PartKind<TorchSharp.torch.nn.Module, Bayes.Layers.Checkpoints.ModulePlace>;

namespace Bayes.Layers.Checkpoints;

/// <summary>This library's layers. Their priors are described with them.</summary>
internal static class BayesianKinds
{
    private const string FirstRecurrentLayer = "input_hidden_0";

    public static Kind[] All { get; } =
    [
        Kind.Of<BayesianLinear>(
            m => [("in_features", m.InputSize), ("out_features", m.OutputSize), ("bias", m.HasBias)],
            (o, place) => new BayesianLinear(
                o.Int64("in_features"), o.Int64("out_features"), o.Boolean("bias"), place.WeightPrior(), place.BiasPrior(), place.Initializer,
                place.Device, place.Type)),
        Kind.Of<BayesianConv1d>(PaddedOptions, (o, place) => new BayesianConv1d(
            Map(o, 1), o.Boolean("bias"), place.WeightPrior(), place.BiasPrior(), place.Initializer, place.Device, place.Type)),
        Kind.Of<BayesianConv2d>(PaddedOptions, (o, place) => new BayesianConv2d(
            Map(o, 2), o.Boolean("bias"), place.WeightPrior(), place.BiasPrior(), place.Initializer, place.Device, place.Type)),
        Kind.Of<BayesianConv3d>(PaddedOptions, (o, place) => new BayesianConv3d(
            Map(o, 3), o.Boolean("bias"), place.WeightPrior(), place.BiasPrior(), place.Initializer, place.Device, place.Type)),
        Kind.Of<BayesianConvTranspose1d>(m => [.. Options(m), ("output_padding", List(m.OutputPadding))], (o, place) => new BayesianConvTranspose1d(
            o.Int64("in_channels"), o.Int64("out_channels"), One(o, "kernel_size"), One(o, "stride"), One(o, "padding"), One(o, "output_padding"),
            One(o, "dilation"), o.Int64("groups"), o.Boolean("bias"), place.WeightPrior(), place.BiasPrior(), place.Initializer,
            place.Device, place.Type)),
        Kind.Of<BayesianConvTranspose2d>(m => [.. Options(m), ("output_padding", List(m.OutputPadding))], (o, place) => new BayesianConvTranspose2d(
            o.Int64("in_channels"), o.Int64("out_channels"), Two(o, "kernel_size"), Two(o, "stride"), Two(o, "padding"), Two(o, "output_padding"),
            Two(o, "dilation"), o.Int64("groups"), o.Boolean("bias"), place.WeightPrior(), place.BiasPrior(), place.Initializer,
            place.Device, place.Type)),
        Kind.Of<BayesianConvTranspose3d>(m => [.. Options(m), ("output_padding", List(m.OutputPadding))], (o, place) => new BayesianConvTranspose3d(
            o.Int64("in_channels"), o.Int64("out_channels"), Three(o, "kernel_size"), Three(o, "stride"), Three(o, "padding"),
            Three(o, "output_padding"), Three(o, "dilation"), o.Int64("groups"), o.Boolean("bias"), place.WeightPrior(), place.BiasPrior(),
            place.Initializer, place.Device, place.Type)),
        Kind.Of<BayesianEmbedding>(
            m => [("count", m.Count), ("size", m.Size), ("padding_idx", m.PaddingIndex)],
            (o, place) => new BayesianEmbedding(
                o.Int64("count"), o.Int64("size"), place.WeightPrior(), place.Initializer, place.Device, place.Type, o.Int64OrNull("padding_idx"))),
        Kind.Of<BayesianLSTM>(Options, (o, place) =>
        {
            var (layers, first) = Layers(o, place);
            return new BayesianLSTM(
                o.Int64("input_size"), o.Int64("hidden_size"), layers, o.Boolean("bias"), o.Boolean("bidirectional"), o.Boolean("returns_sequence"),
                first.WeightPrior(), first.BiasPrior(), first.Initializer, place.Device, first.Type);
        }),
        Kind.Of<BayesianGRU>(Options, (o, place) =>
        {
            var (layers, first) = Layers(o, place);
            return new BayesianGRU(
                o.Int64("input_size"), o.Int64("hidden_size"), layers, o.Boolean("bias"), o.Boolean("bidirectional"), o.Boolean("returns_sequence"),
                first.WeightPrior(), first.BiasPrior(), first.Initializer, place.Device, first.Type);
        }),
        Kind.Of<MonteCarloDropout>(
            m => [("p", m.Probability), ("channel_axis", m.ChannelAxis)],
            (o, _) => new MonteCarloDropout(o.Double("p"), o.Int32OrNull("channel_axis"))),
    ];

    private static (string, JsonNode?)[] Options(BayesianConvolution m) =>
    [
        ("in_channels", m.InputChannels), ("out_channels", m.OutputChannels), ("kernel_size", List(m.KernelSize)), ("stride", List(m.Stride)),
        ("padding", List(m.Padding)), ("dilation", List(m.Dilation)), ("groups", m.Groups), ("bias", m.HasBias),
    ];

    private static (string, JsonNode?)[] PaddedOptions(BayesianConvolution m) =>
        [.. Options(m), ("padding_at_end", List(m.PaddingAtEnd)), ("padding_mode", m.PaddingMode.ToString())];

    private static ConvolutionMap Map(SavedOptions o, int dimensions) => new(
        o.Int64("in_channels"), o.Int64("out_channels"),
        new(
            o.Int64s("kernel_size", dimensions), o.Int64s("stride", dimensions), o.Int64s("padding", dimensions), o.Int64s("dilation", dimensions),
            o.Int64s("padding_at_end", dimensions), o.Enum<PaddingModes>("padding_mode")),
        o.Int64("groups"));

    private static (string, JsonNode?)[] Options(BayesianRecurrent m) =>
    [
        ("input_size", m.InputSize), ("hidden_size", m.HiddenSize), ("layers", m.Layers), ("bias", m.HasBias), ("bidirectional", m.IsBidirectional),
        ("returns_sequence", m.ReturnsSequence),
    ];

    // All layers have the priors of the first. Requires the last layer in the file, so that a damaged count cannot make more layers.
    private static (int Layers, ModulePlace First) Layers(SavedOptions o, ModulePlace place)
    {
        int layers = o.Int32("layers");
        place.Child($"input_hidden_{layers - 1}");
        return (layers, place.Child(FirstRecurrentLayer));
    }

    private static long One(SavedOptions o, string name) => o.Int64s(name, 1)[0];

    private static (long, long) Two(SavedOptions o, string name) => o.Int64s(name, 2) is [var first, var second] ? (first, second) : default;

    private static (long, long, long) Three(SavedOptions o, string name) => o.Int64s(name, 3) is [var first, var second, var third]
        ? (first, second, third) : default;
}
