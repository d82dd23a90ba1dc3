using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>Compares the parameters of an optimizer with those that a step trains.</summary>
internal static class OptimizerParameters
{
    /// <summary>Refuses an optimizer that would leave out parameters, or step them twice.</summary>
    /// <param name="optimizer">The optimizer; one in native code does not list its parameters, and is accepted.</param>
    /// <param name="strategy">The strategy whose parameters the optimizer has to hold.</param>
    /// <exception cref="ArgumentException">A parameter is missing, or held twice.</exception>
    public static void RequireAll(optim.Optimizer optimizer, StepStrategy strategy)
    {
        if (optimizer is not OptimizerHelper helper)
            return;
        var held = helper.parameters().ToHashSet<Tensor>(ReferenceEqualityComparer.Instance);
        // The optimizer may hold the storage, or the model's views of it.
        Parameter[] stored = [.. strategy.Parameters.SkipLast(strategy.Others.Length)];
        bool holdsStorage = stored.Any(held.Contains);
        var views = strategy.Views;
        Parameter[] expected = [.. holdsStorage ? stored : views, .. strategy.Others.Where(parameter => parameter.requires_grad)];
        Parameter[] missing = [.. expected.Where(parameter => !held.Contains(parameter))];
        // An optimizer that was made from the lazy list of a model's parameters lists the current ones, but has state for the old ones.
        if (missing.Length == 0 && !HasState(helper))
            missing = expected;
        if (missing.Length > 0)
            throw new ArgumentException(
                $"The optimizer lacks {missing.Length} of {expected.Length} parameters, the first of shape {Shapes.Describe(missing[0].shape)}; "
                + "expected createOptimizer to make one from the parameters that it is given, or from those that the model and the loss have at that "
                + "moment, since earlier ones were replaced. Freeze a parameter with requires_grad = false to leave it out.",
                "createOptimizer");
        if (holdsStorage && views.Any(held.Contains))
            throw new ArgumentException(
                "The optimizer holds parameters twice, as those that createOptimizer is given and as the model's own; expected one or the other.",
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
