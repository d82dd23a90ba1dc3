using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>Checks of arguments: each failure is one sentence with the value found and what was expected.</summary>
internal static class Require
{
    public static long Positive(long value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value > 0
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; expected a whole number of at least 1.");

    public static long Between(long value, long least, long most, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value >= least && value <= most
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; expected a whole number from {least} to {most}.");

    public static double PositiveAndFinite(double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value > 0 && double.IsFinite(value)
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; expected a finite number above 0.");

    /// <summary>A scale whose square, and what is divided by it, numbers of a weight's type can hold; of half precision, those of single, in which it is computed.</summary>
    public static void SquareWithin(double value, ScalarType dtype, string name, bool mayBeSmall = false)
    {
        var type = dtype.AtLeastSingle();
        double most = Math.Sqrt(type.Largest()), least = mayBeSmall ? -most : 1 / most;
        if (!(value >= least && value <= most))
            throw new ArgumentOutOfRangeException(
                name, value, $"{name} is {value}; expected a number from {least} to {most}, whose square is {(mayBeSmall ? "" : "above 0 and ")}finite in {type}.");
    }

    public static double NonNegativeAndFinite(double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value >= 0 && double.IsFinite(value)
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; expected a finite number of at least 0.");

    public static double Finite(double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        double.IsFinite(value)
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; expected a finite number.");

    /// <summary>Targets, if there are any, are one for each row of the input.</summary>
    public static void OneForEachRow(Tensor? target, long rows)
    {
        if (target is not null && (target.ndim == 0 || target.shape[0] != rows))
            throw new ArgumentException(
                $"The target has shape {Shapes.Describe(target.shape)}; expected [{rows}, …], a target for each of the {rows} rows of the input.", nameof(target));
    }

    /// <summary>The number of the first of some draws: the last one needs a number too.</summary>
    public static int FirstDraw(int value, int draws, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value >= 0 && value <= int.MaxValue - draws
            ? value
            : throw new ArgumentOutOfRangeException(
                name, value, $"{name} is {value}; expected 0 to {int.MaxValue - draws}, so that {draws} draws have numbers.");

    /// <summary>A probability that an interval can hold: neither none nor all.</summary>
    public static double Mass(double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value > 0 && value < 1
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; expected a number above 0 and below 1.");

    /// <summary>A posterior of the weights that a prior was made for: of their shape, or with its axes flattened into one.</summary>
    public static void WeightShape(long[] found, long[] expected)
    {
        if (!found.AsSpan().SequenceEqual(expected) && !(found.Length == 1 && found[0] == expected.Aggregate(1L, (count, size) => count * size)))
            throw new ArgumentException(
                $"The posterior has shape {Shapes.Describe(found)}; expected {Shapes.Describe(expected)}, that of the weights of which the prior is.", "posterior");
    }

    public static ScalarType FloatingPoint(ScalarType dtype, [CallerArgumentExpression(nameof(dtype))] string name = "") =>
        is_floating_point(dtype)
            ? dtype
            : throw new ArgumentException($"{name} is {dtype}; expected a floating-point type such as Float32 or Float64.", name);

    /// <summary>A CUDA device that is not there fails deep in the native library, or ends the process; here it is a sentence.</summary>
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

    /// <summary>Numbers that have an order.</summary>
    public static void Real(Tensor values, string name)
    {
        if (values.is_complex())
            throw new ArgumentException($"{name} is of type {values.dtype}; expected real numbers, such as Float32.", name);
    }

    /// <summary>What a network gives: real numbers of a floating-point type, for each example.</summary>
    public static void Output(Tensor output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (!output.is_floating_point())
            throw new ArgumentException($"The output is of type {output.dtype}; expected a floating-point type.", nameof(output));
        if (output.ndim == 0)
            throw new ArgumentException("The output is a scalar; expected [batch, …].", nameof(output));
    }

    /// <summary>The shape of a weight whose numbers can be counted, in bytes too; whether there is room for them is another matter.</summary>
    public static IReadOnlyList<long> Countable(params long[] shape)
    {
        const long most = long.MaxValue / sizeof(double);
        Int128 count = 1;
        foreach (long size in shape)
            count = count * size is var product && product <= most
                ? product
                : throw new ArgumentOutOfRangeException("size", $"A weight would have shape {Shapes.Describe(shape)}; expected at most {most} numbers.");
        return Array.AsReadOnly(shape);
    }

    /// <summary>No element is NaN or infinite. Reads two numbers back from the device.</summary>
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

    /// <summary>Every element in [0, 1]; NaN is not. Reads two numbers back from the device.</summary>
    public static void WithinUnitInterval(Tensor values, string name)
    {
        Real(values, name);
        if (values.numel() == 0)
            return;
        using var scope = NewDisposeScope();
        var (minimum, maximum) = values.detach().aminmax();
        WithinUnitInterval(minimum.ReadDouble(), maximum.ReadDouble(), name);
    }

    /// <summary>The least and the greatest of some values in [0, 1], and so all of them; NaN is not.</summary>
    public static void WithinUnitInterval(double low, double high, string name)
    {
        if (double.IsNaN(low) || double.IsNaN(high))
            throw new ArgumentException($"{name} has a NaN; expected values in [0, 1].", name);
        if (low < 0 || high > 1)
            throw new ArgumentException($"{name} has the value {(low < 0 ? low : high)}; expected values in [0, 1].", name);
    }
}
