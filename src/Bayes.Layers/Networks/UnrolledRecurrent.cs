using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Networks;

/// <summary>
/// What an <c>nn.LSTM</c> or <c>nn.GRU</c> computes, step by step from its own parameters, so that the sums that enter the gates can be seen and
/// differentiated as often as one likes. TorchSharp's modules are native code with one operation for all steps.
/// </summary>
internal sealed class UnrolledRecurrent
{
    private readonly nn.Module _module;
    private readonly Direction[][] _layers;
    private readonly long _hidden;
    private readonly bool _hasCell;
    private bool? _isBatchFirst;

    /// <summary>Sees sums that enter the gates, and returns the tensor to go on with.</summary>
    /// <param name="weight">The name of the weight, such as <c>weight_hh_l0_reverse</c>.</param>
    /// <param name="input">What the weight meets, <c>[B, T, features]</c>.</param>
    /// <param name="sums">Its product with the weight, plus the bias, <c>[B, T, gates · hidden]</c>.</param>
    public delegate Tensor Observer(string weight, Tensor input, Tensor sums);

    private UnrolledRecurrent(nn.Module module, Direction[][] layers, long hidden) =>
        (_module, _layers, _hidden, _hasCell) = (module, layers, hidden, module is LSTM);

    /// <summary>Gets the names of the weights, with those of their biases, which are null if there are none.</summary>
    public IEnumerable<(string Weight, string? Bias)> Weights =>
        from layer in _layers from direction in layer from name in direction.Names select name;

    /// <summary>Returns the computation of a layer.</summary>
    /// <param name="layer">An <c>LSTM</c> or a <c>GRU</c>, in evaluation mode.</param>
    /// <exception cref="ArgumentException">The module is not such a layer.</exception>
    public static UnrolledRecurrent Of(nn.Module layer)
    {
        var layers = new List<Direction[]>();
        for (int i = 0; layer.get_parameter($"weight_ih_l{i}") is { IsInvalid: false }; i++)
            layers.Add([.. new[] { "", "_reverse" }.Select(end => Direction.Of(layer, $"l{i}{end}", end.Length > 0)).OfType<Direction>()]);
        if (layer is not (LSTM or GRU) || layers.Count == 0 || layers[0].Length == 0)
            throw new ArgumentException($"it is a {layer.GetType().Name}; expected an LSTM or a GRU with the parameter weight_ih_l0.");
        return new UnrolledRecurrent(layer, [.. layers], layers[0][0].HiddenWeight.shape[1]);
    }

    /// <summary>Replaces the layer's native output by that of its steps, until the result is called.</summary>
    /// <param name="see">Sees the sums that enter the gates; null if nobody does.</param>
    /// <returns>Ends the replacement.</returns>
    public Action Replace(Observer? see = null)
    {
        if (_module is LSTM lstm)
            return lstm.register_forward_hook((_, input, first, output) => Replaced(input, first?.Item1, first?.Item2, output, see)).remove;
        return ((GRU)_module).register_forward_hook((_, input, first, output) =>
        {
            using var scope = NewDisposeScope();
            var (replaced, hidden, _) = Replaced(
                input, first is null || first.IsInvalid ? null : first, null, (output.Item1, output.Item2, output.Item2), see);
            return scope.MoveToOuter(replaced, hidden);
        }).remove;
    }

    /// <summary>Computes the outputs of all steps and the last states.</summary>
    /// <param name="input"><c>[B, T, features]</c>.</param>
    /// <param name="hidden">The first hidden states, <c>[layers · directions, B, hidden]</c>; null for 0.</param>
    /// <param name="cell">The first cells of an LSTM; null for 0.</param>
    /// <param name="see">Sees the sums that enter the gates; null if nobody does.</param>
    /// <returns><c>[B, T, directions · hidden]</c>, and the last states in the shape of the first ones.</returns>
    private (Tensor Output, Tensor Hidden, Tensor Cell) Run(Tensor input, Tensor? hidden, Tensor? cell, Observer? see = null)
    {
        using var scope = NewDisposeScope();
        see ??= (_, _, sums) => sums;
        var zero = zeros(input.shape[0], _hidden, input.dtype, input.device);
        var (value, lastHidden, lastCells) = (input, new List<Tensor>(), new List<Tensor>());
        foreach (var layer in _layers)
        {
            var outputs = new List<Tensor>();
            foreach (var direction in layer)
            {
                int index = lastHidden.Count;
                var (output, ownHidden, ownCell) = Run(direction, value, hidden?[index] ?? zero, cell?[index] ?? zero, see);
                outputs.Add(output);
                lastHidden.Add(ownHidden);
                lastCells.Add(ownCell);
            }
            value = outputs.Count == 1 ? outputs[0] : cat(outputs, -1);
        }
        return scope.MoveToOuter(value.alias(), stack(lastHidden, 0), stack(lastCells, 0));
    }

