using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Checkpoints;

/// <summary>
/// Converts a file's values to the type of a model: rounds them if the type has fewer digits, and refuses those that it cannot hold.
/// </summary>
internal static class NumberConversion
{
    /// <summary>Returns the type to read values in: bytes for Booleans, since a file may hold any byte, and torch only 0 and 1.</summary>
    public static ScalarType AsRead(ScalarType type) => type == ScalarType.Bool ? ScalarType.Byte : type;

    /// <summary>Converts a tensor.</summary>
    /// <param name="type">The model's type.</param>
    /// <param name="value">The values, in the type of <see cref="AsRead"/>.</param>
    /// <param name="name">The tensor's name.</param>
    /// <exception cref="CheckpointException">A value is too large for the type, or a Boolean is neither 0 nor 1.</exception>
    public static Tensor To(ScalarType type, Tensor value, string name)
    {
        if (value.dtype == type)
            return value;
        using var scope = NewDisposeScope();
        var converted = value.to(type);
        var lost = is_floating_point(type)
            ? converted.isfinite().ne(value.isfinite())
            // Compares as Int64, which holds the values of both types: -1 as a byte and back is -1 again.
            : converted.to(ScalarType.Int64).ne(value.to(ScalarType.Int64));
        if (lost.any().ReadBoolean())
            throw new CheckpointException(
                FormattableString.Invariant($"The file's tensor '{name}' has the value {value.masked_select(lost)[0].ReadDouble()}; ")
                + $"expected one that {type}, the model's type, can hold.");
        return converted.MoveToOuterDisposeScope();
    }
}
