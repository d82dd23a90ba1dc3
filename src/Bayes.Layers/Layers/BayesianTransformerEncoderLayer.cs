using Bayes.Layers.Estimators;
using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// A layer of a transformer's encoder (Vaswani et al. 2017, "Attention Is All You Need", §3.1): self-attention and a feed-forward network, each with
/// a residual connection and a normalization, <c>[B, T, size]</c> → <c>[B, T, size]</c>. All its weights are distributions, but those of the two
/// <c>nn.LayerNorm</c>, which stay plain. With the posterior's mean or the weights of one draw it computes what PyTorch's
/// <c>nn.TransformerEncoderLayer</c> does.
/// </summary>
/// <remarks>
/// The children have PyTorch's names: <c>self_attn</c>, <c>linear1</c>, <c>dropout</c>, <c>linear2</c>, <c>norm1</c> and <c>norm2</c>. The batch
/// comes first, as everywhere in this library, unless <see cref="SequenceFirst"/>. Put several in a <see cref="BayesianSequential"/> for an encoder
/// without masks; with masks, call <see cref="Attend"/> of one after the other in a module of your own.
/// </remarks>
public sealed class BayesianTransformerEncoderLayer : BayesianModule, ISequenceFirst
{
    internal const string AttentionKey = "self_attn", InnerKey = "linear1", DropoutKey = "dropout", OuterKey = "linear2", FirstNormKey = "norm1",
        SecondNormKey = "norm2";

    // Not fields of modules, which TorchSharp would also register under the fields' names.
    private readonly EncoderParts _parts;

    /// <summary>Creates a layer over vectors of <paramref name="embeddingSize"/> features.</summary>
    /// <param name="embeddingSize">Number of features of inputs and outputs; a multiple of the number of heads.</param>
    /// <param name="heads">Number of heads of the attention; at least 1.</param>
    /// <param name="feedForwardSize">Number of hidden units of the feed-forward network; at least 1.</param>
    /// <param name="dropout">The probability of dropout in training mode, as <c>nn.Dropout</c>; at least 0 and below 1.</param>
    /// <param name="activation">The activation of the hidden units.</param>
    /// <param name="normFirst">
    /// Whether the normalizations come before the attention and the feed-forward network, which needs no warm-up (Xiong et al. 2020, "On Layer
    /// Normalization in the Transformer Architecture"), rather than after the residual connections.
    /// </param>
    /// <param name="hasBias">Whether biases are added, in the normalizations too.</param>
    /// <param name="isCausal">Whether step t attends only to the steps 0 to t, in every pass.</param>
    /// <param name="sequenceFirst">
    /// Whether inputs and outputs are <c>[T, B, size]</c>, as in TorchSharp's module, so that a converted network computes what the plain one did.
    /// Such a module cannot predict by itself, because a prediction passes rows, axis 0, in blocks.
    /// </param>
    /// <param name="prior">The prior of weights and biases; N(0, 1) by default.</param>
    /// <param name="biasPrior">The prior of the biases, if it is not that of the weights.</param>
    /// <param name="initializer">
    /// How the posteriors start; <see cref="FanInInitializer"/> of gain 1 by default: mu ~ N(0, 1 / fan-in), sigma a tenth of that spread.
    /// </param>
    /// <param name="device">The device of the parameters; torch's default device by default.</param>
    /// <param name="dtype">The element type of the parameters; torch's default type by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    /// <exception cref="ArgumentException">
    /// The size is not a multiple of the number of heads, the device is not available, or the type is not floating-point.
    /// </exception>
    public BayesianTransformerEncoderLayer(
        long embeddingSize, long heads, long feedForwardSize = 2048, double dropout = 0.1, nn.Activations activation = nn.Activations.ReLU,
        bool normFirst = false, bool hasBias = true, bool isCausal = false, bool sequenceFirst = false, Prior? prior = null, Prior? biasPrior = null,
        PosteriorInitializer? initializer = null, Device? device = null, ScalarType? dtype = null)
        : base(nameof(BayesianTransformerEncoderLayer))
    {
        Settings = new EncoderSettings(RequireKnown(activation), normFirst, sequenceFirst);
        BayesianMultiheadAttention.RequireDropout(dropout);
        Require.Positive(feedForwardSize);
        try
        {
            // Inside, the batch comes first.
            _parts = new EncoderParts(
                Child(AttentionKey, new BayesianMultiheadAttention(
                    embeddingSize, heads, dropout, hasBias, isCausal: isCausal, prior: prior, biasPrior: biasPrior, initializer: initializer,
                    device: device, dtype: dtype)),
                Child(InnerKey, new BayesianLinear(embeddingSize, feedForwardSize, hasBias, prior, biasPrior, initializer, device, dtype)),
                Child(DropoutKey, nn.Dropout(dropout)),
                Child(OuterKey, new BayesianLinear(feedForwardSize, embeddingSize, hasBias, prior, biasPrior, initializer, device, dtype)),
                Child(FirstNormKey, nn.LayerNorm(embeddingSize, bias: hasBias, device: device, dtype: dtype)),
                Child(SecondNormKey, nn.LayerNorm(embeddingSize, bias: hasBias, device: device, dtype: dtype)));
        }
        catch
        {
            // Frees the layers that were made.
            Dispose();
            throw;
        }
    }

