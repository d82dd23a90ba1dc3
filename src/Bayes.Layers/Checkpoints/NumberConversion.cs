using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Checkpoints;

/// <summary>A file's numbers in a model's type: rounded where that has fewer digits, and refused where it cannot hold them.</summary>
internal static class NumberConversion
{
    /// <summary>The type to read a file's numbers in: a byte of a truth value may be any, and torch's own are 0 and 1.</summary>
    public static ScalarType AsRead(ScalarType type) => type == ScalarType.Bool ? ScalarType.Byte : type;

    /// <summary>Converts.</summary>
    /// <param name="type">The model's type.</param>
    /// <param name="value">What was read, in <see cref="AsRead"/>'s type.</param>
    /// <param name="name">The tensor's name.</param>
    /// <exception cref="CheckpointException">A number is too large for the type, or a truth value is neither 0 nor 1.</exception>
    public static Tensor To(ScalarType type, Tensor value, string name)
    {
        if (value.dtype == type)
            return value;
        using var scope = NewDisposeScope();
        var converted = value.to(type);
        var lost = is_floating_point(type)
            ? converted.isfinite().ne(value.isfinite())
            // In a type that holds all of both: -1 as a byte and back is -1 again.
            : converted.to(ScalarType.Int64).ne(value.to(ScalarType.Int64));
        if (lost.any().ReadBoolean())
            throw new CheckpointException(
                FormattableString.Invariant($"The file's tensor '{name}' has the value {value.masked_select(lost)[0].ReadDouble()}; expected one that {type} can hold, the type of the model's."));
        return converted.MoveToOuterDisposeScope();
    }
}
