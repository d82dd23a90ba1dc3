using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Bayes.Layers;

/// <summary>
/// Provides the modules as functions, as <c>torch.nn</c> does for TorchSharp's. With <c>using static Bayes.Layers.BayesianModules</c> and
/// <c>using static TorchSharp.torch.nn</c>, a network reads <c>BayesianSequential(BayesianLinear(2, 16), Tanh(), BayesianLinear(16, 1))</c>. Each
/// function is the constructor of its name.
/// </summary>
public static class BayesianModules
{
    /// <inheritdoc cref="BayesianLinear.BayesianLinear(long, long, bool, Prior, Prior, PosteriorInitializer, Device, ScalarType?)"/>
    /// <returns>The module; the caller disposes it.</returns>
    public static BayesianLinear BayesianLinear(
        long inputSize, long outputSize, bool hasBias = true, Prior? prior = null, Prior? biasPrior = null, PosteriorInitializer? initializer = null,
        Device? device = null, ScalarType? dtype = null) =>
        new(inputSize, outputSize, hasBias, prior, biasPrior, initializer, device, dtype);

    /// <inheritdoc cref="BayesianConv1d.BayesianConv1d(long, long, long, long, long, long, long, bool, Prior, Prior, PosteriorInitializer, Device,
    /// ScalarType?, PaddingModes)"/>
    /// <returns>The module; the caller disposes it.</returns>
    public static BayesianConv1d BayesianConv1d(
        long inputChannels, long outputChannels, long kernelSize, long stride = 1, long padding = 0, long dilation = 1, long groups = 1,
        bool hasBias = true, Prior? prior = null, Prior? biasPrior = null, PosteriorInitializer? initializer = null, Device? device = null,
        ScalarType? dtype = null, PaddingModes paddingMode = PaddingModes.Zeros) =>
        new(inputChannels, outputChannels, kernelSize, stride, padding, dilation, groups, hasBias, prior, biasPrior, initializer, device, dtype,
            paddingMode);

    /// <inheritdoc cref="BayesianConv2d.BayesianConv2d(long, long, ValueTuple{long, long}, ValueTuple{long, long}?, ValueTuple{long, long}?,
    /// ValueTuple{long, long}?, long, bool, Prior, Prior, PosteriorInitializer, Device, ScalarType?, PaddingModes)"/>
    /// <returns>The module; the caller disposes it.</returns>
    public static BayesianConv2d BayesianConv2d(
        long inputChannels, long outputChannels, (long Height, long Width) kernelSize, (long Height, long Width)? stride = null,
        (long Height, long Width)? padding = null, (long Height, long Width)? dilation = null, long groups = 1, bool hasBias = true,
        Prior? prior = null, Prior? biasPrior = null, PosteriorInitializer? initializer = null, Device? device = null, ScalarType? dtype = null,
            PaddingModes paddingMode = PaddingModes.Zeros) =>
        new(inputChannels, outputChannels, kernelSize, stride, padding, dilation, groups, hasBias, prior, biasPrior, initializer, device, dtype,
            paddingMode);

    /// <inheritdoc cref="BayesianConv2d.BayesianConv2d(long, long, long, long, long, long, long, bool, Prior, Prior, PosteriorInitializer, Device,
    /// ScalarType?, PaddingModes)"/>
    /// <returns>The module; the caller disposes it.</returns>
    public static BayesianConv2d BayesianConv2d(
        long inputChannels, long outputChannels, long kernelSize, long stride = 1, long padding = 0, long dilation = 1, long groups = 1,
        bool hasBias = true, Prior? prior = null, Prior? biasPrior = null, PosteriorInitializer? initializer = null, Device? device = null,
        ScalarType? dtype = null, PaddingModes paddingMode = PaddingModes.Zeros) =>
        new(inputChannels, outputChannels, kernelSize, stride, padding, dilation, groups, hasBias, prior, biasPrior, initializer, device, dtype,
            paddingMode);

