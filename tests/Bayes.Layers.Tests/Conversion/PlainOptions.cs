using Bayes.Layers.Conversion;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Conversion;

/// <summary>Every option of every plain module that converts. A new option is a new row.</summary>
internal static class PlainOptions
{
    private static readonly Func<Tensor> Rows = () => randn(5, 3, float64);
    private static readonly Func<Tensor> Lines = () => randn([3, 4, 9], float64);
    private static readonly Func<Tensor> Images = () => randn([3, 2, 6, 5], float64);
    private static readonly Func<Tensor> Volumes = () => randn([2, 2, 4, 3, 5], float64);
    private static readonly Func<Tensor> Steps = () => randn([3, 5, 6], float64);
    private static readonly Func<Tensor> Symbols = () => tensor(new long[] { 0, 1, 2, 3, 4, 5, 2, 2 }).reshape(4, 2);

    public static PlainOption[] All { get; } =
    [
        // Linear
        new("inputSize, outputSize, hasBias, dtype, device", () => nn.Linear(3, 4, dtype: float64), Rows),
        new("hasBias", () => nn.Linear(3, 4, hasBias: false, dtype: float64), Rows),
        new("weight, bias", () => nn.Linear(new Parameter(randn(4, 3, float64)), new Parameter(randn(4, float64))), Rows),
        new("weight, assigned later", () => Changed(nn.Linear(7, 2, hasBias: false, dtype: float64), linear =>
            linear.weight = new Parameter(randn(4, 3, float64))), Rows),
        new("requires_grad", () => Frozen(nn.Linear(3, 4, dtype: float64)), Rows) { StaysPlain = true },
        new("requires_grad of the weight", () => Changed(nn.Linear(3, 4, dtype: float64), linear => linear.weight.requires_grad = false), Rows)
        {
            Refusal = "its weight is frozen (requires_grad = false) and its bias is not",
        },
        new("hooks", () => Changed(nn.Linear(3, 4, dtype: float64), linear => linear.register_forward_hook((_, _, output) => output * 2)),
            Rows) { Refusal = "forward hook" },

        // Conv1d
        new("in_channels, out_channels, kernel_size, device, dtype", () => nn.Conv1d(4, 6, 3, dtype: float64), Lines),
        new("stride, padding, dilation, groups", () => nn.Conv1d(4, 6, 3, stride: 2, padding: 1, dilation: 2, groups: 2, dtype: float64), Lines),
        new("bias", () => nn.Conv1d(4, 6, 3, bias: false, dtype: float64), Lines),
        new("padding", () => nn.Conv1d(4, 6, 3, padding: Padding.Valid, dtype: float64), Lines),
        new("padding", () => nn.Conv1d(4, 6, 3, padding: Padding.Same, dtype: float64), Lines),
        new("padding", () => nn.Conv1d(4, 6, 4, padding: Padding.Same, dtype: float64), Lines),
        new("padding, padding_mode", () => nn.Conv1d(4, 6, 4, padding: Padding.Same, padding_mode: PaddingModes.Circular, dtype: float64), Lines),
        .. Modes.Select(mode => new PlainOption("padding_mode", () => nn.Conv1d(4, 6, 3, padding: 2, padding_mode: mode, dtype: float64), Lines)),
        new("requires_grad", () => Frozen(nn.Conv1d(4, 6, 3, dtype: float64)), Lines) { StaysPlain = true },

        // Conv2d
        new("in_channels, out_channels, kernel_size, device, dtype", () => nn.Conv2d(2, 4, (3, 2), dtype: float64), Images),
        new("stride, padding, dilation, groups", () =>
            nn.Conv2d(2, 4, (3, 2), stride: (2, 1), padding: (1, 0), dilation: (1, 2), groups: 2, dtype: float64), Images),
        new("bias", () => nn.Conv2d(2, 4, 3, bias: false, dtype: float64), Images),
        new("padding", () => nn.Conv2d(2, 4, 3, padding: Padding.Valid, dtype: float64), Images),
        new("padding, dilation", () => nn.Conv2d(2, 4, 3, padding: Padding.Same, dilation: 2, dtype: float64), Images),
        new("padding", () => nn.Conv2d(2, 4, (4, 2), padding: Padding.Same, dtype: float64), Images),
        new("padding, padding_mode", () => nn.Conv2d(2, 4, 4, padding: Padding.Same, padding_mode: PaddingModes.Reflect, dtype: float64), Images),
        new("padding, padding_mode", () => nn.Conv2d(2, 4, (4, 2), padding: Padding.Same, padding_mode: PaddingModes.Reflect, dtype: float64),
            Images)
        {
            Refusal = "padded to keep the size by Reflect",
        },
        .. Modes.Select(mode => new PlainOption("padding_mode", () =>
            nn.Conv2d(2, 4, (3, 2), padding: (2, 1), padding_mode: mode, dtype: float64), Images)),
        new("requires_grad", () => Frozen(nn.Conv2d(2, 4, 3, dtype: float64)), Images) { StaysPlain = true },

        // Conv3d
        new("in_channels, out_channels, kernel_size, device, dtype", () => nn.Conv3d(2, 3, 2, dtype: float64), Volumes),
        new("stride, padding, dilation, groups", () =>
            nn.Conv3d(2, 4, (2, 1, 3), stride: (1, 2, 1), padding: (1, 0, 1), dilation: (2, 1, 1), groups: 2, dtype: float64), Volumes),
        new("bias", () => nn.Conv3d(2, 3, 2, bias: false, dtype: float64), Volumes),
        new("padding", () => nn.Conv3d(2, 3, 2, padding: Padding.Valid, dtype: float64), Volumes),
        new("padding", () => nn.Conv3d(2, 3, (2, 1, 3), Padding.Same, dtype: float64), Volumes),
        .. Modes.Select(mode => new PlainOption("padding_mode", () =>
            nn.Conv3d(2, 3, (2, 2, 2), padding: (1, 0, 2), padding_mode: mode, dtype: float64), Volumes)),
        new("requires_grad", () => Frozen(nn.Conv3d(2, 3, 2, dtype: float64)), Volumes) { StaysPlain = true },

        // Transposed convolutions. Other padding modes than zeros are refused by TorchSharp itself.
        new("in_channels, out_channels, kernel_size, device, dtype, padding_mode", () => nn.ConvTranspose1d(4, 6, 3, dtype: float64), Lines),
        new(
            "stride, padding, output_padding, dilation, groups",
            () => nn.ConvTranspose1d(4, 6, 3, stride: 2, padding: 1, output_padding: 1, dilation: 2, groups: 2, dtype: float64), Lines),
        new("bias", () => nn.ConvTranspose1d(4, 6, 3, bias: false, dtype: float64), Lines),
        new("in_channels, out_channels, kernel_size, device, dtype, padding_mode", () => nn.ConvTranspose2d(2, 3, (3, 2), dtype: float64), Images),
        new(
            "stride, padding, output_padding, dilation, groups",
            () => nn.ConvTranspose2d(2, 4, (3, 2), stride: (2, 3), padding: (1, 0), output_padding: (1, 1), dilation: (1, 2), groups: 2,
                dtype: float64), Images),
        new("bias", () => nn.ConvTranspose2d(2, 3, 2, bias: false, dtype: float64), Images),
        new("output_padding", () => nn.ConvTranspose2d(2, 3, 3, stride: 2, output_padding: 1, dtype: float64), Images),
        new("output_padding", () => nn.ConvTranspose2d(2, 3, (3, 3), stride: (2, 2), output_padding: (0, 1), dtype: float64),
            Images) { Refusal = "its output_padding is (0, 1)" },
        new("in_channels, out_channels, kernel_size, device, dtype, padding_mode", () =>
            nn.ConvTranspose3d(2, 3, (3, 2, 1), dtype: float64), Volumes),
        new(
            "stride, padding, output_padding, dilation, groups",
            () => nn.ConvTranspose3d(2, 4, (3, 2, 1), stride: (2, 1, 3), padding: (1, 0, 0), output_padding: (0, 0, 0), dilation: (1, 2, 1),
                groups: 2, dtype: float64), Volumes),
        new("output_padding", () => nn.ConvTranspose3d(2, 3, (3, 3, 3), stride: (2, 2, 2), output_padding: (1, 1, 1), dtype: float64), Volumes),
        new("bias", () => nn.ConvTranspose3d(2, 3, 2, bias: false, dtype: float64), Volumes),

        // Embedding
        new("num_embeddings, embedding_dims, device, dtype", () => nn.Embedding(6, 3, dtype: float64), Symbols),
        .. new long[] { 0, 2, 5, -1 }.Select(padding =>
            new PlainOption("padding_idx", () => nn.Embedding(6, 3, padding_idx: padding, dtype: float64), Symbols)),
        new("padding_idx", () => Changed(nn.Embedding(6, 3, padding_idx: 2, dtype: float64), embedding => embedding.weight!.detach().fill_(0.5)),
            Symbols)
        {
            Refusal = "row 2 of its weight, its padding_idx, is not 0",
        },
        new("max_norm", () => nn.Embedding(6, 3, max_norm: 1e6, dtype: float64), Symbols) { Refusal = "max_norm" },
        new("max_norm, norm_type", () => nn.Embedding(6, 3, max_norm: 0.1, norm_type: 1, dtype: float64), Symbols) { Refusal = "max_norm" },
        new("scale_grad_by_freq", () => nn.Embedding(6, 3, scale_grad_by_freq: true, dtype: float64), Symbols) { Refusal = "scale_grad_by_freq" },
        new("scale_grad_by_freq, padding_idx", () =>
            nn.Embedding(6, 3, padding_idx: 0, scale_grad_by_freq: true, dtype: float64), Symbols) { Refusal = "scale_grad_by_freq" },
        new("sparse", () => nn.Embedding(6, 3, sparse: true, dtype: float64), Symbols) { Refusal = "sparse gradients" },
        new("sparse, scale_grad_by_freq", () => nn.Embedding(6, 3, sparse: true, scale_grad_by_freq: true, dtype: float64),
            Symbols) { Refusal = "scale_grad_by_freq" },
        new("embeddings, freeze", () => Mended(nn.Embedding_from_pretrained(randn(6, 3, float64), freeze: false, dtype: float64)), Symbols),
        new("embeddings, freeze", () => nn.Embedding_from_pretrained(randn(6, 3, float64), freeze: true, dtype: float64),
            Symbols) { StaysPlain = true },
        new("requires_grad", () => Frozen(nn.Embedding(6, 3, padding_idx: 1, max_norm: 0.2, dtype: float64)), Symbols) { StaysPlain = true },

        // Transformers
        new("d_model, nhead, dim_feedforward", () => Double(nn.TransformerEncoderLayer(6, 3, 8)), Steps),
        new("nhead", () => Double(nn.TransformerEncoderLayer(6, 1, 8)), Steps),
        new("nhead", () => Double(nn.TransformerEncoderLayer(6, 6, 8)), Steps),
        new("dropout, activation", () => Double(nn.TransformerEncoderLayer(6, 2, 8, 0.3, nn.Activations.GELU)), Steps),
        new("dropout", () => Double(nn.TransformerEncoderLayer(6, 2, 8, 1)), Steps) { Refusal = "its dropout is 1" },
        .. new Func<BayesianModule>[]
        {
            () => new BayesianTransformerEncoderLayer(6, 3, 8, normFirst: true, dtype: float64),
            () => new BayesianTransformerEncoderLayer(6, 2, 8, hasBias: false, activation: nn.Activations.GELU, dtype: float64),
            () => new BayesianTransformerEncoderLayer(6, 2, 8, isCausal: true, sequenceFirst: true, dtype: float64),
            () => new BayesianMultiheadAttention(6, 2, isCausal: true, dtype: float64),
            () => new BayesianMultiheadAttention(6, 3, dropout: 0.2, hasBias: false, sequenceFirst: true, dtype: float64),
            () => new BayesianPositionalEmbedding(7, 6, dtype: float64),
        }.Select(make => new PlainOption("", () => make().ToDeterministic(), Steps)),

        // Sequential
        new("modules", () => nn.Sequential(("a", nn.Linear(3, 4, dtype: float64)), ("b", nn.Tanh())), Rows),
        new("modules", () => nn.Sequential(nn.Linear(3, 4, dtype: float64), nn.Tanh()), Rows),
        new("hooks", () => Changed(nn.Sequential(nn.Linear(3, 4, dtype: float64)), sequence =>
            sequence.register_forward_hook((_, _, output) => output * 2)), Rows)
        {
            Refusal = "forward hook",
        },
    ];

