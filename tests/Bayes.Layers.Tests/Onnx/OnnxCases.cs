using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Onnx;

/// <summary>Every module that can be exported, with options that change what it computes.</summary>
internal static class OnnxCases
{
    private static readonly (long, long) OneTwo = (1, 2), TwoTwo = (2, 2), ThreeTwo = (3, 2);
    private static readonly (long, long, long) TwoTwoTwo = (2, 2, 2), OneTwoOne = (1, 2, 1), TwoOneTwo = (2, 1, 2);

    /// <summary>Modules of which something is random.</summary>
    public static IReadOnlyList<OnnxCase> Bayesian { get; } =
    [
        new("linear", () => new BayesianLinear(3, 2), [4, 3]),
        new("linear without a bias", () => new BayesianLinear(3, 2, hasBias: false), [4, 3]),
        new("linear of sequences", () => new BayesianLinear(3, 2), [4, 5, 3]),
        new("conv1d", () => new BayesianConv1d(4, 6, 3, stride: 2, padding: 1, groups: 2), [3, 4, 9]),
        new("conv1d, circular", () => new BayesianConv1d(2, 3, 3, padding: 2, paddingMode: PaddingModes.Circular), [3, 2, 7]),
        new("conv2d", () => new BayesianConv2d(2, 3, ThreeTwo, stride: OneTwo, padding: OneTwo, dilation: OneTwo), [3, 2, 7, 8]),
        new("conv2d, reflected", () => new BayesianConv2d(2, 3, 3, padding: 1, hasBias: false, paddingMode: PaddingModes.Reflect), [3, 2, 5, 5]),
        new("conv2d behind another", () => new BayesianSequential(
            new BayesianConv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), new BayesianConv2d(4, 6, 2, groups: 2), nn.Flatten(),
            new BayesianLinear(24, 2)), [3, 1, 8, 8]),
        new("conv3d", () => new BayesianConv3d(2, 2, TwoTwoTwo, stride: OneTwoOne, padding: OneTwoOne), [2, 2, 3, 5, 4]),
        new("transposed conv1d", () => new BayesianConvTranspose1d(4, 6, 3, stride: 2, padding: 1, outputPadding: 1, groups: 2), [3, 4, 5]),
        new("transposed conv2d", () => new BayesianConvTranspose2d(2, 3, ThreeTwo, stride: TwoTwo, dilation: OneTwo), [2, 2, 4, 3]),
        new("transposed conv3d", () => new BayesianConvTranspose3d(2, 2, TwoTwoTwo, stride: TwoOneTwo, hasBias: false), [2, 2, 3, 2, 3]),
        new("transposed conv2d behind a conv2d", () => new BayesianSequential(
            new BayesianConv2d(1, 2, 3), new BayesianConvTranspose2d(2, 1, 3)), [2, 1, 5, 5]),
        new("embedding", () => new BayesianEmbedding(7, 3), [4, 5], Indices: 7),
        new("embedding with padding", () => new BayesianEmbedding(7, 3, paddingIndex: 2), [4, 5], Indices: 7),
        new("embedding, then linear", () => new BayesianSequential(new BayesianEmbedding(7, 3), nn.Flatten(), new BayesianLinear(15, 2)),
            [4, 5], Indices: 7),
        new("LSTM", () => new BayesianLSTM(3, 4, layers: 2, bidirectional: true), [3, 6, 3]),
        new("LSTM, last step", () => new BayesianLSTM(3, 4, hasBias: false, returnsSequence: false), [3, 6, 3]),
        new("GRU", () => new BayesianGRU(3, 4, layers: 2, bidirectional: true, returnsSequence: false), [3, 6, 3]),
        new("GRU behind a linear layer", () => new BayesianSequential(new BayesianLinear(3, 3), new BayesianGRU(3, 4)), [3, 6, 3]),
        new("attention", () => new BayesianMultiheadAttention(6, 2), [3, 5, 6]),
        new("causal attention", () => new BayesianMultiheadAttention(6, 3, hasBias: false, isCausal: true), [3, 5, 6]),
        new("attention, sequence first", () => new BayesianMultiheadAttention(6, 2, sequenceFirst: true), [5, 3, 6]),
        new("encoder layer", () => new BayesianTransformerEncoderLayer(6, 2, 5), [3, 5, 6]),
        new("encoder layer, normalized first", () => new BayesianTransformerEncoderLayer(
            6, 2, 5, activation: nn.Activations.GELU, normFirst: true, hasBias: false, isCausal: true), [3, 5, 6]),
        new("encoder", () => new BayesianSequential(
            new BayesianTransformerEncoderLayer(6, 2, 5), new BayesianTransformerEncoderLayer(6, 2, 5)), [3, 5, 6]),
        new("positions", () => new BayesianPositionalEmbedding(8, 3), [4, 5, 3]),
        new("residual", () => new BayesianResidual(nn.Tanh(), new BayesianLinear(3, 3)), [4, 3]),
        new("dropout of units", () => new MonteCarloDropout(0.4), [4, 3]),
        new("dropout of channels", () => new BayesianSequential(nn.Conv1d(2, 6, 2), new MonteCarloDropout(0.4, 1)), [4, 2, 5]),
        new("dropout of features", () => new MonteCarloDropout(0.4, -1), [4, 5, 3]),
        new("dropout of nothing", () => new MonteCarloDropout(0), [4, 3]),
        new("shared weights", Shared, [4, 3]),
        new("double precision", () => new BayesianLinear(3, 2, dtype: float64), [4, 3]),
        new("sequence", () => new BayesianSequential(
            new BayesianLinear(3, 6), nn.Sequential(nn.BatchNorm1d(6), nn.Tanh(), new BayesianLinear(6, 4)), new MonteCarloDropout(0.2),
            nn.Linear(4, 2)), [5, 3]),
    ];

    /// <summary>Plain modules.</summary>
    public static IReadOnlyList<OnnxCase> Plain { get; } =
    [
        Of(() => nn.Sequential(nn.Linear(3, 2), nn.ReLU()), 4, 3),
        Of(() => nn.Linear(3, 2), 4, 3), Of(() => nn.Linear(3, 2, hasBias: false), 4, 5, 3),
        Of(() => nn.Conv1d(2, 4, 4, Padding.Same, groups: 2), 3, 2, 9), Of(() => nn.Conv1d(2, 4, 3, stride: 2), 3, 2, 9),
        Of(() => nn.Conv2d(2, 4, ThreeTwo, stride: OneTwo, padding: OneTwo, padding_mode: PaddingModes.Replicate), 3, 2, 6, 7),
        Of(() => nn.Conv2d(2, 4, 3, Padding.Valid, bias: false), 3, 2, 6, 7),
        Of(() => nn.Conv3d(2, 4, 2, dilation: 2), 2, 2, 5, 4, 4),
        Of(() => nn.ConvTranspose1d(2, 4, 3, stride: 2, output_padding: 1, groups: 2), 3, 2, 5),
        Of(() => nn.ConvTranspose2d(2, 4, ThreeTwo, stride: TwoTwo, padding: OneTwo), 2, 2, 4, 4),
        Of(() => nn.ConvTranspose3d(2, 3, TwoTwoTwo), 2, 2, 3, 2, 3),
        new("Embedding", () => nn.Embedding(7, 3), [4, 5], Indices: 7),
        Of(() => new SinusoidalPositionalEmbedding(), 3, 40, 5),
        Of(() => nn.CELU(1.5), 4, 3), Of(() => nn.ELU(1.5), 4, 3), Of(() => nn.GELU(), 4, 3), Of(() => nn.GELU(GELU.Approximate.tanh), 4, 3),
        Of(() => nn.GLU(-1), 4, 6), Of(() => nn.GLU(1), 4, 6, 3), Of(() => nn.Hardshrink(0.5), 4, 3), Of(() => nn.Hardsigmoid(), 4, 3),
        Of(() => nn.Hardswish(), 4, 3),
        Of(() => nn.Identity(), 4, 3), Of(() => nn.LeakyReLU(0.2), 4, 3), Of(() => nn.LogSigmoid(), 4, 3), Of(() => nn.LogSoftmax(1), 4, 3, 5),
        Of(() => nn.Mish(), 4, 3), Of(() => nn.PReLU(1, 0.3), 4, 3), Of(() => nn.PReLU(3, 0.3), 4, 3, 2), Of(() => nn.RReLU(0.1, 0.5), 4, 3),
        Of(() => nn.ReLU(), 4, 3), Of(() => nn.ReLU6(), 4, 3), Of(() => nn.SELU(), 4, 3), Of(() => nn.Sigmoid(), 4, 3), Of(() => nn.SiLU(), 4, 3),
        Of(() => nn.Softmax(-1), 4, 3), Of(() => nn.Softmax(1), 4, 3, 2), Of(() => nn.Softmax2d(), 2, 3, 2, 2), Of(() => nn.Softmin(1), 4, 3),
        Of(() => nn.Softplus(2, 1), 4, 3), Of(() => nn.Softplus(), 4, 3), Of(() => nn.Softshrink(0.5), 4, 3), Of(() => nn.Softsign(), 4, 3),
        Of(() => nn.Tanh(), 4, 3), Of(() => nn.Tanhshrink(), 4, 3), Of(() => nn.Threshold(0.2, -0.5), 4, 3),
        Of(() => nn.Dropout(0.5), 4, 3), Of(() => nn.Dropout1d(0.5), 4, 3, 2), Of(() => nn.Dropout2d(0.5), 2, 3, 2, 2),
        Of(() => nn.Dropout3d(0.5), 2, 3, 2, 2, 2), Of(() => nn.AlphaDropout(0.5), 4, 3), Of(() => nn.FeatureAlphaDropout(0.5), 4, 3, 2),
        Of(() => nn.BatchNorm1d(3), 4, 3), Of(() => nn.BatchNorm1d(3, affine: false), 4, 3, 5), Of(() => nn.BatchNorm2d(3), 2, 3, 4, 2),
        Of(() => nn.BatchNorm3d(3), 2, 3, 2, 2, 2), Of(() => nn.InstanceNorm1d(3), 2, 3, 5),
        Of(() => nn.InstanceNorm2d(3, affine: true, track_running_stats: true), 2, 3, 4, 2),
        Of(() => nn.InstanceNorm3d(3, affine: true), 2, 3, 2, 2, 2),
        Of(() => nn.GroupNorm(2, 4), 3, 4, 5), Of(() => nn.GroupNorm(2, 4, affine: false), 3, 4, 2, 2),
        Of(() => nn.LayerNorm(3), 4, 3), Of(() => nn.LayerNorm([2, 3], 1e-3, bias: false), 4, 2, 3),
        Of(() => nn.LayerNorm(3, elementwise_affine: false), 4, 2, 3),
        Of(() => nn.AdaptiveAvgPool1d(3), 2, 2, 7), Of(() => nn.AdaptiveAvgPool2d(1), 2, 2, 5, 4),
        Of(() => nn.AdaptiveAvgPool2d(ThreeTwo), 2, 2, 7, 4),
        Of(() => nn.AdaptiveAvgPool3d(2), 2, 2, 3, 4, 5),
        Of(() => nn.AdaptiveMaxPool1d(3), 2, 2, 7), Of(() => nn.AdaptiveMaxPool2d([1, 1]), 2, 2, 5, 4),
        Of(() => nn.AvgPool1d(3), 2, 2, 8), Of(() => nn.AvgPool1d(3, padding: 1, ceil_mode: true, count_include_pad: false), 2, 2, 8),
        Of(() => nn.AvgPool2d(3, stride: 2, padding: 1), 2, 2, 7, 6), Of(() => nn.AvgPool2d(2, divisor_override: 3), 2, 2, 6, 6),
        Of(() => nn.AvgPool1d(3, ceil_mode: true), 2, 2, 8), Of(() => nn.AvgPool2d(3, ceil_mode: true), 2, 2, 7, 8),
        Of(() => nn.AvgPool1d(3, padding: 1, ceil_mode: true), 2, 2, 9),
        Of(() => nn.AvgPool3d(2, ceil_mode: true), 2, 2, 5, 4, 3),
        Of(() => nn.AvgPool3d(2), 2, 2, 4, 4, 4),
        Of(() => nn.MaxPool1d(3, dilation: 2), 2, 2, 9), Of(() => nn.MaxPool2d(3, stride: 2, padding: 1, ceil_mode: true), 2, 2, 6, 7),
        Of(() => nn.MaxPool2d(2, stride: 3, ceil_mode: true), 2, 2, 7, 6), Of(() => nn.MaxPool3d(2), 2, 2, 4, 4, 5),
        Of(() => nn.Flatten(), 3, 2, 2, 3), Of(() => nn.Flatten(2), 3, 2, 2, 3), Of(() => nn.Flatten(1, 2), 3, 2, 2, 3),
        Of(() => nn.Unflatten(1, [2, 3]), 3, 6, 2), Of(() => nn.Unflatten(2, [-1, 2]), 3, 2, 6),
        Of(() => nn.ChannelShuffle(2), 3, 4, 2, 2), Of(() => nn.PixelShuffle(2), 2, 8, 2, 3), Of(() => nn.PixelUnshuffle(2), 2, 2, 4, 6),
        Of(() => nn.Upsample(scale_factor: [2], mode: UpsampleMode.Nearest), 2, 2, 5),
        Of(() => nn.Upsample(size: [5, 7], mode: UpsampleMode.Nearest), 2, 2, 3, 4),
        Of(() => nn.Upsample(scale_factor: [2, 3], mode: UpsampleMode.Bilinear, align_corners: false), 2, 2, 3, 4),
        Of(() => nn.Upsample(size: [5, 7], mode: UpsampleMode.Bilinear, align_corners: true), 2, 2, 3, 4),
        Of(() => nn.Upsample(scale_factor: [2, 2], mode: UpsampleMode.Bicubic, align_corners: false), 2, 2, 3, 4),
        Of(() => nn.ConstantPad1d(OneTwo, 0.5), 2, 2, 4),
        Of(() => nn.ConstantPad2d((1, 2, 0, 3), 0.5), 2, 2, 4, 3), Of(() => nn.ConstantPad3d(1, 0.5), 2, 2, 2, 2, 2),
        Of(() => nn.ZeroPad2d((1, 2, 0, 3)), 2, 2, 4, 3), Of(() => nn.ReflectionPad1d(OneTwo), 2, 2, 4),
        Of(() => nn.ReflectionPad2d((1, 2, 0, 3)), 2, 2, 4, 3),
        Of(() => nn.ReflectionPad3d(1), 2, 2, 2, 2, 2), Of(() => nn.ReplicationPad1d(OneTwo), 2, 2, 4),
        Of(() => nn.ReplicationPad2d((1, 2, 0, 3)), 2, 2, 4, 3),
        Of(() => nn.ReplicationPad3d(1), 2, 2, 2, 2, 2),
    ];

    private static BayesianSequential Shared()
    {
        var layer = new BayesianLinear(3, 3);
        return new BayesianSequential(("a", layer), ("b", nn.Tanh()), ("c", layer));
    }

    private static OnnxCase Of(Func<nn.Module<Tensor, Tensor>> make, params long[] shape)
    {
        using var one = make();
        return new OnnxCase($"{one.GetName()} {string.Join('×', shape)}", make, shape);
    }
}

/// <summary>A module to export.</summary>
/// <param name="Name">The name.</param>
/// <param name="Make">Makes it.</param>
/// <param name="Shape">The shape of an input.</param>
/// <param name="Indices">The number of indices, if the input has these.</param>
internal sealed record OnnxCase(string Name, Func<nn.Module<Tensor, Tensor>> Make, long[] Shape, int? Indices = null)
{
    /// <summary>Gets whether the steps come first in an input.</summary>
    public bool IsSequenceFirst => Name.Contains("sequence first", StringComparison.Ordinal);

    /// <summary>Returns an input with a number of rows.</summary>
    public Tensor Input(long rows)
    {
        long[] shape = [.. Shape];
        shape[IsSequenceFirst ? 1 : 0] = rows;
        return Indices is { } count ? randint(count, shape, int64) : randn(shape);
    }
}
