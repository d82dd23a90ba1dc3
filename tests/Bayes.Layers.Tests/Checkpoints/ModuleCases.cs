using Bayes.Layers.Conversion;
using Bayes.Layers.Prediction;

namespace Bayes.Layers.Tests.Checkpoints;

/// <summary>Every module that a checkpoint knows, and others of its type that differ in one option each.</summary>
internal static class ModuleCases
{
    private static readonly (long, long) OneTwo = (1, 2), TwoTwo = (2, 2), ThreeThree = (3, 3);
    private static readonly (long, long, long) TwoTwoTwo = (2, 2, 2), OneOneTwo = (1, 1, 2), Threes = (3, 3, 3);

    /// <summary>The cases by the name of their type.</summary>
    public static IReadOnlyDictionary<string, ModuleCase> All { get; } = new ModuleCase[]
    {
        Of(() => nn.CELU(1.5), () => nn.CELU(2)),
        Of(() => nn.ELU(1.5), () => nn.ELU(2)),
        Of(() => nn.GELU(), () => nn.GELU(TorchSharp.Modules.GELU.Approximate.tanh)),
        Of(() => nn.GLU(1), () => nn.GLU(-1)),
        Of(() => nn.Hardshrink(0.5), () => nn.Hardshrink(0.25)),
        Of(() => nn.Hardsigmoid()), Of(() => nn.Hardswish()), Of(() => nn.Identity()), Of(() => nn.LogSigmoid()), Of(() => nn.Mish()),
            Of(() => nn.ReLU()), Of(() => nn.ReLU6()),
        Of(() => nn.SELU()), Of(() => nn.Sigmoid()), Of(() => nn.SiLU()), Of(() => nn.Softmax2d()), Of(() => nn.Softsign()), Of(() => nn.Tanh()),
            Of(() => nn.Tanhshrink()),
        Of(() => nn.Hardtanh(-1, 1), () => nn.Hardtanh(-2, 1), () => nn.Hardtanh(-1, double.PositiveInfinity)),
        Of(() => nn.LeakyReLU(0.01), () => nn.LeakyReLU(0.2)),
        Of(() => nn.LogSoftmax(1), () => nn.LogSoftmax(-1)),
        Of(() => nn.PReLU(1), () => nn.PReLU(3)),
        Of(() => nn.RReLU(0.1, 0.3), () => nn.RReLU(0.2, 0.3), () => nn.RReLU(0.1, 0.4)),
        Of(() => nn.Softmax(1), () => nn.Softmax(-1)),
        Of(() => nn.Softmin(1), () => nn.Softmin(-1)),
        Of(() => nn.Softplus(1, 20), () => nn.Softplus(2, 20), () => nn.Softplus(1, 10)),
        Of(() => nn.Softshrink(0.5), () => nn.Softshrink(0.25)),
        Of(() => nn.Threshold(1, 2), () => nn.Threshold(0, 2), () => nn.Threshold(1, 0)),
        Of(() => nn.AlphaDropout(0.5), () => nn.AlphaDropout(0.1)),
        Of(() => nn.Dropout(0.5), () => nn.Dropout(0.1)),
        Of(() => nn.Dropout1d(0.5), () => nn.Dropout1d(0.1)),
        Of(() => nn.Dropout2d(0.5), () => nn.Dropout2d(0.1)),
        Of(() => nn.Dropout3d(0.5), () => nn.Dropout3d(0.1)),
        Of(() => nn.FeatureAlphaDropout(0.5), () => nn.FeatureAlphaDropout(0.1)),
        Normalization(nn.BatchNorm1d), Normalization(nn.BatchNorm2d), Normalization(nn.BatchNorm3d),
        Normalization(nn.InstanceNorm1d), Normalization(nn.InstanceNorm2d), Normalization(nn.InstanceNorm3d),
        Of(
            () => nn.GroupNorm(2, 4, 1e-4), () => nn.GroupNorm(4, 4, 1e-4), () => nn.GroupNorm(2, 8, 1e-4), () => nn.GroupNorm(2, 4, 1e-5),
            () => nn.GroupNorm(2, 4, 1e-4, affine: false)),
        Of(
            () => nn.LayerNorm(4, 1e-4), () => nn.LayerNorm(3, 1e-4), () => nn.LayerNorm([1, 4], 1e-4), () => nn.LayerNorm(4, 1e-5),
            () => nn.LayerNorm(4, 1e-4, elementwise_affine: false),
            () => nn.LayerNorm(4, 1e-4, bias: false)),
        Of(
            () => nn.LocalResponseNorm(3), () => nn.LocalResponseNorm(2), () => nn.LocalResponseNorm(3, alpha: 1e-3),
            () => nn.LocalResponseNorm(3, beta: 0.5),
            () => nn.LocalResponseNorm(3, k: 2)),
        Of(() => nn.AdaptiveAvgPool1d(2), () => nn.AdaptiveAvgPool1d(3)),
        Of(() => nn.AdaptiveAvgPool2d(2), () => nn.AdaptiveAvgPool2d(OneTwo)),
        Of(() => nn.AdaptiveAvgPool3d(2), () => nn.AdaptiveAvgPool3d(OneOneTwo)),
        Of(() => nn.AdaptiveMaxPool1d(2), () => nn.AdaptiveMaxPool1d(3)),
        Of(() => nn.AdaptiveMaxPool2d([2, 2]), () => nn.AdaptiveMaxPool2d([1, 2])),
        Of(() => AdaptiveMaxPool3d(2, 2, 2), () => AdaptiveMaxPool3d(1, 1, 2)),
        Of(
            () => nn.AvgPool1d(3), () => nn.AvgPool1d(2), () => nn.AvgPool1d(3, stride: 1), () => nn.AvgPool1d(3, padding: 1),
            () => nn.AvgPool1d(3, ceil_mode: true),
            () => nn.AvgPool1d(3, count_include_pad: false)),
        Of(
            () => nn.AvgPool2d(3), () => nn.AvgPool2d(2, stride: 3), () => nn.AvgPool2d(3, stride: 1), () => nn.AvgPool2d(3, padding: 1),
            () => nn.AvgPool2d(3, ceil_mode: true),
            () => nn.AvgPool2d(3, count_include_pad: false), () => nn.AvgPool2d(3, divisor_override: 2)),
        Of(
            () => nn.AvgPool3d(3), () => nn.AvgPool3d(2, stride: 3), () => nn.AvgPool3d(3, stride: 1), () => nn.AvgPool3d(3, padding: 1),
            () => nn.AvgPool3d(3, ceil_mode: true),
            () => nn.AvgPool3d(3, count_include_pad: false), () => nn.AvgPool3d(3, divisor_override: 2)),
        Of(() => nn.FractionalMaxPool2d(2, output_size: 3), () => nn.FractionalMaxPool2d(3, output_size: 3),
            () => nn.FractionalMaxPool2d(2, output_size: 2), () => nn.FractionalMaxPool2d(2, output_ratio: 0.5)),
        Of(() => nn.FractionalMaxPool3d(2, output_size: 3), () => nn.FractionalMaxPool3d(3, output_size: 3),
            () => nn.FractionalMaxPool3d(2, output_size: 2), () => nn.FractionalMaxPool3d(2, output_ratio: 0.5)),
        Of(() => nn.LPPool1d(2, 3), () => nn.LPPool1d(1, 3), () => nn.LPPool1d(2, 2), () => nn.LPPool1d(2, 3, stride: 1),
            () => nn.LPPool1d(2, 3, ceil_mode: true)),
        Of(() => nn.LPPool2d(2, 3), () => nn.LPPool2d(1, 3), () => nn.LPPool2d(2, 2, stride: 3), () => nn.LPPool2d(2, 3, stride: 1),
            () => nn.LPPool2d(2, 3, ceil_mode: true)),
        Of(
            () => nn.MaxPool1d(3), () => nn.MaxPool1d(2), () => nn.MaxPool1d(3, stride: 1), () => nn.MaxPool1d(3, padding: 1),
            () => nn.MaxPool1d(3, dilation: 2),
            () => nn.MaxPool1d(3, ceil_mode: true)),
        Of(
            () => nn.MaxPool2d(3), () => nn.MaxPool2d(2, stride: 3), () => nn.MaxPool2d(3, stride: 1), () => nn.MaxPool2d(3, padding: 1),
            () => nn.MaxPool2d(3, dilation: 2),
            () => nn.MaxPool2d(3, ceil_mode: true)),
        Of(
            () => nn.MaxPool3d(3), () => nn.MaxPool3d(2, stride: 3), () => nn.MaxPool3d(3, stride: 1), () => nn.MaxPool3d(3, padding: 1),
            () => nn.MaxPool3d(3, dilation: 2),
            () => nn.MaxPool3d(3, ceil_mode: true)),
        Of(() => nn.ChannelShuffle(2), () => nn.ChannelShuffle(3)),
        Of(() => nn.Flatten(), () => nn.Flatten(2), () => nn.Flatten(1, 2)),
        Of(() => nn.Unflatten(1, [2, 3]), () => nn.Unflatten(2, [2, 3]), () => nn.Unflatten(1, [3, 2])),
        Of(() => nn.Fold(4, 2), () => nn.Fold(5, 2), () => nn.Fold(4, 3), () => nn.Fold(4, 2, dilation: 2), () => nn.Fold(4, 2, padding: 1),
            () => nn.Fold(4, 2, stride: 2)),
        Of(() => nn.Unfold(2), () => nn.Unfold(3), () => nn.Unfold(2, dilation: 2), () => nn.Unfold(2, padding: 1), () => nn.Unfold(2, stride: 2)),
        Of(() => nn.PixelShuffle(2), () => nn.PixelShuffle(3)),
        Of(() => nn.PixelUnshuffle(2), () => nn.PixelUnshuffle(3)),
        Of(() => nn.ConstantPad1d(1, 0.5), () => nn.ConstantPad1d((1, 2), 0.5), () => nn.ConstantPad1d(1, 2)),
        Of(() => nn.ConstantPad2d(1, 0.5), () => nn.ConstantPad2d((1, 2, 3, 4), 0.5), () => nn.ConstantPad2d(1, 2)),
        Of(() => nn.ConstantPad3d(1, 0.5), () => nn.ConstantPad3d((1, 2, 3, 4, 5, 6), 0.5), () => nn.ConstantPad3d(1, 2)),
        Of(() => nn.ReflectionPad1d(1), () => nn.ReflectionPad1d((1, 2))),
        Of(() => nn.ReflectionPad2d(1), () => nn.ReflectionPad2d((1, 2, 3, 4))),
        Of(() => nn.ReflectionPad3d(1), () => nn.ReflectionPad3d((1, 2, 3, 4, 5, 6))),
        Of(() => nn.ReplicationPad1d(1), () => nn.ReplicationPad1d((1, 2))),
        Of(() => nn.ReplicationPad2d(1), () => nn.ReplicationPad2d((1, 2, 3, 4))),
        Of(() => nn.ReplicationPad3d(1), () => nn.ReplicationPad3d((1, 2, 3, 4, 5, 6))),
        Of(() => nn.ZeroPad2d(1), () => nn.ZeroPad2d((1, 2, 3, 4))),
        Of(
            () => nn.Upsample(scale_factor: [2, 2], mode: UpsampleMode.Bilinear, align_corners: false),
            () => nn.Upsample(size: [2, 2], mode: UpsampleMode.Bilinear, align_corners: false),
            () => nn.Upsample(scale_factor: [2, 3], mode: UpsampleMode.Bilinear, align_corners: false),
            () => nn.Upsample(scale_factor: [2, 2], mode: UpsampleMode.Bicubic, align_corners: false),
            () => nn.Upsample(scale_factor: [2, 2], mode: UpsampleMode.Bilinear, align_corners: true),
            () => nn.Upsample(scale_factor: [2, 2], mode: UpsampleMode.Bilinear, align_corners: false, recompute_scale_factor: true)),
        Of(() => nn.Linear(2, 3), () => nn.Linear(1, 3), () => nn.Linear(2, 1), () => nn.Linear(2, 3, hasBias: false)),
        Of(
            () => nn.Conv1d(2, 4, 3), () => nn.Conv1d(4, 4, 3), () => nn.Conv1d(2, 2, 3), () => nn.Conv1d(2, 4, 2),
            () => nn.Conv1d(2, 4, 3, stride: 2), () => nn.Conv1d(2, 4, 3, padding: 1),
            () => nn.Conv1d(2, 4, 3, Padding.Same), () => nn.Conv1d(2, 4, 3, dilation: 2),
            () => nn.Conv1d(2, 4, 3, padding_mode: PaddingModes.Circular), () => nn.Conv1d(2, 4, 3, groups: 2),
            () => nn.Conv1d(2, 4, 3, bias: false)),
        Of(
            () => nn.Conv2d(2, 4, ThreeThree), () => nn.Conv2d(4, 4, ThreeThree), () => nn.Conv2d(2, 2, ThreeThree), () => nn.Conv2d(2, 4, TwoTwo),
                () => nn.Conv2d(2, 4, ThreeThree, stride: OneTwo),
            () => nn.Conv2d(2, 4, ThreeThree, padding: OneTwo), () => nn.Conv2d(2, 4, ThreeThree, Padding.Same),
            () => nn.Conv2d(2, 4, ThreeThree, dilation: OneTwo),
            () => nn.Conv2d(2, 4, ThreeThree, padding_mode: PaddingModes.Reflect), () => nn.Conv2d(2, 4, ThreeThree, groups: 2),
            () => nn.Conv2d(2, 4, ThreeThree, bias: false)),
        Of(
            () => nn.Conv3d(2, 4, Threes), () => nn.Conv3d(4, 4, Threes), () => nn.Conv3d(2, 2, Threes), () => nn.Conv3d(2, 4, TwoTwoTwo),
            () => nn.Conv3d(2, 4, Threes, stride: OneOneTwo),
            () => nn.Conv3d(2, 4, Threes, padding: OneOneTwo), () => nn.Conv3d(2, 4, Threes, Padding.Valid),
            () => nn.Conv3d(2, 4, Threes, dilation: OneOneTwo),
            () => nn.Conv3d(2, 4, Threes, padding_mode: PaddingModes.Replicate), () => nn.Conv3d(2, 4, Threes, groups: 2),
            () => nn.Conv3d(2, 4, Threes, bias: false)),
        Of(
            () => nn.ConvTranspose1d(2, 4, 3, stride: 3), () => nn.ConvTranspose1d(4, 4, 3, stride: 3),
            () => nn.ConvTranspose1d(2, 2, 3, stride: 3), () => nn.ConvTranspose1d(2, 4, 2, stride: 3),
            () => nn.ConvTranspose1d(2, 4, 3, stride: 2), () => nn.ConvTranspose1d(2, 4, 3, stride: 3, padding: 1),
            () => nn.ConvTranspose1d(2, 4, 3, stride: 3, output_padding: 1),
            () => nn.ConvTranspose1d(2, 4, 3, stride: 3, dilation: 2), () => nn.ConvTranspose1d(2, 4, 3, stride: 3, groups: 2),
            () => nn.ConvTranspose1d(2, 4, 3, stride: 3, bias: false)),
        Of(
            () => nn.ConvTranspose2d(2, 4, ThreeThree, stride: ThreeThree), () => nn.ConvTranspose2d(4, 4, ThreeThree, stride: ThreeThree),
            () => nn.ConvTranspose2d(2, 2, ThreeThree, stride: ThreeThree),
            () => nn.ConvTranspose2d(2, 4, TwoTwo, stride: ThreeThree), () => nn.ConvTranspose2d(2, 4, ThreeThree, stride: TwoTwo),
            () => nn.ConvTranspose2d(2, 4, ThreeThree, stride: ThreeThree, padding: OneTwo),
            () => nn.ConvTranspose2d(2, 4, ThreeThree, stride: ThreeThree, output_padding: OneTwo),
            () => nn.ConvTranspose2d(2, 4, ThreeThree, stride: ThreeThree, dilation: OneTwo),
            () => nn.ConvTranspose2d(2, 4, ThreeThree, stride: ThreeThree, groups: 2),
            () => nn.ConvTranspose2d(2, 4, ThreeThree, stride: ThreeThree, bias: false)),
        Of(
            () => nn.ConvTranspose3d(2, 4, Threes, stride: Threes), () => nn.ConvTranspose3d(4, 4, Threes, stride: Threes),
            () => nn.ConvTranspose3d(2, 2, Threes, stride: Threes),
            () => nn.ConvTranspose3d(2, 4, TwoTwoTwo, stride: Threes), () => nn.ConvTranspose3d(2, 4, Threes, stride: TwoTwoTwo),
            () => nn.ConvTranspose3d(2, 4, Threes, stride: Threes, padding: OneOneTwo),
            () => nn.ConvTranspose3d(2, 4, Threes, stride: Threes, output_padding: OneOneTwo),
            () => nn.ConvTranspose3d(2, 4, Threes, stride: Threes, dilation: OneOneTwo),
            () => nn.ConvTranspose3d(2, 4, Threes, stride: Threes, groups: 2), () => nn.ConvTranspose3d(2, 4, Threes, stride: Threes, bias: false)),
        Of(() => nn.Sequential(nn.Tanh(), nn.ReLU()), () => nn.Sequential(nn.Tanh()), () => nn.Sequential(nn.ReLU(), nn.Tanh()),
            () => nn.Sequential(("0", nn.Tanh()), ("a", nn.ReLU()))),
        Of(
            () => new BayesianSequential(nn.Tanh(), nn.ReLU()), () => new BayesianSequential(nn.Tanh()),
            () => new BayesianSequential(nn.ReLU(), nn.Tanh()),
            () => new BayesianSequential(("1", nn.ReLU()), ("0", nn.Tanh())), () => new BayesianSequential(nn.Tanh(), nn.ReLU(), nn.Identity())),
        Of(() => Members(null), () => Members([0.25, 0.75]), () => new EnsembleMembers([nn.ReLU(), nn.Tanh()], null)),
        Of(() => new MonteCarloDropout(0.5), () => new MonteCarloDropout(0.1), () => new MonteCarloDropout(0.5, 1)),
        Of(() => new BayesianLinear(2, 3), () => new BayesianLinear(1, 3), () => new BayesianLinear(2, 1),
            () => new BayesianLinear(2, 3, hasBias: false)),
        Of(() => new BayesianEmbedding(3, 2), () => new BayesianEmbedding(4, 2), () => new BayesianEmbedding(3, 1),
            () => new BayesianEmbedding(3, 2, paddingIndex: 1)),
        Of(
            () => new BayesianConv1d(2, 4, 3), () => new BayesianConv1d(4, 4, 3), () => new BayesianConv1d(2, 2, 3),
            () => new BayesianConv1d(2, 4, 2), () => new BayesianConv1d(2, 4, 3, stride: 2),
            () => new BayesianConv1d(2, 4, 3, padding: 1), () => new BayesianConv1d(2, 4, 3, dilation: 2),
            () => new BayesianConv1d(2, 4, 3, groups: 2), () => new BayesianConv1d(2, 4, 3, hasBias: false),
            () => new BayesianConv1d(2, 4, 3, paddingMode: PaddingModes.Circular),
            () => nn.Sequential(nn.Conv1d(2, 4, 2, Padding.Same)).ToBayesian().children().Cast<nn.Module<Tensor, Tensor>>().Single()),
        Of(
            () => new BayesianConv2d(2, 4, 3), () => new BayesianConv2d(4, 4, 3), () => new BayesianConv2d(2, 2, 3),
            () => new BayesianConv2d(2, 4, 2), () => new BayesianConv2d(2, 4, ThreeThree, stride: OneTwo),
            () => new BayesianConv2d(2, 4, ThreeThree, padding: OneTwo), () => new BayesianConv2d(2, 4, ThreeThree, dilation: OneTwo),
            () => new BayesianConv2d(2, 4, 3, groups: 2),
            () => new BayesianConv2d(2, 4, 3, hasBias: false),
            () => new BayesianConv2d(2, 4, 3, paddingMode: PaddingModes.Circular),
            () => nn.Sequential(nn.Conv2d(2, 4, 2, Padding.Same)).ToBayesian().children().Cast<nn.Module<Tensor, Tensor>>().Single()),
        Of(
            () => new BayesianConv3d(2, 4, 3), () => new BayesianConv3d(4, 4, 3), () => new BayesianConv3d(2, 2, 3),
            () => new BayesianConv3d(2, 4, 2), () => new BayesianConv3d(2, 4, Threes, stride: OneOneTwo),
            () => new BayesianConv3d(2, 4, Threes, padding: OneOneTwo), () => new BayesianConv3d(2, 4, Threes, dilation: OneOneTwo),
            () => new BayesianConv3d(2, 4, 3, groups: 2),
            () => new BayesianConv3d(2, 4, 3, hasBias: false),
            () => new BayesianConv3d(2, 4, 3, paddingMode: PaddingModes.Circular),
            () => nn.Sequential(nn.Conv3d(2, 4, 2, Padding.Same)).ToBayesian().children().Cast<nn.Module<Tensor, Tensor>>().Single()),
        Of(
            () => new BayesianConvTranspose2d(2, 4, 3, stride: 3), () => new BayesianConvTranspose2d(4, 4, 3, stride: 3),
            () => new BayesianConvTranspose2d(2, 2, 3, stride: 3),
            () => new BayesianConvTranspose2d(2, 4, 2, stride: 3), () => new BayesianConvTranspose2d(2, 4, 3, stride: 2),
            () => new BayesianConvTranspose2d(2, 4, ThreeThree, stride: ThreeThree, padding: OneTwo),
            () => new BayesianConvTranspose2d(2, 4, ThreeThree, stride: ThreeThree, outputPadding: OneTwo),
            () => new BayesianConvTranspose2d(2, 4, ThreeThree, stride: ThreeThree, dilation: OneTwo),
            () => new BayesianConvTranspose2d(2, 4, 3, stride: 3, groups: 2), () => new BayesianConvTranspose2d(2, 4, 3, stride: 3, hasBias: false)),
        Of(
            () => new BayesianConvTranspose1d(2, 4, 3, stride: 3), () => new BayesianConvTranspose1d(4, 4, 3, stride: 3),
            () => new BayesianConvTranspose1d(2, 2, 3, stride: 3),
            () => new BayesianConvTranspose1d(2, 4, 2, stride: 3), () => new BayesianConvTranspose1d(2, 4, 3, stride: 2),
            () => new BayesianConvTranspose1d(2, 4, 3, stride: 3, padding: 1),
            () => new BayesianConvTranspose1d(2, 4, 3, stride: 3, outputPadding: 1),
            () => new BayesianConvTranspose1d(2, 4, 3, stride: 3, dilation: 2),
            () => new BayesianConvTranspose1d(2, 4, 3, stride: 3, groups: 2), () => new BayesianConvTranspose1d(2, 4, 3, stride: 3, hasBias: false)),
        Of(
            () => new BayesianConvTranspose3d(2, 4, 3, stride: 3), () => new BayesianConvTranspose3d(4, 4, 3, stride: 3),
            () => new BayesianConvTranspose3d(2, 2, 3, stride: 3),
            () => new BayesianConvTranspose3d(2, 4, 2, stride: 3), () => new BayesianConvTranspose3d(2, 4, 3, stride: 2),
            () => new BayesianConvTranspose3d(2, 4, 3, stride: 3, padding: 1),
            () => new BayesianConvTranspose3d(2, 4, 3, stride: 3, outputPadding: 1),
            () => new BayesianConvTranspose3d(2, 4, 3, stride: 3, dilation: 2),
            () => new BayesianConvTranspose3d(2, 4, 3, stride: 3, groups: 2), () => new BayesianConvTranspose3d(2, 4, 3, stride: 3, hasBias: false)),
        Of(
            () => new BayesianLSTM(2, 2), () => new BayesianLSTM(3, 2), () => new BayesianLSTM(2, 3), () => new BayesianLSTM(2, 2, layers: 2),
            () => new BayesianLSTM(2, 2, hasBias: false),
            () => new BayesianLSTM(2, 2, bidirectional: true), () => new BayesianLSTM(2, 2, returnsSequence: false)),
        Of(
            () => new BayesianGRU(2, 2), () => new BayesianGRU(3, 2), () => new BayesianGRU(2, 3), () => new BayesianGRU(2, 2, layers: 2),
            () => new BayesianGRU(2, 2, hasBias: false),
            () => new BayesianGRU(2, 2, bidirectional: true), () => new BayesianGRU(2, 2, returnsSequence: false)),
        Of(() => WeightSpace(nn.Tanh()), () => WeightSpace(nn.ReLU()), () => WeightSpace(nn.Tanh(), "0"),
            () => WeightSpace(nn.Tanh(), lastLayerOnly: true),
            () => nn.Linear(3, 2).ToBayesian(new BayesianConversion { Form = ConversionForm.WeightSpace }),
            () => WeightSpace(nn.Tanh(), output: 0)),
        Of(
            () => new BayesianMultiheadAttention(4, 2), () => new BayesianMultiheadAttention(6, 2), () => new BayesianMultiheadAttention(4, 1),
            () => new BayesianMultiheadAttention(4, 2, dropout: 0.1), () => new BayesianMultiheadAttention(4, 2, hasBias: false),
            () => new BayesianMultiheadAttention(4, 2, keySize: 3), () => new BayesianMultiheadAttention(4, 2, valueSize: 3),
            () => new BayesianMultiheadAttention(4, 2, isCausal: true), () => new BayesianMultiheadAttention(4, 2, sequenceFirst: true)),
        Of(
            () => new BayesianTransformerEncoderLayer(4, 2, 3), () => new BayesianTransformerEncoderLayer(6, 2, 3),
            () => new BayesianTransformerEncoderLayer(4, 1, 3), () => new BayesianTransformerEncoderLayer(4, 2, 5),
            () => new BayesianTransformerEncoderLayer(4, 2, 3, dropout: 0.2),
            () => new BayesianTransformerEncoderLayer(4, 2, 3, activation: nn.Activations.GELU),
            () => new BayesianTransformerEncoderLayer(4, 2, 3, normFirst: true), () => new BayesianTransformerEncoderLayer(4, 2, 3, hasBias: false),
            () => new BayesianTransformerEncoderLayer(4, 2, 3, isCausal: true),
            () => new BayesianTransformerEncoderLayer(4, 2, 3, sequenceFirst: true)),
        Of(() => new BayesianPositionalEmbedding(4, 3), () => new BayesianPositionalEmbedding(5, 3), () => new BayesianPositionalEmbedding(4, 2)),
        Of(() => new SinusoidalPositionalEmbedding()),
        Of(
            () => new BayesianResidual(new BayesianLinear(2, 2)), () => new BayesianResidual(nn.Tanh(), new BayesianLinear(2, 2)),
            () => new BayesianResidual()),
    }.ToDictionary(each => each.Type.Name);