    /// <summary>Dropout in evaluation mode, as <c>MonteCarloDropoutOnly</c> converts it.</summary>
    public static PlainOption[] Dropouts { get; } =
    [
        new("p", () => nn.Dropout(0.3), Rows),
        new("p", () => nn.Dropout(0), Rows),
        new("p", () => nn.Dropout(1), Rows) { Refusal = "its probability p is 1" },
        new("inplace", () => nn.Dropout(0.3, inplace: true), Rows),
        new("p", () => nn.Dropout1d(0.3), Lines),
        new("inplace", () => nn.Dropout1d(0.3, inplace: true), Lines),
        new("p", () => nn.Dropout2d(0.3), Images),
        new("inplace", () => nn.Dropout2d(0.3, inplace: true), Images),
        new("p", () => nn.Dropout3d(0.3), Volumes),
        new("inplace", () => nn.Dropout3d(0.3, inplace: true), Volumes),
        new("hooks", () => Changed(nn.Dropout(0.3), dropout => dropout.register_forward_hook((_, _, output) => output * 2)),
            Rows) { Refusal = "forward hook" },
        new("p", () => nn.AlphaDropout(0.3), Rows) { Refusal = "keeps mean and variance of its inputs by another rule" },
        new("p", () => nn.FeatureAlphaDropout(0.3), Images) { Refusal = "keeps mean and variance of its inputs by another rule" },
    ];

    private static PaddingModes[] Modes => Enum.GetValues<PaddingModes>();

    private static TransformerEncoderLayer Double(TransformerEncoderLayer layer) => (TransformerEncoderLayer)layer.to(float64);

    private static T Changed<T>(T module, Action<T> change)
    {
        using var _ = no_grad();
        change(module);
        return module;
    }

    /// <summary>TorchSharp lists a weight in this module that is not the one it uses.</summary>
    private static Embedding Mended(Embedding pretrained) => Changed(pretrained, embedding => embedding.weight = embedding.weight!);

    private static T Frozen<T>(T module) where T : nn.Module => Changed(module, each =>
    {
        foreach (var parameter in each.parameters())
            parameter.requires_grad = false;
    });
}
