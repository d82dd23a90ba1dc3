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

    /// <summary>Runs all layers.</summary>
    /// <param name="input"><c>[B, T, in]</c>.</param>
    /// <param name="initial">The state before the first step, <c>[layers · directions, B, hidden]</c>.</param>
    /// <param name="weights">For each layer and direction the weights of input and state, and then the biases of both.</param>
    /// <returns>
    /// The outputs <c>[B, T, directions · hidden]</c>, and the last state in the shape of the first. They belong to the caller's dispose scope.
    /// </returns>
    public (Tensor Output, RecurrentState Final) Run(Tensor input, RecurrentState initial, Tensor[] weights)
    {
        Tensor[] states = initial.Cell is { } cell ? [initial.Hidden, cell] : [initial.Hidden];
        var results = (Tensor[])Functions.Value.invoke(name, input, states, weights, hasBias, layers, is_grad_enabled(), isBidirectional);
        GC.KeepAlive((input, states, weights));
        return (results[0], new RecurrentState(results[1], results.ElementAtOrDefault(2)));
    }
}
