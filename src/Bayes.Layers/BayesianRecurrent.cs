using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// Layers that pass over a sequence step by step, with weights that are distributions: <c>[B, T, in]</c> → <c>[B, T, hidden]</c>, or
/// <c>[B, hidden]</c> where only the final state is wanted. A draw is one recurrent network: its weights are drawn once for a pass, and
/// all steps of all sequences meet the same ones; the KL divergence counts each weight once (Fortunato, Blundell &amp; Vinyals
/// 2017, "Bayesian Recurrent Neural Networks").
/// </summary>
/// <remarks>
/// The batch comes first, as everywhere in this library; steps first, PyTorch's default, are <c>x.transpose(0, 1)</c>. A single sequence
/// <c>[T, in]</c> needs no axis of the batch. The first state is zero. Sequences of a batch have one length.
/// <para>Each weight is that of a <see cref="BayesianLinear"/>, in the shape and with the order of gates of PyTorch's: <c>input_hidden_k</c>
/// of layer k = 0, 1, … is <c>weight_ih_lk</c> and <c>bias_ih_lk</c>, <c>hidden_hidden_k</c> is <c>weight_hh_lk</c> and <c>bias_hh_lk</c>,
/// each with <c>_reverse</c> for the way back; so <c>weight_ih_l0</c> is the mean <c>input_hidden_0.weight_mu</c>.</para>
/// <para>For dropout between layers stand them in a <see cref="BayesianSequential"/> with <see cref="MonteCarloDropout"/> between.</para>
/// </remarks>
public abstract class BayesianRecurrent : BayesianModule
{
    private readonly Direction[][] _layers;

    /// <summary>Recurrent layers whose weights have <paramref name="gates"/> blocks of <paramref name="hiddenSize"/> rows.</summary>
    private protected BayesianRecurrent(
        string name, int gates, long inputSize, long hiddenSize, int layers, bool hasBias, bool bidirectional, bool returnsSequence,
        Prior? prior, Prior? biasPrior, PosteriorInitializer? initializer, Device? device, ScalarType? dtype)
        : base(name)
    {
        InputSize = Require.Positive(inputSize);
        HiddenSize = Require.Between(hiddenSize, 1, int.MaxValue);
        Layers = (int)Require.Positive(layers);
        HasBias = hasBias;
        IsBidirectional = bidirectional;
        ReturnsSequence = returnsSequence;
        _layers = new Direction[layers][];
        try
        {
            for (int layer = 0; layer < layers; layer++)
                _layers[layer] = Directions(layer, features: layer == 0 ? inputSize : OutputSize);
        }
        catch
        {
            // The layers that were made.
            Dispose();
            throw;
        }

        Direction[] Directions(int layer, long features)
        {
            return bidirectional ? [Forwards(), Backwards()] : [Forwards()];

            Direction Forwards() => new(Child($"input_hidden_{layer}", features), Child($"hidden_hidden_{layer}", hiddenSize), IsReverse: false);

            Direction Backwards() =>
                new(Child($"input_hidden_{layer}_reverse", features), Child($"hidden_hidden_{layer}_reverse", hiddenSize), IsReverse: true);
        }

        BayesianLinear Child(string key, long features)
        {
            var linear = new BayesianLinear(features, gates * hiddenSize, hasBias, prior, biasPrior, initializer, device, dtype);
            register_module(key, linear);
            return linear;
        }
    }

    /// <summary>Features in.</summary>
    public long InputSize { get; }

    /// <summary>Features of a layer's state.</summary>
    public long HiddenSize { get; }

    /// <summary>Features out: <see cref="HiddenSize"/>, and twice that of a bidirectional layer.</summary>
    public long OutputSize => IsBidirectional ? 2 * HiddenSize : HiddenSize;

    /// <summary>How many layers there are, each of which passes over the outputs of the one before.</summary>
    public int Layers { get; }

