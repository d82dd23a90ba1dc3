using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>Computes with several gradients; a gradient is null if the loss does not depend on the parameter.</summary>
internal static class Gradients
{
    /// <summary>Returns the sum of squares of all gradients.</summary>
    /// <param name="gradients">The gradients.</param>
    /// <param name="known">A known sum that is added.</param>
    public static double SquareOf(IEnumerable<Tensor?> gradients, double known = 0)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        double sum = known;
        // Computes all before reading one, so as to wait for a GPU once.
        Tensor[] norms = [.. gradients.OfType<Tensor>().Select(NormOf)];
        foreach (var norm in norms)
        {
            double value = norm.ReadDouble();
            sum += value * value;
        }
        return sum;
    }

    /// <summary>Multiplies all gradients by a factor.</summary>
    public static void Scale(IEnumerable<Tensor?> gradients, double factor)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using Scalar scale = factor;
        foreach (var gradient in gradients)
            gradient?.mul_(scale);
    }

    // A norm may leave the range of a half-precision type that holds the gradient.
    private static Tensor NormOf(Tensor gradient) =>
        (gradient.dtype == gradient.dtype.AtLeastSingle() ? gradient : gradient.to(gradient.dtype.AtLeastSingle())).norm();
}
