using Bayes.Layers.Estimators;
using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// Attention of several heads (Vaswani et al. 2017, "Attention Is All You Need", §3.2.2) whose projections are distributions: self-attention of
/// <c>[B, T, size]</c> → <c>[B, T, size]</c>; <see cref="Attend"/> takes queries, keys, values and masks. With the posterior's mean or the weights
/// of one draw it computes what PyTorch's <c>nn.MultiheadAttention</c> does.
/// </summary>
/// <remarks>
/// The projections are the <see cref="BayesianLinear"/> children <c>q_proj</c>, <c>k_proj</c>, <c>v_proj</c> and <c>out_proj</c>. PyTorch's
/// <c>in_proj_weight</c> is the first three, one below the other. The batch comes first, as everywhere in this library, unless
/// <see cref="SequenceFirst"/>. A single sequence <c>[T, size]</c> needs no batch axis.
/// </remarks>
public sealed class BayesianMultiheadAttention : BayesianModule, ISequenceFirst
{
    internal const string QueryKey = "q_proj", KeyKey = "k_proj", ValueKey = "v_proj", OutputKey = "out_proj";

    // An array, because TorchSharp would also register a field of each child, under the field's name.
    private readonly BayesianLinear[] _projections;

    /// <summary>Creates attention of <paramref name="heads"/> heads over vectors of <paramref name="embeddingSize"/> features.</summary>
    /// <param name="embeddingSize">Number of features of a query and of an output; a multiple of the number of heads.</param>
    /// <param name="heads">Number of heads; at least 1.</param>
    /// <param name="dropout">The probability that a weight of the attention is dropped in training mode; at least 0 and below 1.</param>
    /// <param name="hasBias">Whether biases are added, which are distributions too.</param>
    /// <param name="keySize">Number of features of a key; that of a query by default.</param>
    /// <param name="valueSize">Number of features of a value; that of a query by default.</param>
    /// <param name="isCausal">Whether query t attends only to the keys 0 to t, in every pass.</param>
    /// <param name="sequenceFirst">
    /// Whether inputs and outputs are <c>[T, B, size]</c>, as in TorchSharp's modules, so that a converted network computes what the plain one did.
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
    public BayesianMultiheadAttention(
        long embeddingSize, long heads, double dropout = 0, bool hasBias = true, long? keySize = null, long? valueSize = null, bool isCausal = false,
        bool sequenceFirst = false, Prior? prior = null, Prior? biasPrior = null, PosteriorInitializer? initializer = null, Device? device = null,
        ScalarType? dtype = null)
        : this(
            new AttentionSettings(Require.Positive(heads), RequireDropout(dropout), isCausal, sequenceFirst),
            (name, sizes) => new BayesianLinear(
                sizes.Input, sizes.Output, hasBias, prior, biasPrior, initializer, device, dtype),
            RequireHeads(embeddingSize, heads), Require.Positive(keySize ?? embeddingSize, nameof(keySize)),
            Require.Positive(valueSize ?? embeddingSize, nameof(valueSize)))
    {
    }

    /// <summary>Creates attention of given projections, which the module then owns.</summary>
    /// <exception cref="ArgumentException">The sizes of the projections do not fit each other.</exception>
    internal BayesianMultiheadAttention(
        AttentionSettings settings, BayesianLinear query, BayesianLinear key, BayesianLinear value, BayesianLinear output)
        : this(
            settings, (name, _) => name switch { QueryKey => query, KeyKey => key, ValueKey => value, _ => output },
            RequireHeads(query.OutputSize, settings.Heads), key.InputSize, value.InputSize)
    {
        (BayesianLinear Layer, long Input)[] expected =
            [(query, EmbeddingSize), (key, KeySize), (value, ValueSize), (output, EmbeddingSize)];
        foreach (var (layer, input) in expected)
            if (layer.InputSize != input || layer.OutputSize != EmbeddingSize || layer.HasBias != HasBias)
                throw new ArgumentException(
                    $"A projection is {layer}; expected {input} to {EmbeddingSize} features, {(HasBias ? "with" : "without")} a bias.");
    }