    /// <summary>Whether biases are added, to the products with the input and with the state alike, as in PyTorch.</summary>
    public bool HasBias { get; }

    /// <summary>Whether each layer passes over the sequence a second time, from its end, with weights of its own.</summary>
    public bool IsBidirectional { get; }

    /// <summary>Whether the outputs of all steps are returned, or the final state alone.</summary>
    public bool ReturnsSequence { get; }

    /// <inheritdoc/>
    public sealed override Tensor Propagate(Tensor input, Pass pass)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(pass);
        CheckInput(input.shape.AsSpan(1));
        using var scope = NewDisposeScope();
        var value = input;
        for (int layer = 0; layer < Layers; layer++)
        {
            bool keepsSteps = ReturnsSequence || layer < Layers - 1;
            var outputs = Array.ConvertAll(_layers[layer], direction => Run(direction, value, pass, keepsSteps));
            if (layer > 0)
                value.Dispose();
            value = outputs is [var single] ? single : cat(outputs, -1);
        }
        return value.MoveToOuterDisposeScope();
    }

    /// <summary>One step of one layer.</summary>
    /// <param name="fromInput">W_ih x + b_ih of all gates, <c>[1|S, B, gates · hidden]</c>.</param>
    /// <param name="fromHidden">W_hh h + b_hh of all gates, of the same shape.</param>
    /// <param name="state">What the step before left.</param>
    private protected abstract RecurrentState Step(Tensor fromInput, Tensor fromHidden, RecurrentState state);

    /// <summary>As in PyTorch, <c>[T, in]</c> is one sequence.</summary>
    /// <inheritdoc/>
    protected internal sealed override bool IsSingleExample(ReadOnlySpan<long> shape) => shape.Length == 2;

    /// <inheritdoc/>
    protected internal sealed override string Describe() =>
        $"input_size={InputSize}, hidden_size={HiddenSize}, layers={Layers}, bias={HasBias}, bidirectional={IsBidirectional}, returns_sequence={ReturnsSequence}";

    private Tensor Run(Direction direction, Tensor input, Pass pass, bool keepsSteps)
    {
        using var scope = NewDisposeScope();
        // The input is known beforehand: its products of all steps are one. Not Propagate, which would integrate the weight out anew at each step.
        var fromInput = direction.InputHidden.Fix(pass)(input);
        var hiddenProduct = direction.HiddenHidden.Fix(pass);
        long batch = input.shape[1], steps = input.shape[2];
        // Unbound at once: the gradient of a step's own slice would be a whole sequence of zeros.
        var ofSteps = fromInput.unbind(2);
        var outputs = new Tensor[keepsSteps ? steps : 0];
        var state = new RecurrentState(zeros([1, batch, HiddenSize], fromInput.dtype, fromInput.device));
        for (long step = 0; step < steps; step++)
        {
            using var ofStep = NewDisposeScope();
            long place = direction.IsReverse ? steps - 1 - step : step;
            var next = Step(ofSteps[place], hiddenProduct(state.Hidden), state);
            next.Hidden.MoveToOuterDisposeScope();
            next.Cell?.MoveToOuterDisposeScope();
            if (keepsSteps)
                outputs[place] = next.Hidden;
            else
                state.Hidden.Dispose();
            state.Cell?.Dispose();
            state = next;
        }
        return (keepsSteps ? stack(outputs, 2) : state.Hidden).MoveToOuterDisposeScope();
    }

    private void CheckInput(ReadOnlySpan<long> shape)
    {
        if (shape.Length != 3 || shape[1] == 0 || shape[2] != InputSize)
            throw new ArgumentException(
                $"The input has shape {Shapes.Describe(shape)}; expected [batch, steps, {InputSize}] with at least one step.", "input");
    }

    /// <summary>The weights of one layer for one way over the sequence.</summary>
    private sealed record Direction(BayesianLinear InputHidden, BayesianLinear HiddenHidden, bool IsReverse);
}
