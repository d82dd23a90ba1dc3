using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>What Bayesian modules add to any TorchSharp module that holds them.</summary>
public static class ModuleExtensions
{
    /// <summary>
    /// KL(q ‖ p) of every Bayesian module in the tree, each counted once however often it is used, in nats and summed over
    /// all weights. Serves a plain <c>nn.Sequential</c> or a module of one's own with Bayesian layers in it.
    /// </summary>
    /// <param name="module">The root of the tree.</param>
    /// <returns>A scalar, differentiable; 0 where nothing in the tree is Bayesian.</returns>
    public static Tensor KlDivergence(this nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        using var scope = NewDisposeScope();
        Tensor? total = null;
        foreach (var bayesian in module.BayesianModules())
        {
            if (bayesian.OwnKlDivergence() is not { } own)
                continue;
            total = total is null ? own : total.add(own, Numerics.Scalars.One);
        }
        return (total ?? zeros([])).MoveToOuterDisposeScope();
    }

    /// <summary>The module itself and all below it that are Bayesian, each once.</summary>
    internal static IEnumerable<BayesianModule> BayesianModules(this nn.Module module) =>
        module.modules().Prepend(module).OfType<BayesianModule>().Distinct<BayesianModule>(ReferenceEqualityComparer.Instance);
}
