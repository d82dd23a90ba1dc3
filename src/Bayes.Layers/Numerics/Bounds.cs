using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>Values kept within bounds.</summary>
internal static class Bounds
{
    /// <summary>
    /// The values, at most the bounds, with the gradient of the values themselves: one that is beyond a bound can come back, where
    /// a clamp would leave it there for good.
    /// </summary>
    public static Tensor ClampKeepingGradient(this Tensor values, Scalar? minimum, Scalar maximum)
    {
        using var scope = NewDisposeScope();
        var within = values.detach().clamp(minimum, maximum);
        // What is added is 0.
        return (values.requires_grad ? within.add(values.add(values.detach(), Scalars.MinusOne), Scalars.One) : within).MoveToOuterDisposeScope();
    }
}