    /// <inheritdoc cref="BayesianConv3d.BayesianConv3d(long, long, ValueTuple{long, long, long}, ValueTuple{long, long, long}?, ValueTuple{long,
    /// long, long}?, ValueTuple{long, long, long}?, long, bool, Prior, Prior, PosteriorInitializer, Device, ScalarType?, PaddingModes)"/>
    /// <returns>The module; the caller disposes it.</returns>
    public static BayesianConv3d BayesianConv3d(
        long inputChannels, long outputChannels, (long Depth, long Height, long Width) kernelSize,
        (long Depth, long Height, long Width)? stride = null, (long Depth, long Height, long Width)? padding = null,
        (long Depth, long Height, long Width)? dilation = null, long groups = 1, bool hasBias = true, Prior? prior = null, Prior? biasPrior = null,
        PosteriorInitializer? initializer = null, Device? device = null, ScalarType? dtype = null, PaddingModes paddingMode = PaddingModes.Zeros) =>
        new(inputChannels, outputChannels, kernelSize, stride, padding, dilation, groups, hasBias, prior, biasPrior, initializer, device, dtype,
            paddingMode);

    /// <inheritdoc cref="BayesianConv3d.BayesianConv3d(long, long, long, long, long, long, long, bool, Prior, Prior, PosteriorInitializer, Device,
    /// ScalarType?, PaddingModes)"/>
    /// <returns>The module; the caller disposes it.</returns>
    public static BayesianConv3d BayesianConv3d(
        long inputChannels, long outputChannels, long kernelSize, long stride = 1, long padding = 0, long dilation = 1, long groups = 1,
        bool hasBias = true, Prior? prior = null, Prior? biasPrior = null, PosteriorInitializer? initializer = null, Device? device = null,
        ScalarType? dtype = null, PaddingModes paddingMode = PaddingModes.Zeros) =>
        new(inputChannels, outputChannels, kernelSize, stride, padding, dilation, groups, hasBias, prior, biasPrior, initializer, device, dtype,
            paddingMode);

    /// <inheritdoc cref="BayesianConvTranspose1d.BayesianConvTranspose1d(long, long, long, long, long, long, long, long, bool, Prior, Prior,
    /// PosteriorInitializer, Device, ScalarType?)"/>
    /// <returns>The module; the caller disposes it.</returns>
    public static BayesianConvTranspose1d BayesianConvTranspose1d(
        long inputChannels, long outputChannels, long kernelSize, long stride = 1, long padding = 0, long outputPadding = 0, long dilation = 1,
        long groups = 1, bool hasBias = true, Prior? prior = null, Prior? biasPrior = null, PosteriorInitializer? initializer = null,
        Device? device = null, ScalarType? dtype = null) =>
        new(inputChannels, outputChannels, kernelSize, stride, padding, outputPadding, dilation, groups, hasBias, prior, biasPrior, initializer,
            device, dtype);

    /// <inheritdoc cref="BayesianConvTranspose2d.BayesianConvTranspose2d(long, long, ValueTuple{long, long}, ValueTuple{long, long}?,
    /// ValueTuple{long, long}?, ValueTuple{long, long}?, ValueTuple{long, long}?, long, bool, Prior, Prior, PosteriorInitializer, Device,
    /// ScalarType?)"/>
    /// <returns>The module; the caller disposes it.</returns>
    public static BayesianConvTranspose2d BayesianConvTranspose2d(
        long inputChannels, long outputChannels, (long Height, long Width) kernelSize, (long Height, long Width)? stride = null,
        (long Height, long Width)? padding = null, (long Height, long Width)? outputPadding = null, (long Height, long Width)? dilation = null,
        long groups = 1, bool hasBias = true, Prior? prior = null, Prior? biasPrior = null, PosteriorInitializer? initializer = null,
        Device? device = null, ScalarType? dtype = null) =>
        new(inputChannels, outputChannels, kernelSize, stride, padding, outputPadding, dilation, groups, hasBias, prior, biasPrior, initializer,
            device, dtype);

    /// <inheritdoc cref="BayesianConvTranspose2d.BayesianConvTranspose2d(long, long, long, long, long, long, long, long, bool, Prior, Prior,
    /// PosteriorInitializer, Device, ScalarType?)"/>
    /// <returns>The module; the caller disposes it.</returns>
    public static BayesianConvTranspose2d BayesianConvTranspose2d(
        long inputChannels, long outputChannels, long kernelSize, long stride = 1, long padding = 0, long outputPadding = 0, long dilation = 1,
        long groups = 1, bool hasBias = true, Prior? prior = null, Prior? biasPrior = null, PosteriorInitializer? initializer = null,
        Device? device = null, ScalarType? dtype = null) =>
        new(inputChannels, outputChannels, kernelSize, stride, padding, outputPadding, dilation, groups, hasBias, prior, biasPrior, initializer,
            device, dtype);

