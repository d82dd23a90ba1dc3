using Bayes.Layers.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>The gradients of the parameters that a step changes.</summary>
/// <param name="flat">The parameters in one storage, if there is one.</param>
/// <param name="others">All other parameters.</param>
internal sealed class StepGradients(FlatPosterior? flat, Parameter[] others)
{
    /// <summary>Returns the gradients: of the flat storage first, then of the others; null where a parameter has none.</summary>
    public Tensor?[] All() => flat is null ? [.. Others()] : [flat.Gradient, .. Others()];

    /// <summary>Returns the gradient of a parameter that the optimizer steps, or null if it has none.</summary>
    public Tensor? Of(Parameter parameter) => flat?.GradientOf(parameter) ?? parameter.grad;

    /// <summary>Returns the Euclidean norm of all gradients together.</summary>
    public double Norm()
    {
        double? known = flat?.SquareOfGradients();
        if (known is { } all && others.Length == 0)
            return Math.Sqrt(all);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        double sum = known ?? 0;
        // All are asked for before one is read: a GPU is waited for once.
        Tensor[] norms = [.. (known is null ? All() : Others()).OfType<Tensor>().Select(NormOf)];
        foreach (var norm in norms)
        {
            double value = norm.ReadDouble();
            sum += value * value;
        }
        return Math.Sqrt(sum);
    }

    /// <summary>Multiplies all gradients.</summary>
    public void Scale(double factor)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using Scalar scale = factor;
        foreach (var gradient in All())
            gradient?.mul_(scale);
    }

    /// <summary>Sets the gradients to copies of other values, in the order of <see cref="All"/>.</summary>
    public void Set(IReadOnlyList<Tensor?> values)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        int first = flat is null ? 0 : 1;
        flat?.Gradient.copy_(values[0]!);
        for (int i = 0; i < others.Length; i++)
            others[i].grad = values[first + i]?.clone();
    }

    private IEnumerable<Tensor?> Others() => others.Select(parameter => parameter.grad);

    // A norm leaves the range of the half-precision types where the gradient does not.
    private static Tensor NormOf(Tensor gradient) =>
        (gradient.dtype == gradient.dtype.AtLeastSingle() ? gradient : gradient.to(gradient.dtype.AtLeastSingle())).norm();
}
