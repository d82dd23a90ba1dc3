using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
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
    /// <returns>A scalar, differentiable; 0, as a number beside its parameters, where nothing in the tree has a posterior.</returns>
    public static Tensor KlDivergence(this nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        using var scope = NewDisposeScope();
        Tensor? total = null;
        foreach (var bayesian in module.BayesianModules())
        {
            if (bayesian.OwnKlDivergence() is not { } own)
                continue;
            total = total is null ? own : total.add(own, Scalars.One);
        }
        return (total ?? Nothing(module.parameters().FirstOrDefault())).MoveToOuterDisposeScope();
    }

    private static Tensor Nothing(Tensor? beside) => beside is null ? zeros([]) : zeros([], beside.dtype.AtLeastSingle(), beside.device);

    /// <summary>The posteriors of all layers in the tree, each once.</summary>
    internal static IEnumerable<MeanFieldNormal> Posteriors(this nn.Module module)
    {
        foreach (var layer in module.BayesianModules().OfType<BayesianLayer>())
        {
            yield return layer.WeightPosterior;
            if (layer.BiasPosterior is { } bias)
                yield return bias;
        }
    }

    /// <summary>The module itself and all below it that are Bayesian, each once.</summary>
    internal static IEnumerable<BayesianModule> BayesianModules(this nn.Module module) =>
        module.modules().Prepend(module).OfType<BayesianModule>().Distinct<BayesianModule>(ReferenceEqualityComparer.Instance);
}
