using System.Runtime.InteropServices;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Networks;

/// <summary>Calls a network of any of TorchSharp's types of modules with one to four tensors, and returns its output as one tensor.</summary>
internal static class NetworkCall
{
    /// <summary>Calls a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <returns>The output, in the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">The network does not take these tensors.</exception>
    public static Tensor Of(nn.Module network, IReadOnlyList<Tensor> inputs)
    {
        try
        {
            return Run(network, inputs);
        }
        catch (ExternalException exception)
        {
            // The first line of the native library's message states the error; its stack frames follow.
            throw new ArgumentException(
                $"The {network.GetType().Name} does not take an input of "
                + string.Join(" and ", inputs.Select(input => $"type {input.dtype} and shape {Shapes.Describe(input.shape)}"))
                + $": {exception.Message.Split('\n')[0].TrimEnd()}", nameof(inputs), exception);
        }
    }

    private static Tensor Run(nn.Module network, IReadOnlyList<Tensor> inputs) => (network, inputs) switch
    {
        (nn.Module<Tensor, Tensor> one, [var first]) => one.call(first),
        (nn.Module<Tensor, Tensor, Tensor> two, [var first, var second]) => two.call(first, second),
        (nn.Module<Tensor, Tensor, Tensor, Tensor> three, [var first, var second, var third]) => three.call(first, second, third),
        (nn.Module<Tensor, Tensor, Tensor, Tensor, Tensor> four, [var first, var second, var third, var fourth]) =>
            four.call(first, second, third, fourth),
        _ => throw new ArgumentException(
            $"A {network.GetType().Name} takes {InputCount(network)} {(InputCount(network) == 1 ? "tensor" : "tensors")}; got {inputs.Count}.",
            nameof(inputs)),
    };

    /// <summary>Returns the number of tensors that a network takes, or null if it takes or returns something else.</summary>
    public static int? InputCount(nn.Module network) => network switch
    {
        nn.Module<Tensor, Tensor> => 1,
        nn.Module<Tensor, Tensor, Tensor> => 2,
        nn.Module<Tensor, Tensor, Tensor, Tensor> => 3,
        nn.Module<Tensor, Tensor, Tensor, Tensor, Tensor> => 4,
        _ => null,
    };

    /// <summary>Requires that a network takes one to four tensors and returns one.</summary>
    /// <exception cref="ArgumentException">It takes or returns something else.</exception>
    public static void Require(nn.Module network)
    {
        if (InputCount(network) is null)
            throw new ArgumentException(
                $"A {network.GetType().Name} does not take one to four tensors and return one; expected an nn.Module<Tensor, Tensor>, or one with "
                + "up to four inputs: wrap it in a module of your own with such a forward.", nameof(network));
    }

    /// <summary>Requires that an output has one entry for each row on axis 0.</summary>
    /// <exception cref="InvalidOperationException">It does not.</exception>
    public static Tensor RequireRows(nn.Module network, Tensor output, long rows) => output.ndim > 0 && output.shape[0] == rows ? output
        : throw new InvalidOperationException(
            $"{network.GetType().Name} returned shape {Shapes.Describe(output.shape)} for {rows} rows; expected [{rows}, …]: the batch on axis 0.");
}