    /// <inheritdoc cref="BayesianConvTranspose3d.BayesianConvTranspose3d(long, long, ValueTuple{long, long, long}, ValueTuple{long, long, long}?,
    /// ValueTuple{long, long, long}?, ValueTuple{long, long, long}?, ValueTuple{long, long, long}?, long, bool, Prior, Prior, PosteriorInitializer,
    /// Device, ScalarType?)"/>
    /// <returns>The module; the caller disposes it.</returns>
    public static BayesianConvTranspose3d BayesianConvTranspose3d(
        long inputChannels, long outputChannels, (long Depth, long Height, long Width) kernelSize,
        (long Depth, long Height, long Width)? stride = null, (long Depth, long Height, long Width)? padding = null,
        (long Depth, long Height, long Width)? outputPadding = null, (long Depth, long Height, long Width)? dilation = null, long groups = 1,
        bool hasBias = true, Prior? prior = null, Prior? biasPrior = null, PosteriorInitializer? initializer = null, Device? device = null,
        ScalarType? dtype = null) =>
        new(inputChannels, outputChannels, kernelSize, stride, padding, outputPadding, dilation, groups, hasBias, prior, biasPrior, initializer,
            device, dtype);

    /// <inheritdoc cref="BayesianConvTranspose3d.BayesianConvTranspose3d(long, long, long, long, long, long, long, long, bool, Prior, Prior,
    /// PosteriorInitializer, Device, ScalarType?)"/>
    /// <returns>The module; the caller disposes it.</returns>
    public static BayesianConvTranspose3d BayesianConvTranspose3d(
        long inputChannels, long outputChannels, long kernelSize, long stride = 1, long padding = 0, long outputPadding = 0, long dilation = 1,
        long groups = 1, bool hasBias = true, Prior? prior = null, Prior? biasPrior = null, PosteriorInitializer? initializer = null,
        Device? device = null, ScalarType? dtype = null) =>
        new(inputChannels, outputChannels, kernelSize, stride, padding, outputPadding, dilation, groups, hasBias, prior, biasPrior, initializer,
            device, dtype);

    /// <inheritdoc cref="BayesianEmbedding.BayesianEmbedding(long, long, Prior, PosteriorInitializer, Device, ScalarType?, long?)"/>
    /// <returns>The module; the caller disposes it.</returns>
    public static BayesianEmbedding BayesianEmbedding(
        long count, long size, Prior? prior = null, PosteriorInitializer? initializer = null, Device? device = null, ScalarType? dtype = null,
        long? paddingIndex = null) =>
        new(count, size, prior, initializer, device, dtype, paddingIndex);

    /// <inheritdoc cref="BayesianLSTM.BayesianLSTM(long, long, int, bool, bool, bool, Prior, Prior, PosteriorInitializer, Device, ScalarType?)"/>
    /// <returns>The module; the caller disposes it.</returns>
    public static BayesianLSTM BayesianLSTM(
        long inputSize, long hiddenSize, int layers = 1, bool hasBias = true, bool bidirectional = false, bool returnsSequence = true,
        Prior? prior = null, Prior? biasPrior = null, PosteriorInitializer? initializer = null, Device? device = null, ScalarType? dtype = null) =>
        new(inputSize, hiddenSize, layers, hasBias, bidirectional, returnsSequence, prior, biasPrior, initializer, device, dtype);

    /// <inheritdoc cref="BayesianGRU.BayesianGRU(long, long, int, bool, bool, bool, Prior, Prior, PosteriorInitializer, Device, ScalarType?)"/>
    /// <returns>The module; the caller disposes it.</returns>
    public static BayesianGRU BayesianGRU(
        long inputSize, long hiddenSize, int layers = 1, bool hasBias = true, bool bidirectional = false, bool returnsSequence = true,
        Prior? prior = null, Prior? biasPrior = null, PosteriorInitializer? initializer = null, Device? device = null, ScalarType? dtype = null) =>
        new(inputSize, hiddenSize, layers, hasBias, bidirectional, returnsSequence, prior, biasPrior, initializer, device, dtype);