    /// <summary>Creates a layer of given parts, which it then owns.</summary>
    /// <exception cref="ArgumentException">The sizes of the parts do not fit each other.</exception>
    internal BayesianTransformerEncoderLayer(EncoderSettings settings, EncoderParts parts) : base(nameof(BayesianTransformerEncoderLayer))
    {
        Settings = settings;
        long size = parts.Attention.EmbeddingSize;
        if (parts.Inner.InputSize != size || parts.Outer.InputSize != parts.Inner.OutputSize || parts.Outer.OutputSize != size
            || !parts.FirstNorm.normalized_shape.AsSpan().SequenceEqual([size])
            || !parts.SecondNorm.normalized_shape.AsSpan().SequenceEqual([size]))
            throw new ArgumentException($"The sizes of the parts do not fit an attention over {size} features.", nameof(parts));
        if (parts.Attention.SequenceFirst)
            throw new ArgumentException("The attention takes the sequence first; expected the batch first, as inside a layer.", nameof(parts));
        _parts = parts;
        Child(AttentionKey, parts.Attention);
        Child(InnerKey, parts.Inner);
        Child(DropoutKey, parts.Dropout);
        Child(OuterKey, parts.Outer);
        Child(FirstNormKey, parts.FirstNorm);
        Child(SecondNormKey, parts.SecondNorm);
    }

    /// <summary>Gets the number of features of inputs and outputs.</summary>
    public long EmbeddingSize => Attention.EmbeddingSize;

    /// <summary>Gets the number of heads of the attention.</summary>
    public long Heads => Attention.Heads;

    /// <summary>Gets the number of hidden units of the feed-forward network.</summary>
    public long FeedForwardSize => Inner.OutputSize;

    /// <summary>Gets the probability of dropout in training mode.</summary>
    public double Dropout => Dropping.p;

    /// <summary>Gets the activation of the hidden units.</summary>
    public nn.Activations Activation => Settings.Activation;

    /// <summary>Gets whether the normalizations come before the attention and the feed-forward network.</summary>
    public bool NormFirst => Settings.NormFirst;

    /// <summary>Gets whether biases are added.</summary>
    public bool HasBias => Attention.HasBias;

    /// <summary>Gets whether step t attends only to the steps 0 to t, in every pass.</summary>
    public bool IsCausal => Attention.IsCausal;

    /// <summary>Gets whether inputs and outputs are <c>[T, B, size]</c> rather than <c>[B, T, size]</c>.</summary>
    public bool SequenceFirst => Settings.SequenceFirst;

    internal EncoderSettings Settings { get; }

    internal BayesianMultiheadAttention Attention => _parts.Attention;

    internal Dropout Dropping => _parts.Dropout;

    internal BayesianLinear Inner => _parts.Inner;

    internal BayesianLinear Outer => _parts.Outer;

    internal LayerNorm FirstNorm => _parts.FirstNorm;

    internal LayerNorm SecondNorm => _parts.SecondNorm;

    /// <summary>Runs the layer without masks.</summary>
    /// <inheritdoc/>
    public override Tensor Propagate(Tensor input, Pass pass) => Attend(input, pass);