    private BayesianMultiheadAttention(
        AttentionSettings settings, Func<string, (long Input, long Output), BayesianLinear> make, long size, long keySize, long valueSize)
        : base(nameof(BayesianMultiheadAttention))
    {
        Settings = settings;
        EmbeddingSize = size;
        KeySize = keySize;
        ValueSize = valueSize;
        try
        {
            _projections = [Child(QueryKey, size), Child(KeyKey, keySize), Child(ValueKey, valueSize), Child(OutputKey, size)];
        }
        catch
        {
            // Frees the layers that were made.
            Dispose();
            throw;
        }

        BayesianLinear Child(string name, long input)
        {
            var linear = make(name, (input, size));
            register_module(name, linear);
            return linear;
        }
    }

    /// <summary>Gets the number of features of a query and of an output.</summary>
    public long EmbeddingSize { get; }

    /// <summary>Gets the number of features of a key.</summary>
    public long KeySize { get; }

    /// <summary>Gets the number of features of a value.</summary>
    public long ValueSize { get; }

    /// <summary>Gets the number of heads.</summary>
    public long Heads => Settings.Heads;

    /// <summary>Gets the probability that a weight of the attention is dropped in training mode.</summary>
    public double Dropout => Settings.Dropout;

    /// <summary>Gets whether biases are added.</summary>
    public bool HasBias => Query.HasBias;

    /// <summary>Gets whether query t attends only to the keys 0 to t, in every pass.</summary>
    public bool IsCausal => Settings.IsCausal;

    /// <summary>Gets whether inputs and outputs are <c>[T, B, size]</c> rather than <c>[B, T, size]</c>.</summary>
    public bool SequenceFirst => Settings.SequenceFirst;

    internal AttentionSettings Settings { get; }

    internal BayesianLinear Query => _projections[0];

    internal BayesianLinear Key => _projections[1];

    internal BayesianLinear Value => _projections[2];

    internal BayesianLinear Output => _projections[3];

    /// <summary>Computes self-attention without masks.</summary>
    /// <inheritdoc/>
    public override Tensor Propagate(Tensor input, Pass pass)
    {
        using var scope = NewDisposeScope();
        return PropagateInAnyLayout(input, pass).AsContiguous().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override Tensor PropagateInAnyLayout(Tensor input, Pass pass) => Attend(input, input, input, pass);

    /// <summary>
    /// Computes the attention of queries to keys and their values; for use in <see cref="BayesianModule.Propagate"/>. Self-attention takes the same
    /// tensor three times.
    /// </summary>
    /// <param name="query"><c>[1|S, B, T, size]</c>; with <see cref="SequenceFirst"/> <c>[1|S, T, B, size]</c>, and likewise the others.</param>
    /// <param name="key"><c>[1|S, B, U, keySize]</c>.</param>
    /// <param name="value"><c>[1|S, B, U, valueSize]</c>.</param>
    /// <param name="pass">The pass.</param>
    /// <param name="masks">What queries must not attend to; nothing by default.</param>
    /// <returns><c>[1|S, B, T, size]</c>. It belongs to the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">A tensor does not fit.</exception>
    public Tensor Attend(Tensor query, Tensor key, Tensor value, Pass pass, AttentionMasks masks = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(pass);
        using var scope = NewDisposeScope();
        if (SequenceFirst)
            (query, key, value) = (BatchFirst(query), BatchFirst(key), BatchFirst(value));
        CheckInputs(query.shape, key.shape, value.shape);
        Tensor q = Query.PropagateInAnyLayout(query, pass), k = Key.PropagateInAnyLayout(key, pass), v = Value.PropagateInAnyLayout(value, pass);
        var sizes = new AttentionSizes(
            Math.Max(q.shape[0], Math.Max(k.shape[0], v.shape[0])), query.shape[1], Heads, query.shape[2], key.shape[2]);
        masks = masks with { IsCausal = masks.IsCausal || IsCausal };
        var mask = masks.Combine(sizes, q.dtype, q.device);
        var mixed = DotProductAttention.Of(
            Folded(q), Folded(k), Folded(v), Heads, mask, masks.IsCausal && mask is null, training ? Dropout : 0);
        var output = Output.PropagateInAnyLayout(mixed.unflatten(0, sizes.Draws, sizes.Batch), pass);
        return (SequenceFirst ? output.transpose(1, 2) : output).MoveToOuterDisposeScope();

        // The draws as further rows: [1|S, B, T, size] → [S·B, T, size].
        Tensor Folded(Tensor projected) => (projected.shape[0] == sizes.Draws ? projected
            : projected.expand([sizes.Draws, .. projected.shape[1..]])).flatten(0, 1);
    }

    /// <summary>Runs the passes of <paramref name="estimator"/> over self-attention with masks.</summary>
    /// <param name="input"><c>[B, T, size]</c>, or <c>[T, B, size]</c> with <see cref="SequenceFirst"/>.</param>
    /// <param name="estimator">How to integrate over the posterior, with how many draws, and from which noise.</param>
    /// <param name="masks">What queries must not attend to.</param>
    /// <returns><c>[S, B, T, size]</c>; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">The input or a mask does not fit.</exception>
    public Tensor Sample(Tensor input, Estimator estimator, AttentionMasks masks)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(estimator);
        RequireBatch(input);
        using var scope = NewDisposeScope();
        using var pass = NewPass(input, estimator);
        return PassRun.Of(this, (values, run) => Attend(values[0], values[0], values[0], run, masks), input, pass).AsContiguous()
            .MoveToOuterDisposeScope();
    }

