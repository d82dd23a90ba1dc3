using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>Determines whether all numbers of a tensor are finite.</summary>
internal static class Finiteness
{
    /// <summary>Returns false if a number is NaN or infinite. Reads one number back from the device.</summary>
    public static bool IsFinite(Tensor values)
    {
        if (!values.is_floating_point() && !values.is_complex())
            return true;
        using var scope = NewDisposeScope();
        return values.detach().isfinite().all().ReadBoolean();
    }
}