    /// <summary>Runs the layer with masks; for use in <see cref="BayesianModule.Propagate"/>.</summary>
    /// <param name="input"><c>[1|S, B, T, size]</c>; with <see cref="SequenceFirst"/> <c>[1|S, T, B, size]</c>.</param>
    /// <param name="pass">The pass.</param>
    /// <param name="masks">What steps must not attend to; nothing by default.</param>
    /// <returns>The shape of the input, with S draws. It belongs to the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">A tensor does not fit.</exception>
    public Tensor Attend(Tensor input, Pass pass, AttentionMasks masks = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(pass);
        CheckInput(input);
        using var scope = NewDisposeScope();
        // Normalizations of the last axis and dropout need not know of the axis of draws.
        var value = SequenceFirst ? input.transpose(1, 2) : input;
        if (NormFirst)
        {
            value = value.add(Attended(FirstNorm.call(value)), Scalars.One);
            value = value.add(FedForward(SecondNorm.call(value)), Scalars.One);
        }
        else
        {
            value = FirstNorm.call(value.add(Attended(value), Scalars.One));
            value = SecondNorm.call(value.add(FedForward(value), Scalars.One));
        }
        return (SequenceFirst ? value.transpose(1, 2) : value).AsContiguous().MoveToOuterDisposeScope();

        Tensor Attended(Tensor steps) => Dropped(Attention.Attend(steps, steps, steps, pass, masks));

        Tensor FedForward(Tensor steps) => Dropped(Outer.PropagateInAnyLayout(
            Dropped(Settings.Activate(Inner.PropagateInAnyLayout(steps, pass))), pass));

        Tensor Dropped(Tensor steps) => Dropping.training && Dropping.p > 0 ? Dropping.call(steps) : steps;
    }

    /// <summary>Runs the passes of <paramref name="estimator"/> with masks.</summary>
    /// <param name="input"><c>[B, T, size]</c>, or <c>[T, B, size]</c> with <see cref="SequenceFirst"/>.</param>
    /// <param name="estimator">How to integrate over the posterior, with how many draws, and from which noise.</param>
    /// <param name="masks">What steps must not attend to.</param>
    /// <returns>The shape of the input with the axis of draws in front; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">The input or a mask does not fit.</exception>
    public Tensor Sample(Tensor input, Estimator estimator, AttentionMasks masks)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(estimator);
        RequireBatch(input);
        using var scope = NewDisposeScope();
        using var pass = NewPass(input, estimator);
        return PassRun.Of(this, (values, run) => Attend(values[0], run, masks), input, pass).AsContiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Determines whether the input is a single sequence <c>[T, size]</c>, as in PyTorch.</summary>
    /// <inheritdoc/>
    protected internal override bool IsSingleExample(ReadOnlySpan<long> shape) => shape.Length == 2 && !SequenceFirst;

    /// <inheritdoc/>
    protected internal override string Describe() =>
        $"d_model={EmbeddingSize}, nhead={Heads}, dim_feedforward={FeedForwardSize}, {Settings}, causal={IsCausal}, bias={HasBias}";

    private TModule Child<TModule>(string name, TModule child) where TModule : nn.Module
    {
        register_module(name, child);
        return child;
    }

    private static nn.Activations RequireKnown(nn.Activations activation) => Enum.IsDefined(activation)
        ? activation
        : throw new ArgumentOutOfRangeException(nameof(activation), activation, $"activation is {(int)activation}; expected ReLU or GELU.");

    private void CheckInput(Tensor input)
    {
        long[] shape = input.shape;
        if (shape.Length != 4 || shape[1] == 0 || shape[2] == 0 || shape[3] != EmbeddingSize)
            throw new ArgumentException(
                $"The input has shape {Shapes.Describe(shape.AsSpan(Math.Min(1, shape.Length)))}; expected "
                + $"[{(SequenceFirst ? "steps, batch" : "batch, steps")}, {EmbeddingSize}] with at least one step.", nameof(input));
        // A normalization that comes first would fail in the native library.
        var weight = Inner.weight_mu;
        if (input.dtype != weight.dtype)
            throw new ArgumentException(
                $"The input is of type {input.dtype} and {GetName()}'s weights of {weight.dtype}; convert one with .to(...).", nameof(input));
        if (input.device_type != weight.device_type || input.device_index != weight.device_index)
            throw new ArgumentException(
                $"The input is on {input.device} and {GetName()}'s weights on {weight.device}; move one with .to(...).", nameof(input));
    }
}
