using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>Clamps values to bounds.</summary>
internal static class Bounds
{
    /// <summary>
    /// Returns the values clamped to the bounds, with the gradient of the values themselves, so a value beyond a bound can come back; an ordinary
    /// clamp has no gradient there.
    /// </summary>
    public static Tensor ClampKeepingGradient(this Tensor values, Scalar? minimum, Scalar maximum)
    {
        using var scope = NewDisposeScope();
        var within = values.detach().clamp(minimum, maximum);
        // The sum adds 0, with the gradient of the values.
        return (values.requires_grad ? within.add(values.add(values.detach(), Scalars.MinusOne), Scalars.One) : within).MoveToOuterDisposeScope();
    }
}
