using System.Runtime.InteropServices;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Networks;

/// <summary>
/// Calls a network of any of TorchSharp's types of modules with one to four tensors, and returns its output as one tensor. A tuple of outputs is
/// joined, the numbers of a row of each one after the other, unless one of them is chosen.
/// </summary>
internal static class NetworkCall
{
    /// <summary>Calls a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="output">Zero-based index of the output that is wanted; null for all.</param>
    /// <returns>The output, in the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">The network does not take these tensors.</exception>
    /// <exception cref="InvalidOperationException">Its outputs cannot be joined.</exception>
    public static Tensor Of(nn.Module network, IReadOnlyList<Tensor> inputs, int? output = null)
    {
        IReadOnlyList<Tensor> outputs;
        try
        {
            outputs = Outputs(network, inputs);
        }
        catch (ExternalException exception)
        {
            // The first line of the native library's message states the error; its stack frames follow.
            throw new ArgumentException(
                $"The {network.GetType().Name} does not take an input of "
                + string.Join(" and ", inputs.Select(input => $"type {input.dtype} and shape {Shapes.Describe(input.shape)}"))
                + $": {exception.Message.Split('\n')[0].TrimEnd()}", nameof(inputs), exception);
        }
        return output is { } chosen ? outputs[chosen] : outputs is [var only] ? only : Join(network, outputs);
    }

    /// <summary>Returns the number of tensors that a network takes, or null if it takes or returns something else.</summary>
    public static int? InputCount(nn.Module network) =>
        InputCount<Tensor>(network) ?? InputCount<(Tensor, Tensor)>(network) ?? InputCount<(Tensor, Tensor, Tensor)>(network);

    /// <summary>Requires that a network takes one to four tensors and returns one to three.</summary>
    /// <param name="network">The network.</param>
    /// <param name="output">Zero-based index of the output that is wanted; null for all.</param>
    /// <exception cref="ArgumentException">It takes or returns something else, or has no such output.</exception>
    public static void Require(nn.Module network, int? output = null)
    {
        if (InputCount(network) is null)
            throw new ArgumentException(
                $"A {network.GetType().Name} does not take one to four tensors and return one to three; expected an nn.Module<Tensor, Tensor>, or "
                + "one with up to four inputs or a tuple of outputs: wrap it in a module of your own with such a forward.", nameof(network));
        int count = InputCount<Tensor>(network) is not null ? 1 : InputCount<(Tensor, Tensor)>(network) is not null ? 2 : 3;
        if (output < 0 || output >= count)
            throw new ArgumentOutOfRangeException(
                nameof(output), output,
                $"Output is {output}, and a {network.GetType().Name} returns {count} {(count == 1 ? "tensor" : "tensors")}; expected "
                + $"{(count == 1 ? "0" : $"0 to {count - 1}")}, or null for all.");
    }

    /// <summary>Requires that an output has one entry for each row on axis 0.</summary>
    /// <exception cref="InvalidOperationException">It does not.</exception>
    public static Tensor RequireRows(nn.Module network, Tensor output, long rows) => output.ndim > 0 && output.shape[0] == rows ? output
        : throw new InvalidOperationException(
            $"{network.GetType().Name} returned shape {Shapes.Describe(output.shape)} for {rows} rows; expected [{rows}, …]: the batch on axis 0.");

    private static IReadOnlyList<Tensor> Outputs(nn.Module network, IReadOnlyList<Tensor> inputs) =>
        Outputs<Tensor>(network, inputs, only => [only])
        ?? Outputs<(Tensor, Tensor)>(network, inputs, two => [two.Item1, two.Item2])
        ?? Outputs<(Tensor, Tensor, Tensor)>(network, inputs, three => [three.Item1, three.Item2, three.Item3])
        ?? throw new ArgumentException(
            $"A {network.GetType().Name} takes {InputCount(network)} {(InputCount(network) == 1 ? "tensor" : "tensors")}; got {inputs.Count}.",
            nameof(inputs));

    private static Tensor[]? Outputs<T>(nn.Module network, IReadOnlyList<Tensor> inputs, Func<T, Tensor[]> list) => (network, inputs) switch
    {
        (nn.Module<Tensor, T> one, [var first]) => list(one.call(first)),
        (nn.Module<Tensor, (Tensor, Tensor)?, T> recurrent, [var first]) => list(recurrent.call(first, null)),
        (nn.Module<Tensor, Tensor, T> two, [var first, var second]) => list(two.call(first, second)),
        (nn.Module<Tensor, Tensor, Tensor, T> three, [var first, var second, var third]) => list(three.call(first, second, third)),
        (nn.Module<Tensor, Tensor, Tensor, Tensor, T> four, [var first, var second, var third, var fourth]) =>
            list(four.call(first, second, third, fourth)),
        _ => null,
    };

    private static int? InputCount<T>(nn.Module network) => network switch
    {
        nn.Module<Tensor, T> or nn.Module<Tensor, (Tensor, Tensor)?, T> => 1,
        nn.Module<Tensor, Tensor, T> => 2,
        nn.Module<Tensor, Tensor, Tensor, T> => 3,
        nn.Module<Tensor, Tensor, Tensor, Tensor, T> => 4,
        _ => null,
    };

    private static Tensor Join(nn.Module network, IReadOnlyList<Tensor> outputs)
    {
        foreach (var (index, output) in outputs.Index())
            if (!output.is_floating_point())
                throw new InvalidOperationException(
                    $"Output {index} of the {network.GetType().Name} is of type {output.dtype}; expected floating-point types, or the number of the "
                    + "output that is predicted (BayesianConversion.Output).");
        if (outputs.Any(output => output.ndim == 0 || output.shape[0] != outputs[0].shape[0]))
            throw new InvalidOperationException(
                $"{network.GetType().Name} returned shapes {string.Join(" and ", outputs.Select(output => Shapes.Describe(output.shape)))}; expected "
                + "[batch, …] each, or the number of the output that is predicted (BayesianConversion.Output).");
        return JoinedRows.Join(outputs, leading: 1);
    }
}