    /// <summary>Determines whether the input is a single sequence <c>[T, size]</c>, as in PyTorch.</summary>
    /// <inheritdoc/>
    protected internal override bool IsSingleExample(ReadOnlySpan<long> shape) => shape.Length == 2 && !SequenceFirst;

    /// <inheritdoc/>
    protected internal override string Describe() =>
        $"embed_dim={EmbeddingSize}, {Settings}, bias={HasBias}"
        + (KeySize == EmbeddingSize && ValueSize == EmbeddingSize ? "" : $", kdim={KeySize}, vdim={ValueSize}");

    /// <summary>Refuses a probability of dropout outside its range.</summary>
    internal static double RequireDropout(double dropout) => dropout is >= 0 and < 1
        ? dropout
        : throw new ArgumentOutOfRangeException(nameof(dropout), dropout, $"dropout is {dropout}; expected a number of at least 0 and below 1.");

    private static long RequireHeads(long embeddingSize, long heads) => Require.Positive(embeddingSize) % Require.Positive(heads) == 0
        ? embeddingSize
        : throw new ArgumentException($"embeddingSize is {embeddingSize}; expected a multiple of the {heads} heads.", nameof(embeddingSize));

    private static Tensor BatchFirst(Tensor value) => value.ndim == 4 ? value.transpose(1, 2) : value;

    private void CheckInputs(ReadOnlySpan<long> query, ReadOnlySpan<long> key, ReadOnlySpan<long> value)
    {
        Check(nameof(query), query, EmbeddingSize);
        Check(nameof(key), key, KeySize);
        Check(nameof(value), value, ValueSize);
        if (key[1] != query[1] || value[1] != query[1] || key[2] != value[2])
            throw new ArgumentException(
                $"The query has {query[1]} rows, the key {key[1]} with {key[2]} steps, and the value {value[1]} with {value[2]}; expected the same "
                + "rows, and as many keys as values.", nameof(key));
    }

    private void Check(string name, ReadOnlySpan<long> shape, long features)
    {
        if (shape.Length == 4 && shape[1] > 0 && shape[2] > 0 && shape[3] == features)
            return;
        long[] found = [.. shape[Math.Min(1, shape.Length)..]];
        if (SequenceFirst && found.Length == 3)
            (found[0], found[1]) = (found[1], found[0]);
        throw new ArgumentException(
            $"The {name} has shape {Shapes.Describe(found)}; expected [{(SequenceFirst ? "steps, batch" : "batch, steps")}, {features}] with at "
            + "least one step.", name);
    }
}