    /// <inheritdoc cref="BayesianMultiheadAttention.BayesianMultiheadAttention(long, long, double, bool, long?, long?, bool, bool, Prior, Prior,
    /// PosteriorInitializer, Device, ScalarType?)"/>
    /// <returns>The module; the caller disposes it.</returns>
    public static BayesianMultiheadAttention BayesianMultiheadAttention(
        long embeddingSize, long heads, double dropout = 0, bool hasBias = true, long? keySize = null, long? valueSize = null, bool isCausal = false,
        bool sequenceFirst = false, Prior? prior = null, Prior? biasPrior = null, PosteriorInitializer? initializer = null, Device? device = null,
        ScalarType? dtype = null) =>
        new(embeddingSize, heads, dropout, hasBias, keySize, valueSize, isCausal, sequenceFirst, prior, biasPrior, initializer, device, dtype);

    /// <inheritdoc cref="BayesianTransformerEncoderLayer.BayesianTransformerEncoderLayer(long, long, long, double, Activations, bool, bool, bool,
    /// bool, Prior, Prior, PosteriorInitializer, Device, ScalarType?)"/>
    /// <returns>The module; the caller disposes it.</returns>
    public static BayesianTransformerEncoderLayer BayesianTransformerEncoderLayer(
        long embeddingSize, long heads, long feedForwardSize = 2048, double dropout = 0.1, Activations activation = Activations.ReLU,
        bool normFirst = false, bool hasBias = true, bool isCausal = false, bool sequenceFirst = false, Prior? prior = null, Prior? biasPrior = null,
        PosteriorInitializer? initializer = null, Device? device = null, ScalarType? dtype = null) =>
        new(embeddingSize, heads, feedForwardSize, dropout, activation, normFirst, hasBias, isCausal, sequenceFirst, prior, biasPrior, initializer,
            device, dtype);

    /// <inheritdoc cref="BayesianPositionalEmbedding.BayesianPositionalEmbedding(long, long, Prior, PosteriorInitializer, Device, ScalarType?)"/>
    /// <returns>The module; the caller disposes it.</returns>
    public static BayesianPositionalEmbedding BayesianPositionalEmbedding(
        long maximumSteps, long size, Prior? prior = null, PosteriorInitializer? initializer = null, Device? device = null,
        ScalarType? dtype = null) =>
        new(maximumSteps, size, prior, initializer, device, dtype);

    /// <inheritdoc cref="MonteCarloDropout.MonteCarloDropout(double, int?)"/>
    /// <returns>The module; the caller disposes it.</returns>
    public static MonteCarloDropout MonteCarloDropout(double probability = 0.5, int? channelAxis = null) =>
        new(probability, channelAxis);

    /// <inheritdoc cref="BayesianResidual.BayesianResidual(Module{Tensor, Tensor}[])"/>
    /// <returns>The module; the caller disposes it.</returns>
    public static BayesianResidual BayesianResidual(params Module<Tensor, Tensor>[] modules) =>
        new(modules);

    /// <inheritdoc cref="BayesianSequential.BayesianSequential(ValueTuple{string, Module{Tensor, Tensor}}[])"/>
    /// <returns>The module; the caller disposes it.</returns>
    public static BayesianSequential BayesianSequential(params (string Name, Module<Tensor, Tensor> Module)[] modules) =>
        new(modules);

    /// <inheritdoc cref="BayesianSequential.BayesianSequential(Module{Tensor, Tensor}[])"/>
    /// <returns>The module; the caller disposes it.</returns>
    public static BayesianSequential BayesianSequential(params Module<Tensor, Tensor>[] modules) =>
        new(modules);

    /// <inheritdoc cref="BayesianSequential.BayesianSequential(IEnumerable{ValueTuple{string, Module{Tensor, Tensor}}})"/>
    /// <returns>The module; the caller disposes it.</returns>
    public static BayesianSequential BayesianSequential(params IEnumerable<(string Name, Module<Tensor, Tensor> Module)> modules) =>
        new(modules);

    /// <inheritdoc cref="BayesianSequential.BayesianSequential(IEnumerable{Module{Tensor, Tensor}})"/>
    /// <returns>The module; the caller disposes it.</returns>
    public static BayesianSequential BayesianSequential(params IEnumerable<Module<Tensor, Tensor>> modules) =>
        new(modules);
}
