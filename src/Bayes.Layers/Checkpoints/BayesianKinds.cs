using System.Text.Json.Nodes;
using static Bayes.Layers.Checkpoints.ModuleKinds;
using Kind = Bayes.Layers.Checkpoints.PartKind<TorchSharp.torch.nn.Module, Bayes.Layers.Checkpoints.ModulePlace>;

namespace Bayes.Layers.Checkpoints;

/// <summary>This library's layers. Priors are described with the layer that they belong to.</summary>
internal static class BayesianKinds
{
    private const string FirstOfRecurrent = "input_hidden_0";

    public static Kind[] All { get; } =
    [
        Kind.Of<BayesianLinear>(
            m => [("in_features", m.InputSize), ("out_features", m.OutputSize), ("bias", m.HasBias)],
            (o, place) => new BayesianLinear(
                o.Int64("in_features"), o.Int64("out_features"), o.Boolean("bias"), place.WeightPrior(), place.BiasPrior(), place.Initializer,
                    place.Device, place.Type)),
        Kind.Of<BayesianConv1d>(Options, (o, place) => new BayesianConv1d(
            o.Int64("in_channels"), o.Int64("out_channels"), o.Int64s("kernel_size", 1)[0], o.Int64s("stride", 1)[0], o.Int64s("padding", 1)[0],
                o.Int64s("dilation", 1)[0],
            o.Int64("groups"), o.Boolean("bias"), place.WeightPrior(), place.BiasPrior(), place.Initializer, place.Device, place.Type)),
        Kind.Of<BayesianConv2d>(Options, (o, place) => new BayesianConv2d(
            o.Int64("in_channels"), o.Int64("out_channels"), Two(o, "kernel_size"), Two(o, "stride"), Two(o, "padding"), Two(o, "dilation"),
            o.Int64("groups"), o.Boolean("bias"), place.WeightPrior(), place.BiasPrior(), place.Initializer, place.Device, place.Type)),
        Kind.Of<BayesianConv3d>(Options, (o, place) => new BayesianConv3d(
            o.Int64("in_channels"), o.Int64("out_channels"), Three(o, "kernel_size"), Three(o, "stride"), Three(o, "padding"), Three(o, "dilation"),
            o.Int64("groups"), o.Boolean("bias"), place.WeightPrior(), place.BiasPrior(), place.Initializer, place.Device, place.Type)),
        Kind.Of<BayesianConvTranspose2d>(m => [.. Options(m), ("output_padding", List(m.OutputPadding))], (o, place) => new BayesianConvTranspose2d(
            o.Int64("in_channels"), o.Int64("out_channels"), Two(o, "kernel_size"), Two(o, "stride"), Two(o, "padding"), Two(o, "output_padding"),
                Two(o, "dilation"),
            o.Int64("groups"), o.Boolean("bias"), place.WeightPrior(), place.BiasPrior(), place.Initializer, place.Device, place.Type)),
        Kind.Of<BayesianEmbedding>(
            m => [("count", m.Count), ("size", m.Size)],
            (o, place) => new BayesianEmbedding(o.Int64("count"), o.Int64("size"), place.WeightPrior(), place.Initializer, place.Device,
                place.Type)),
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
            (o, _) => new MonteCarloDropout(o.Double("p"), o.Int64OrNull("channel_axis") is null ? null : o.Int32("channel_axis"))),
    ];

    private static (string, JsonNode?)[] Options(BayesianConvolution m) =>
    [
        ("in_channels", m.InputChannels), ("out_channels", m.OutputChannels), ("kernel_size", List(m.KernelSize)), ("stride", List(m.Stride)),
        ("padding", List(m.Padding)), ("dilation", List(m.Dilation)), ("groups", m.Groups), ("bias", m.HasBias),
    ];

    private static (string, JsonNode?)[] Options(BayesianRecurrent m) =>
    [
        ("input_size", m.InputSize), ("hidden_size", m.HiddenSize), ("layers", m.Layers), ("bias", m.HasBias), ("bidirectional", m.IsBidirectional),
        ("returns_sequence", m.ReturnsSequence),
    ];

    // All weights of a recurrent layer have the same priors. No more layers are made than the file has weights of.
    private static (int Layers, ModulePlace First) Layers(SavedOptions o, ModulePlace place)
    {
        int layers = o.Int32("layers");
        place.Child($"input_hidden_{layers - 1}");
        return (layers, place.Child(FirstOfRecurrent));
    }

    private static (long, long) Two(SavedOptions o, string name) => o.Int64s(name, 2) is [var first, var second] ? (first, second) : default;

    private static (long, long, long) Three(SavedOptions o, string name) => o.Int64s(name, 3) is [var first, var second, var third]
        ? (first, second, third) : default;
}
