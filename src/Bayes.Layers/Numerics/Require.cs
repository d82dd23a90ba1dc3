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

    public static double PositiveAndFinite(double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value > 0 && double.IsFinite(value)
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; expected a finite number above 0.");

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

    /// <summary>A standard deviation of weights whose square, and one over it, their type can hold. Half precision computes in single precision.</summary>
    public static void SquareWithin(ScalarType dtype, double stddev, string name)
    {
        var (lowest, highest) = dtype == ScalarType.Float64 ? (1e-153, 1e153) : (1e-18, 1e18);
        if (stddev < lowest || stddev > highest)
            throw new ArgumentException(
                FormattableString.Invariant($"{name} is {stddev}, whose square weights of type {dtype} cannot hold; expected a number between {lowest} and {highest}."), name);
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

    /// <summary>No element is NaN or infinite. Reads two numbers back from the device.</summary>
    public static void AllFinite(Tensor values, string name)
    {
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
