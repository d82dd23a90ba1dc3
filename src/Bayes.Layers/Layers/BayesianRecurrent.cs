using Bayes.Layers.Estimators;
using Bayes.Layers.Maps;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// Layers that run over a sequence step by step, with weights that are distributions: <c>[B, T, in]</c> → <c>[B, T, hidden]</c>, or
/// <c>[B, hidden]</c> if only the final state is returned. A draw is one recurrent network: a pass draws its weights once, and uses them for all
/// steps of all sequences. The KL divergence counts each weight once (Fortunato, Blundell &amp; Vinyals 2017, "Bayesian Recurrent Neural Networks").
/// </summary>
/// <remarks>
/// The batch comes first, as everywhere in this library; for PyTorch's default, steps first, use <c>x.transpose(0, 1)</c>. A single sequence
/// <c>[T, in]</c> needs no batch axis. The first state is zero, and the sequences of a batch have one length, unless a call of
/// <see cref="Sample(Tensor, Estimator, Tensor, RecurrentState?)"/> or <see cref="Propagate(Tensor, Pass, Tensor, RecurrentState?)"/> says
/// otherwise.
/// <para>Each weight is that of a <see cref="BayesianLinear"/>, with the shape and the order of gates of PyTorch. For layer k = 0, 1, …,
/// <c>input_hidden_k</c> is <c>weight_ih_lk</c> and <c>bias_ih_lk</c>, and <c>hidden_hidden_k</c> is <c>weight_hh_lk</c> and <c>bias_hh_lk</c>, each
/// with <c>_reverse</c> for the backward direction. So <c>weight_ih_l0</c> is the mean <c>input_hidden_0.weight_mu</c>.</para>
/// <para>For dropout between layers, put single layers in a <see cref="BayesianSequential"/> with a <see cref="MonteCarloDropout"/> between
/// them.</para>
/// </remarks>
public abstract class BayesianRecurrent : BayesianModule
{
    private readonly Direction[][] _layers;

    /// <summary>Creates recurrent layers whose weights have <paramref name="gates"/> blocks of <paramref name="hiddenSize"/> rows.</summary>
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
            // Frees the layers that were made.
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

    /// <summary>Gets the number of input features.</summary>
    public long InputSize { get; }

    /// <summary>Gets the number of features of a layer's state.</summary>
    public long HiddenSize { get; }

    /// <summary>Gets the number of output features: <see cref="HiddenSize"/>, or twice that if the layer is bidirectional.</summary>
    public long OutputSize => DirectionCount * HiddenSize;

    /// <summary>Gets the number of layers, each of which takes the outputs of the one before.</summary>
    public int Layers { get; }

    /// <summary>Gets whether biases are added, as in PyTorch to the products with the input and to those with the state.</summary>
    public bool HasBias { get; }

    /// <summary>Gets whether each layer also runs over the sequence backwards, with weights of its own.</summary>
    public bool IsBidirectional { get; }

    /// <summary>Gets whether the outputs of all steps are returned, and not only the final state.</summary>
    public bool ReturnsSequence { get; }

    private int DirectionCount => IsBidirectional ? 2 : 1;

    private int StateCount => Layers * DirectionCount;

    /// <inheritdoc/>
    public sealed override Tensor Propagate(Tensor input, Pass pass) => Run(input, pass, lengths: null, initial: null, finals: null);

