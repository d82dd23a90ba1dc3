using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>Arithmetic of several gradients together; null is the gradient of a parameter that the loss does not depend on.</summary>
internal static class Gradients
{
    /// <summary>Returns the sum of squares of all gradients.</summary>
    /// <param name="gradients">The gradients.</param>
    /// <param name="known">A sum that is known already, which the others are added to.</param>
    public static double SquareOf(IEnumerable<Tensor?> gradients, double known = 0)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        double sum = known;
        // All are asked for before one is read: a GPU is waited for once.
        Tensor[] norms = [.. gradients.OfType<Tensor>().Select(NormOf)];
        foreach (var norm in norms)
        {
            double value = norm.ReadDouble();
            sum += value * value;
        }
        return sum;
    }

    /// <summary>Multiplies all gradients with a factor.</summary>
    public static void Scale(IEnumerable<Tensor?> gradients, double factor)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using Scalar scale = factor;
        foreach (var gradient in gradients)
            gradient?.mul_(scale);
    }

    // A norm leaves the range of the half-precision types where the gradient does not.
    private static Tensor NormOf(Tensor gradient) =>
        (gradient.dtype == gradient.dtype.AtLeastSingle() ? gradient : gradient.to(gradient.dtype.AtLeastSingle())).norm();
}
