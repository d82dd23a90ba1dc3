using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>
/// Reads numbers back from the device. TorchSharp's <c>tensor.ToDouble()</c> creates a scalar without keeping a reference to it while it is read,
/// and a garbage collection at that moment ends the process; these methods keep a reference.
/// </summary>
internal static class Readings
{
    public static double ReadDouble(this Tensor tensor)
    {
        using var scalar = tensor.ToScalar();
        return scalar.ToDouble();
    }

    public static long ReadInt64(this Tensor tensor)
    {
        using var scalar = tensor.ToScalar();
        return scalar.ToInt64();
    }

    /// <summary>Returns every element, row by row.</summary>
    public static double[] ReadDoubles(this Tensor tensor, [CallerArgumentExpression(nameof(tensor))] string name = "")
    {
        Require.Real(tensor, name);
        if (tensor.numel() == 0)
            return [];
        using var scope = NewDisposeScope();
        return tensor.detach().to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
    }

    public static bool ReadBoolean(this Tensor tensor)
    {
        using var scalar = tensor.ToScalar();
        return scalar.ToBoolean();
    }
}
