using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>Checks of arguments; each message is one sentence with the value found and what was expected.</summary>
internal static class Require
{
    public static long Positive(long value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value > 0
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; expected a whole number of at least 1.");

    public static long Between(long value, long minimum, long maximum, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value >= minimum && value <= maximum
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; expected a whole number from {minimum} to {maximum}.");

    public static double PositiveAndFinite(double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value > 0 && double.IsFinite(value)
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; expected a finite number above 0.");

    /// <summary>
    /// Refuses a scale whose square or inverse square overflows a weight's type; half precision has the limits of single precision, in which it is
    /// computed.
    /// </summary>
    public static void SquareWithin(double value, ScalarType dtype, string name, bool mayBeSmall = false)
    {
        var type = dtype.AtLeastSingle();
        double maximum = Math.Sqrt(type.Largest()), minimum = mayBeSmall ? -maximum : 1 / maximum;
        if (!(value >= minimum && value <= maximum))
            throw new ArgumentOutOfRangeException(
                name, value,
                $"{name} is {value}; expected a number from {minimum} to {maximum}, whose square is "
                + $"{(mayBeSmall ? "" : "above 0 and ")}finite in {type}.");
    }

    public static double NonNegativeAndFinite(double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value >= 0 && double.IsFinite(value)
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; expected a finite number of at least 0.");

    public static double Finite(double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        double.IsFinite(value)
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; expected a finite number.");

    /// <summary>Refuses targets that are not one for each row of the input; null is allowed.</summary>
    public static void OneForEachRow(Tensor? target, long rows)
    {
        if (target is not null && (target.ndim == 0 || target.shape[0] != rows))
            throw new ArgumentException(
                $"The target has shape {Shapes.Describe(target.shape)}; expected [{rows}, …], a target for each of the {rows} rows of the input.",
                nameof(target));
    }

    /// <summary>Refuses an index of the first draw that is negative, or with which the index of the last draw would overflow.</summary>
    public static int FirstDraw(int value, int draws, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value >= 0 && value <= int.MaxValue - draws
            ? value
            : throw new ArgumentOutOfRangeException(
                name, value, $"{name} is {value}; expected 0 to {int.MaxValue - draws}, because {draws} draws need an index.");

    /// <summary>Refuses a probability that is not above 0 and below 1.</summary>
    public static double Mass(double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value > 0 && value < 1
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; expected a number above 0 and below 1.");

    /// <summary>Refuses a posterior without the shape of the prior's weights; the axes may be flattened into one.</summary>
    public static void WeightShape(long[] found, long[] expected)
    {
        if (!found.AsSpan().SequenceEqual(expected) && !(found.Length == 1 && found[0] == expected.Aggregate(1L, (count, size) => count * size)))
            throw new ArgumentException(
                $"The posterior has shape {Shapes.Describe(found)}; expected {Shapes.Describe(expected)}, the shape of the prior's weights.",
                "posterior");
    }

    public static ScalarType FloatingPoint(ScalarType dtype, [CallerArgumentExpression(nameof(dtype))] string name = "") =>
        is_floating_point(dtype)
            ? dtype
            : throw new ArgumentException($"{name} is {dtype}; expected a floating-point type such as Float32 or Float64.", name);

    /// <summary>Refuses a CUDA device that is not available, which would fail deep in the native library or end the process.</summary>
    public static Device Available(Device device, [CallerArgumentExpression(nameof(device))] string name = "")
    {
        if (device.type != DeviceType.CUDA)
            return device;
        if (!cuda.is_available())
            throw new ArgumentException(
                $"{name} is {device}, but no CUDA device is available to this process; expected cpu, or a machine with a GPU, "
                + "its driver and a CUDA build of libtorch.", name);
        int count = cuda.device_count();
        return device.index < count
            ? device
            : throw new ArgumentException($"{name} is {device}, but there are {count} CUDA devices, numbered from 0.", name);
    }

    /// <summary>Refuses complex numbers, which have no order.</summary>
    public static void Real(Tensor values, string name)
    {
        if (values.is_complex())
            throw new ArgumentException($"{name} is of type {values.dtype}; expected real numbers, such as Float32.", name);
    }

    /// <summary>Refuses a network's output that is not of a real floating-point type, or is a scalar.</summary>
    public static void Output(Tensor output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (!output.is_floating_point())
            throw new ArgumentException($"The output is of type {output.dtype}; expected a floating-point type.", nameof(output));
        if (output.ndim == 0)
            throw new ArgumentException("The output is a scalar; expected [batch, …].", nameof(output));
    }

    /// <summary>Refuses a shape of a weight whose size in bytes would overflow; it does not check the available memory.</summary>
    public static IReadOnlyList<long> Countable(params long[] shape)
    {
        const long maximum = long.MaxValue / sizeof(double);
        Int128 count = 1;
        foreach (long size in shape)
            count = count * size is var product && product <= maximum
                ? product
                : throw new ArgumentOutOfRangeException(
                    "size", $"A weight would have shape {Shapes.Describe(shape)}; expected at most {maximum} numbers.");
        return Array.AsReadOnly(shape);
    }

    /// <summary>Refuses a tensor with an element that is NaN or infinite. Reads two numbers back from the device.</summary>
    public static void AllFinite(Tensor values, string name)
    {
        Real(values, name);
        if (values.numel() == 0)
            return;
        using var scope = NewDisposeScope();
        var (minimum, maximum) = values.detach().aminmax();
        double low = minimum.ReadDouble(), high = maximum.ReadDouble();
        if (!double.IsFinite(low) || !double.IsFinite(high))
            throw new ArgumentException($"{name} has the value {(double.IsFinite(low) ? high : low)}; expected finite numbers.", name);
    }

    /// <summary>Refuses a tensor with an element outside [0, 1] or NaN. Reads two numbers back from the device.</summary>
    public static void WithinUnitInterval(Tensor values, string name)
    {
        Real(values, name);
        if (values.numel() == 0)
            return;
        using var scope = NewDisposeScope();
        var (minimum, maximum) = values.detach().aminmax();
        WithinUnitInterval(minimum.ReadDouble(), maximum.ReadDouble(), name);
    }

    /// <summary>Refuses values whose minimum or maximum is outside [0, 1] or NaN.</summary>
    public static void WithinUnitInterval(double low, double high, string name)
    {
        if (double.IsNaN(low) || double.IsNaN(high))
            throw new ArgumentException($"{name} has a NaN; expected values in [0, 1].", name);
        if (low < 0 || high > 1)
            throw new ArgumentException($"{name} has the value {(low < 0 ? low : high)}; expected values in [0, 1].", name);
    }
}
