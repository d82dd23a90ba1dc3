using static TorchSharp.torch;

namespace Bayes.Layers.Modules;

/// <summary>Converts values to the tuple of tensors that a module with several inputs takes.</summary>
internal static class InputTuple
{
    /// <summary>Returns the number of tensors of a tuple type.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <exception cref="NotSupportedException">The type is not a tuple of two to four tensors.</exception>
    public static int Count<T>() where T : struct =>
        typeof(T) == typeof((Tensor, Tensor)) ? 2
        : typeof(T) == typeof((Tensor, Tensor, Tensor)) ? 3
        : typeof(T) == typeof((Tensor, Tensor, Tensor, Tensor)) ? 4
        : throw new NotSupportedException($"The inputs are of type {typeof(T)}; expected a tuple of two to four tensors.");

    /// <summary>Returns the tensors of a tuple.</summary>
    /// <typeparam name="T">The tuple's type.</typeparam>
    public static NetworkInput InputOf<T>(T tuple) where T : struct => (object)tuple switch
    {
        ValueTuple<Tensor, Tensor> two => two,
        ValueTuple<Tensor, Tensor, Tensor> three => three,
        _ => (ValueTuple<Tensor, Tensor, Tensor, Tensor>)(object)tuple,
    };

    /// <summary>Returns two to four tensors as a tuple.</summary>
    /// <typeparam name="T">The tuple's type, of as many tensors.</typeparam>
    public static T Of<T>(IReadOnlyList<Tensor> values) where T : struct => (T)(values.Count switch
    {
        2 => (object)(values[0], values[1]),
        3 => (values[0], values[1], values[2]),
        _ => (values[0], values[1], values[2], values[3]),
    });
}