    /// <summary>
    /// Runs sequences of unequal lengths from a given state, and returns the outputs and the final state; for use in
    /// <see cref="BayesianModule.Propagate"/>.
    /// </summary>
    /// <param name="input"><c>[1|S, B, T, in]</c>, sequences shorter than T padded at their ends with any numbers.</param>
    /// <param name="pass">The pass.</param>
    /// <param name="lengths">Number of steps of each sequence, <c>[B]</c> of Int64, each from 1 to T, in any order; null if all have T.</param>
    /// <param name="initial">The state before the first step, <c>[1|S, B, layers · directions, hidden]</c>; zero by default.</param>
    /// <returns>
    /// The outputs <c>[1|S, B, …]</c> as from <see cref="Sample(Tensor, Estimator, Tensor, RecurrentState?)"/>, and the final state
    /// <c>[1|S, B, layers · directions, hidden]</c>. Both belong to the caller's dispose scope.
    /// </returns>
    /// <exception cref="ArgumentException">The input, a length or the state does not fit.</exception>
    public (Tensor Output, RecurrentState Final) Propagate(Tensor input, Pass pass, Tensor? lengths, RecurrentState? initial = null)
    {
        using var scope = NewDisposeScope();
        var finals = new List<RecurrentState>();
        var output = Run(input, pass, lengths, initial, finals);
        var hidden = stack([.. finals.Select(state => state.Hidden)], 2);
        var cell = HasCell ? stack([.. finals.Select(state => state.Cell!)], 2) : null;
        return (output.MoveToOuterDisposeScope(), new RecurrentState(hidden.MoveToOuterDisposeScope(), cell?.MoveToOuterDisposeScope()));
    }

    /// <summary>
    /// Runs the passes of <paramref name="estimator"/> over sequences of unequal lengths from a given state, and returns the outputs and the final
    /// state. A row is computed as if its sequence were alone, as with PyTorch's packed sequences: its outputs past its end are 0, its final state
    /// is that of its last step, and the backward direction starts there.
    /// </summary>
    /// <param name="input"><c>[B, T, in]</c>, sequences shorter than T padded at their ends with any numbers.</param>
    /// <param name="estimator">How to integrate over the posterior, with how many draws, and from which noise.</param>
    /// <param name="lengths">Number of steps of each sequence, <c>[B]</c> of Int64, each from 1 to T, in any order; null if all have T.</param>
    /// <param name="initial">The state before the first step, <c>[B, layers · directions, hidden]</c>; zero by default.</param>
    /// <returns>
    /// The outputs <c>[S, B, T, hidden]</c>, or <c>[S, B, hidden]</c> if the layer returns its final state alone, and the final state
    /// <c>[S, B, layers · directions, hidden]</c>. The caller disposes them.
    /// </returns>
    /// <exception cref="ArgumentException">The input, a length or the state does not fit.</exception>
    public (Tensor Output, RecurrentState Final) Sample(Tensor input, Estimator estimator, Tensor? lengths, RecurrentState? initial = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(estimator);
        RequireBatch(input);
        using var scope = NewDisposeScope();
        using var pass = NewPass(input, estimator);
        estimator.Begin(this);
        var (output, final) = Propagate(input.unsqueeze(0), pass, lengths, initial?.Select(state => state.unsqueeze(0)));
        final = final.Select(Expanded);
        return (Expanded(output), final);

        Tensor Expanded(Tensor value) =>
            (value.shape[0] == estimator.Samples ? value : value.expand([estimator.Samples, .. value.shape[1..]])).MoveToOuterDisposeScope();
    }

    /// <summary>Computes one step of one layer.</summary>
    /// <param name="fromInput">W_ih x + b_ih of all gates, <c>[1|S, B, gates · hidden]</c>.</param>
    /// <param name="fromHidden">W_hh h + b_hh of all gates, of the same shape.</param>
    /// <param name="state">The state before the step, <c>[1|S, B, hidden]</c>; a null cell is zero.</param>
    private protected abstract RecurrentState Step(Tensor fromInput, Tensor fromHidden, RecurrentState state);

    /// <summary>Gets the name of libtorch's operation for all steps and layers, one of <see cref="NativeRecurrence"/>.</summary>
    private protected abstract string NativeName { get; }

    /// <summary>
    /// Determines whether libtorch's operation, which runs the draws one by one, is faster than steps of all draws at once (decision 54).
    /// </summary>
    private protected abstract bool IsNativeFaster(long draws, long rows, long steps);

