using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>
/// Single numbers read back from the device. TorchSharp's <c>tensor.ToDouble()</c> makes a scalar that nothing holds on to while it
/// is read, and a collection in that moment ends the process; these hold on to it.
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

    public static bool ReadBoolean(this Tensor tensor)
    {
        using var scalar = tensor.ToScalar();
        return scalar.ToBoolean();
    }
}
