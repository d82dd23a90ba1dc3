using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>Determines whether the numbers of a tensor are finite, and how large they are.</summary>
internal static class Finiteness
{
    /// <summary>Determines whether no number is NaN or infinite. Reads one number back from the device.</summary>
    public static bool IsFinite(Tensor values)
    {
        if (!values.is_floating_point() && !values.is_complex())
            return true;
        using var scope = NewDisposeScope();
        return values.detach().isfinite().all().ReadBoolean();
    }

    /// <summary>
    /// Returns the largest magnitude; 0 if the tensor is empty or not of a floating-point type. Reads one number back from the device.
    /// </summary>
    public static double Largest(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.numel() == 0 || !values.is_floating_point() ? 0 : values.detach().abs().max().ReadDouble();
    }
}
