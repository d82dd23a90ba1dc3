using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>Compares the parameters of an optimizer with those that a step trains.</summary>
internal static class OptimizerParameters
{
    /// <summary>Refuses an optimizer that would leave parameters as they are, or step them twice.</summary>
    /// <param name="optimizer">The optimizer; one in native code does not tell its parameters and is taken as it is.</param>
    /// <param name="strategy">The strategy, which says what its optimizer has to hold.</param>
    /// <exception cref="ArgumentException">A parameter is missing, or held twice.</exception>
    public static void RequireAll(optim.Optimizer optimizer, StepStrategy strategy)
    {
        if (optimizer is not OptimizerHelper helper)
            return;
        var held = helper.parameters().ToHashSet<Tensor>(ReferenceEqualityComparer.Instance);
        // What is in one storage counts as one, or as the views that the model has.
        Parameter[] whole = [.. strategy.Parameters.SkipLast(strategy.Others.Length)];
        bool isWhole = whole.Any(held.Contains);
        var views = strategy.Views;
        Parameter[] expected = [.. isWhole ? whole : views, .. strategy.Others.Where(parameter => parameter.requires_grad)];
        Parameter[] missing = [.. expected.Where(parameter => !held.Contains(parameter))];
        // An optimizer that was made of the lazy list of a model's parameters lists those of now, and remembers those of before.
        if (missing.Length == 0 && !HasState(helper))
            missing = expected;
        if (missing.Length > 0)
            throw new ArgumentException(
                $"The optimizer lacks {missing.Length} of {expected.Length} parameters, the first of shape {Shapes.Describe(missing[0].shape)}; "
                + "expected one that createOptimizer makes when it is called, of the parameters that it is given or of the model's and the loss's "
                + "own at that moment: those of before are replaced. Freeze a parameter with requires_grad = false to leave it out.",
                "createOptimizer");
        if (isWhole && views.Any(held.Contains))
            throw new ArgumentException(
                "The optimizer holds parameters twice, as those that createOptimizer is given and as the model's own; expected either of them.",
                "createOptimizer");
    }

    private static bool HasState(OptimizerHelper optimizer)
    {
        try
        {
            optimizer.state_dict();
            return true;
        }
        catch (KeyNotFoundException)
        {
            return false;
        }
    }
}
