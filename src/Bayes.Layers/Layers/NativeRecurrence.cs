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

    /// <summary>Determines whether the operations compute this input as step by step, up to rounding.</summary>
    /// <remarks>In half precision and on a GPU they may use other precision inside.</remarks>
    public static bool Supports(Tensor input) =>
        input.device_type == DeviceType.CPU && input.dtype is ScalarType.Float32 or ScalarType.Float64;

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