    /// <summary>Gets whether the state has a cell in addition to the hidden part.</summary>
    private protected abstract bool HasCell { get; }

    /// <summary>Determines whether the input is a single sequence <c>[T, in]</c>, as in PyTorch.</summary>
    /// <inheritdoc/>
    protected internal sealed override bool IsSingleExample(ReadOnlySpan<long> shape) => shape.Length == 2;

    /// <inheritdoc/>
    protected internal sealed override string Describe() =>
        $"input_size={InputSize}, hidden_size={HiddenSize}, layers={Layers}, bias={HasBias}, bidirectional={IsBidirectional}, "
        + $"returns_sequence={ReturnsSequence}";

    /// <summary>Runs all layers, and adds their final states to <paramref name="finals"/> if it is not null.</summary>
    private Tensor Run(Tensor input, Pass pass, Tensor? lengths, RecurrentState? initial, List<RecurrentState>? finals)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(pass);
        CheckInput(input.shape.AsSpan(1));
        using var scope = NewDisposeScope();
        var padding = lengths is null ? null : new SequencePadding(lengths, input);
        if (initial is { } given)
            RequireState(given, input.shape[1]);
        if (padding is null && TryRunNative(input, pass, initial) is var (output, last))
        {
            for (int index = 0; finals is not null && index < StateCount; index++)
                finals.Add(last.Select(each => each.select(2, index).MoveToOuterDisposeScope()));
            return output.MoveToOuterDisposeScope();
        }
        return RunSteps(input, pass, padding, initial, finals).MoveToOuterDisposeScope();
    }

    private Tensor RunSteps(Tensor input, Pass pass, SequencePadding? padding, RecurrentState? initial, List<RecurrentState>? finals)
    {
        var value = padding?.Clear(input) ?? input;
        int index = 0;
        for (int layer = 0; layer < Layers; layer++)
        {
            bool keepsSteps = ReturnsSequence || layer < Layers - 1;
            var outputs = Array.ConvertAll(_layers[layer], direction =>
            {
                int stateIndex = index++;
                var first = initial?.Select(state => state.select(2, stateIndex));
                var (output, final) = RunSteps(direction, value, pass, padding, first, keepsSteps, keepsFinal: finals is not null);
                finals?.Add(final.Select(state => state.MoveToOuterDisposeScope()));
                return output;
            });
            if (layer > 0)
                value.Dispose();
            value = outputs is [var single] ? single : cat(outputs, -1);
        }
        return value;
    }

    /// <summary>
    /// Runs all layers of each draw by libtorch's operation for all steps. Returns null if the estimator does not draw the weights before it sees an
    /// input, or the operation is slower or does not compute the same.
    /// </summary>
    private (Tensor Output, RecurrentState Final)? TryRunNative(Tensor input, Pass pass, RecurrentState? initial)
    {
        _layers[0][0].InputHidden.CheckInput(input);
        BilinearMap.CheckDraws(input, pass.Samples);
        if (!NativeRecurrence.Supports(NativeName, input) || !IsNativeFaster(pass.Samples, input.shape[1], input.shape[2])
            || initial is { } given && !(Fits(given.Hidden) && Fits(given.Cell)))
            return null;
        var weights = new List<(DrawnWeights FromInput, DrawnWeights FromHidden)>();
        foreach (var direction in _layers.SelectMany(layer => layer))
        {
            if (direction.InputHidden.TryDraw(pass) is not { } fromInput || direction.HiddenHidden.TryDraw(pass) is not { } fromHidden)
                return null;
            weights.Add((fromInput, fromHidden));
        }
        var zero = zeros([1, input.shape[1], StateCount, HiddenSize], input.dtype, input.device);
        var native = new NativeRecurrence(NativeName, Layers, HasBias, IsBidirectional);
        var (output, final) = native.Run(input, initial ?? new RecurrentState(zero, HasCell ? zero : null), weights, pass.Samples);
        if (!ReturnsSequence)
            output = final.Hidden.narrow(2, StateCount - DirectionCount, DirectionCount).flatten(2);
        return (output.AsContiguous(), final);

        // The steps refuse a state that does not fit.
        bool Fits(Tensor? state) => state is null || state.dtype == input.dtype && state.device_type == input.device_type
            && (state.shape[0] == 1 || state.shape[0] == pass.Samples);
    }

    private (Tensor Output, RecurrentState Final) RunSteps(
        Direction direction, Tensor input, Pass pass, SequencePadding? padding, RecurrentState? initial, bool keepsSteps, bool keepsFinal)
    {
        using var scope = NewDisposeScope();
        // All inputs are known: one product covers all steps. Propagate would integrate the weight out separately for each step.
        var fromInput = direction.InputHidden.Fix(pass)(input);
        var hiddenProduct = direction.HiddenHidden.Fix(pass);
        long batch = input.shape[1], steps = input.shape[2];
        // One unbind: the gradient of each separate slice would be a whole sequence of zeros.
        var stepInputs = fromInput.unbind(2);
        var outputs = new Tensor[keepsSteps ? steps : 0];
        var state = initial?.Select(each => each.alias()) ?? new RecurrentState(zeros([1, batch, HiddenSize], fromInput.dtype, fromInput.device));
        for (long step = 0; step < steps; step++)
        {
            using var stepScope = NewDisposeScope();
            long place = direction.IsReverse ? steps - 1 - step : step;
            var next = Step(stepInputs[place], hiddenProduct(state.Hidden), state);
            if (padding is not null)
                next = padding.Keep(place, next, state);
            next.Hidden.MoveToOuterDisposeScope();
            next.Cell?.MoveToOuterDisposeScope();
            if (keepsSteps)
                outputs[place] = next.Hidden;
            else
                state.Hidden.Dispose();
            state.Cell?.Dispose();
            state = next;
        }
        var sequence = keepsSteps ? stack(outputs, 2) : keepsFinal ? state.Hidden.alias() : state.Hidden.AsContiguous();
        if (keepsSteps && padding is not null)
            sequence = padding.Clear(sequence);
        if (keepsFinal)
            state = state.Select(each => each.MoveToOuterDisposeScope());
        return (sequence.MoveToOuterDisposeScope(), state);
    }

    private void RequireState(RecurrentState state, long batch)
    {
        long[] expected = [batch, StateCount, HiddenSize];
        foreach (var (name, value) in new[] { (nameof(RecurrentState.Hidden), state.Hidden), (nameof(RecurrentState.Cell), state.Cell) })
            if (value is not null && !(value.ndim == 4 && value.shape.AsSpan(1).SequenceEqual(expected)))
                throw new ArgumentException(
                    $"The initial state's {name} has shape {Shapes.Describe(value.shape[(value.ndim > 0 ? 1 : 0)..])}; expected "
                    + $"{Shapes.Describe(expected)}: [batch, layers · directions, hidden], the batch first.", "initial");
        if (HasCell != state.Cell is not null)
            throw new ArgumentException(
                $"The initial state of a {GetName()} "
                    + $"{(HasCell ? "has no Cell; expected both Hidden and Cell" : "has a Cell; expected Hidden alone")}.", "initial");
    }

    private void CheckInput(ReadOnlySpan<long> shape)
    {
        if (shape.Length != 3 || shape[1] == 0 || shape[2] != InputSize)
            throw new ArgumentException(
                $"The input has shape {Shapes.Describe(shape)}; expected [batch, steps, {InputSize}] with at least one step.", "input");
    }

    /// <summary>The weights of one layer for one direction of the sequence.</summary>
    private sealed record Direction(BayesianLinear InputHidden, BayesianLinear HiddenHidden, bool IsReverse);
}