    private (Tensor Output, Tensor Hidden, Tensor Cell) Replaced(
        Tensor input, Tensor? hidden, Tensor? cell, (Tensor Output, Tensor Hidden, Tensor Cell) native, Observer? see)
    {
        if (input.ndim != 3)
            throw new InvalidOperationException(
                $"A {_module.GetType().Name} got an input of shape {Shapes.Describe(input.shape)}; expected three axes: rows, steps and features.");
        using var scope = NewDisposeScope();
        bool isBatchFirst = _isBatchFirst ?? Find();
        // One step of one row is the same in both orders.
        if (input.shape[0] > 1 || input.shape[1] > 1)
            _isBatchFirst = isBatchFirst;
        var result = Run(isBatchFirst ? input : input.transpose(0, 1), hidden, cell, see);
        return scope.MoveToOuter(Ordered(result.Output, isBatchFirst), result.Hidden, result.Cell);

        // TorchSharp does not tell batchFirst, but only one of both gives the native output.
        bool Find() => IsNative(true) || (IsNative(false) ? false : throw new NotSupportedException(
            $"A {_module.GetType().Name} computes something else than its parameters say; expected one without options that change it."));

        bool IsNative(bool batchFirst)
        {
            using var noGrad = no_grad();
            if (native.Hidden.shape[1] != input.shape[batchFirst ? 0 : 1])
                return false;
            var (output, last, _) = Run(batchFirst ? input : input.transpose(0, 1), hidden, cell);
            return NetworkTrial.IsSame(Ordered(output, batchFirst), native.Output) && NetworkTrial.IsSame(last, native.Hidden);
        }

        static Tensor Ordered(Tensor output, bool isBatchFirst) => isBatchFirst ? output.alias() : output.transpose(0, 1);
    }

    private (Tensor Output, Tensor Hidden, Tensor Cell) Run(Direction direction, Tensor input, Tensor hidden, Tensor cell, Observer see)
    {
        int steps = (int)input.shape[1];
        var fromInput = see(
            direction.Names[0].Weight, input, nn.functional.linear(input, direction.InputWeight, direction.InputBias));
        var outputs = new Tensor[steps];
        for (int i = 0; i < steps; i++)
        {
            int step = direction.IsReverse ? steps - 1 - i : i;
            var before = hidden.unsqueeze(1);
            var fromHidden = see(
                direction.Names[1].Weight, before, nn.functional.linear(before, direction.HiddenWeight, direction.HiddenBias)).squeeze(1);
            (hidden, cell) = _hasCell ? Lstm(fromInput.select(1, step), fromHidden, cell)
                : (Gru(fromInput.select(1, step), fromHidden, hidden), cell);
            outputs[step] = hidden;
        }
        return (stack(outputs, 1), hidden, cell);
    }

    // Input, forget, cell and output gate (Hochreiter & Schmidhuber 1997, in PyTorch's order).
    private static (Tensor Hidden, Tensor Cell) Lstm(Tensor fromInput, Tensor fromHidden, Tensor cell)
    {
        var gates = fromInput.add(fromHidden, Scalars.One).chunk(4, -1);
        var written = gates[0].sigmoid().mul(gates[2].tanh());
        var kept = addcmul(written, gates[1].sigmoid(), cell, Scalars.One);
        return (gates[3].sigmoid().mul(kept.tanh()), kept);
    }

    // Reset gate, update gate and proposal (Cho et al. 2014, in PyTorch's order).
    private static Tensor Gru(Tensor fromInput, Tensor fromHidden, Tensor hidden)
    {
        Tensor[] input = fromInput.chunk(3, -1), state = fromHidden.chunk(3, -1);
        var reset = input[0].add(state[0], Scalars.One).sigmoid();
        var update = input[1].add(state[1], Scalars.One).sigmoid();
        var proposed = addcmul(input[2], reset, state[2], Scalars.One).tanh();
        return proposed.lerp(hidden, update);
    }

    private sealed record Direction(
        bool IsReverse, (string Weight, string? Bias)[] Names, Parameter InputWeight, Parameter HiddenWeight, Parameter? InputBias,
        Parameter? HiddenBias)
    {
        public static Direction? Of(nn.Module layer, string end, bool isReverse)
        {
            if (Find($"weight_ih_{end}") is not { } input || Find($"weight_hh_{end}") is not { } hidden)
                return null;
            Parameter? inputBias = Find($"bias_ih_{end}"), hiddenBias = Find($"bias_hh_{end}");
            (string, string?)[] names =
            [
                ($"weight_ih_{end}", inputBias is null ? null : $"bias_ih_{end}"), ($"weight_hh_{end}", hiddenBias is null ? null : $"bias_hh_{end}"),
            ];
            return new Direction(isReverse, names, input, hidden, inputBias, hiddenBias);

            Parameter? Find(string name) => layer.get_parameter(name) is { IsInvalid: false } found ? found : null;
        }
    }
}
