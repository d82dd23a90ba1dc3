using Bayes.Layers.Estimators;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// libtorch's operations that run recurrent layers over all steps of a sequence, with weights that are given at the call. TorchSharp has them only
/// as modules with parameters of their own; a function of TorchScript reaches the operation itself (decision 54).
/// </summary>
/// <param name="name"><see cref="Lstm"/> or <see cref="Gru"/>.</param>
/// <param name="layers">The number of layers.</param>
/// <param name="hasBias">Whether the layers have biases.</param>
/// <param name="isBidirectional">Whether each layer also runs backwards.</param>
internal sealed class NativeRecurrence(string name, int layers, bool hasBias, bool isBidirectional)
{
    public const string Lstm = "lstm";
    public const string Gru = "gru";

    // The last arguments are the dropout between layers, whether gradients are needed, both directions, and the batch first.
    private const string Script = """
        def lstm(input, states: List[Tensor], weights: List[Tensor], has_bias: bool, layers: int, train: bool, is_bidirectional: bool):
            output, hidden, cell = torch.lstm(input, states, weights, has_bias, layers, 0.0, train, is_bidirectional, True)
            return [output, hidden, cell]

        def gru(input, states: List[Tensor], weights: List[Tensor], has_bias: bool, layers: int, train: bool, is_bidirectional: bool):
            output, hidden = torch.gru(input, states[0], weights, has_bias, layers, 0.0, train, is_bidirectional, True)
            return [output, hidden]

        """;

    private static readonly Lazy<jit.CompilationUnit> Functions = new(() => jit.compile(Script));

    // Far above rounding, and far below the errors of a wrong operation, which are as large as its outputs.
    private const double Tolerance = 1e-3;

    private static readonly Dictionary<(string Name, bool IsRecorded), Lazy<bool>> AreRightInSinglePrecision =
        new[] { (Lstm, false), (Lstm, true), (Gru, false), (Gru, true) }
            .ToDictionary(each => each, each => new Lazy<bool>(() => IsRight(each.Item1, each.Item2)));

    /// <summary>Determines whether an operation computes this input as step by step, up to rounding.</summary>
    /// <remarks>
    /// In half precision and on a GPU they may use other precision inside. In single precision and without recording gradients, oneDNN inside
    /// libtorch 2.10 computes wrong outputs on some processors (decision 54): the first call compares a small sequence with double precision.
    /// </remarks>
    public static bool Supports(string name, Tensor input) => input.device_type == DeviceType.CPU
        && (input.dtype == ScalarType.Float64 || input.dtype == ScalarType.Float32 && AreRightInSinglePrecision[(name, is_grad_enabled())].Value);

    /// <summary>Runs all layers for each draw.</summary>
    /// <param name="input"><c>[1|S, B, T, in]</c>.</param>
    /// <param name="initial">The state before the first step, <c>[1|S, B, layers · directions, hidden]</c>.</param>
    /// <param name="weights">The weights of input and state for each layer and direction.</param>
    /// <param name="draws">S.</param>
    /// <returns>
    /// The outputs <c>[S, B, T, directions · hidden]</c>, and the last state in the shape of the first. They belong to the caller's dispose scope.
    /// </returns>
    public (Tensor Output, RecurrentState Final) Run(
        Tensor input, RecurrentState initial, IEnumerable<(DrawnWeights FromInput, DrawnWeights FromHidden)> weights, int draws)
    {
        using var scope = NewDisposeScope();
        Tensor[][] weightsByDraw = [.. weights.SelectMany(Tensors)];
        // The layer before the row, as libtorch has it.
        var states = initial.Select(state => state.transpose(1, 2).contiguous());
        var outputs = new Tensor[draws];
        var finals = new RecurrentState[draws];
        for (int draw = 0; draw < draws; draw++)
            (outputs[draw], finals[draw]) = Run(
                Of(input, draw), states.Select(state => Of(state, draw)), [.. weightsByDraw.Select(each => each[Math.Min(draw, each.Length - 1)])]);
        var hidden = Stacked(finals.Select(final => final.Hidden)).transpose(1, 2);
        var cell = initial.Cell is null ? null : Stacked(finals.Select(final => final.Cell!)).transpose(1, 2);
        return (Stacked(outputs).MoveToOuterDisposeScope(),
            new RecurrentState(hidden.MoveToOuterDisposeScope(), cell?.MoveToOuterDisposeScope()));

        static Tensor Of(Tensor value, int draw) => value.select(0, value.shape[0] == 1 ? 0 : draw);

        static Tensor Stacked(IEnumerable<Tensor> values) => values.ToArray() is [var only] ? only.unsqueeze(0) : stack([.. values], 0);
    }

    private static bool IsRight(string name, bool isRecorded)
    {
        const int Inputs = 3, Units = 4;
        using var scope = NewDisposeScope();
        var recurrence = new NativeRecurrence(name, layers: 1, hasBias: true, isBidirectional: false);
        int gates = (name == Lstm ? 4 : 3) * Units;
        Tensor[] weights = [Waves(gates, Inputs), Waves(gates, Units), Waves(gates), Waves(gates)];
        using var gradients = set_grad_enabled(isRecorded);
        return Outputs(ScalarType.Float32).to(ScalarType.Float64).allclose(Outputs(ScalarType.Float64), rtol: 0, atol: Tolerance);

        Tensor Outputs(ScalarType dtype)
        {
            Tensor input = Waves(2, 5, Inputs).to(dtype), state = zeros(1, 2, Units, dtype: dtype);
            Tensor[] typed = [.. weights.Select(weight => weight.to(dtype, copy: true).requires_grad_(isRecorded))];
            return recurrence.Run(input, new RecurrentState(state, name == Lstm ? state : null), typed).Output.detach();
        }

        // Varied numbers without a random generator.
        static Tensor Waves(params long[] shape) =>
            arange(shape.Aggregate(1L, (product, size) => product * size), ScalarType.Float64).sin().view(shape);
    }

    // Returns the weights of a layer and direction in libtorch's order, for each draw or for all. One unbind: the gradient of each separate slice
    // would be a tensor of all draws.
    private static IEnumerable<Tensor[]> Tensors((DrawnWeights FromInput, DrawnWeights FromHidden) weights) =>
        from tensor in new[] { weights.FromInput.Weight, weights.FromHidden.Weight, weights.FromInput.Bias, weights.FromHidden.Bias }
        where tensor is not null
        select weights.FromInput.ArePerDraw ? tensor.unbind(0) : [tensor];

    private (Tensor Output, RecurrentState Final) Run(Tensor input, RecurrentState initial, Tensor[] weights)
    {
        Tensor[] states = initial.Cell is { } cell ? [initial.Hidden, cell] : [initial.Hidden];
        var results = (Tensor[])Functions.Value.invoke(name, input, states, weights, hasBias, layers, is_grad_enabled(), isBidirectional);
        GC.KeepAlive((input, states, weights));
        return (results[0], new RecurrentState(results[1], results.ElementAtOrDefault(2)));
    }
}