    private delegate nn.Module<Tensor, Tensor> NormalizationFactory(
        long features, double eps = 1e-5, double momentum = 0.1, bool affine = true, bool tracks = true, Device? device = null,
            ScalarType? dtype = null);

    private static ModuleCase Normalization(NormalizationFactory make) => Of(
        () => make(3), () => make(4), () => make(3, eps: 1e-3), () => make(3, momentum: 0.5), () => make(3, affine: false),
            () => make(3, tracks: false), () => make(3, affine: false, tracks: false));

    // TorchSharp's constructor drops its argument.
    private static nn.Module<Tensor, Tensor> AdaptiveMaxPool3d(params long[] sizes)
    {
        var module = nn.AdaptiveMaxPool3d(sizes);
        module.output_size = sizes;
        return module;
    }

    private static BayesianModule WeightSpace(nn.Module<Tensor, Tensor> activation, string path = "*", bool lastLayerOnly = false,
        int? output = null) =>
        nn.Sequential(nn.Linear(3, 4), activation, nn.Linear(4, 2)).ToBayesian(
            new BayesianConversion { Form = ConversionForm.WeightSpace, Paths = [path], LastLayerOnly = lastLayerOnly, Output = output });

    private static EnsembleMembers Members(double[]? weights) => new([nn.Tanh(), nn.ReLU()], weights);

    private static ModuleCase Of(Func<nn.Module<Tensor, Tensor>> make, params Func<nn.Module<Tensor, Tensor>>[] others)
    {
        using var one = make();
        return new ModuleCase(one.GetType(), make, others);
    }
}
