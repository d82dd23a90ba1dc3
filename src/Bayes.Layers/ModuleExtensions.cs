using Bayes.Layers.Estimators;
using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>Provides what Bayesian modules add to any TorchSharp module that contains them.</summary>
public static class ModuleExtensions
{
    /// <summary>
    /// Computes KL(q ‖ p) of every Bayesian module in the tree, each counted once however often it is used, in nats and summed over all weights.
    /// Serves a plain <c>nn.Sequential</c> or a module of your own with Bayesian layers in it.
    /// </summary>
    /// <param name="module">The root of the tree.</param>
    /// <returns>A scalar, differentiable; 0, in the type and on the device of the parameters, if nothing in the tree has a posterior.</returns>
    public static Tensor KlDivergence(this nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return module.KlDivergenceOf(pass: null);
    }

    /// <summary>Computes <see cref="KlDivergence"/>, with the draws of a pass for the priors that have no closed form.</summary>
    internal static Tensor KlDivergenceOf(this nn.Module module, Pass? pass)
    {
        using var gates = ModuleGates.Hold(module);
        using var scope = NewDisposeScope();
        Tensor? total = null;
        foreach (var (bayesian, variables) in module.VariablesByModule())
        {
            var own = variables.Select(variable => Divergence(variable, pass)).Append(bayesian.OwnKlDivergence()).OfType<Tensor>()
                .Aggregate((Tensor?)null, Sum);
            if (own is not null)
                total = Sum(total, own);
        }
        if (total is null)
            UnlistedLayers.RequireNone(module);
        return (total ?? Nothing(module.parameters().FirstOrDefault())).MoveToOuterDisposeScope();
    }

    private static Tensor Sum(Tensor? sum, Tensor next) => sum is null ? next : sum.add(next, Scalars.One);

    private static Tensor Divergence(WeightVariable variable, Pass? pass)
    {
        if (variable.Prior.HasClosedForm)
            return variable.Prior.KlDivergence(variable.Posterior);
        using var draws = pass?.FindDraws(variable.Posterior);
        return draws is null ? variable.Prior.KlDivergence(variable.Posterior) : variable.Prior.KlDivergence(variable.Posterior, draws);
    }

    private static Tensor Nothing(Tensor? beside) => beside is null ? zeros([]) : zeros([], beside.dtype.AtLeastSingle(), beside.device);

    /// <summary>Returns the posteriors of all weights in the tree, each once.</summary>
    internal static IEnumerable<WeightPosterior> Posteriors(this nn.Module module) => module.Variables().Select(variable => variable.Posterior);

    /// <summary>
    /// Returns the posteriors in two groups: those of which a prediction draws the whole weight, and those of which it draws the rows that its input
    /// uses.
    /// </summary>
    internal static (WeightPosterior[] Whole, WeightPosterior[] ByRows) PosteriorsByUse(this nn.Module module)
    {
        // A layer may share its weight with one that looks up rows.
        var usedWhole = module.BayesianModules().SelectMany(each => each.OwnVariables).Where(variable => !variable.UsesRows)
            .Select(variable => variable.Posterior.Mean).ToHashSet<Tensor>(ReferenceEqualityComparer.Instance);
        var groups = module.Posteriors().ToLookup(posterior => posterior.DrawsRows && !usedWhole.Contains(posterior.Mean));
        return ([.. groups[false]], [.. groups[true]]);
    }

    /// <summary>Returns the weights in the tree that are random variables, each once: layers that share a parameter have one variable
    /// together.</summary>
    /// <exception cref="InvalidOperationException">Layers share a mean, but not the rest of the posterior or the prior.</exception>
    internal static IEnumerable<WeightVariable> Variables(this nn.Module module) => module.VariablesByModule().SelectMany(each => each.Variables);

    /// <summary>Returns the Bayesian modules in the tree, each with those of its own variables that no module before it has.</summary>
    /// <exception cref="InvalidOperationException">Layers share a mean, but not the rest of the posterior or the prior.</exception>
    internal static IEnumerable<(BayesianModule Module, IReadOnlyList<WeightVariable> Variables)> VariablesByModule(this nn.Module module)
    {
        var known = new Dictionary<Tensor, WeightVariable>(ReferenceEqualityComparer.Instance);
        foreach (var bayesian in module.BayesianModules())
        {
            var own = new List<WeightVariable>();
            foreach (var variable in bayesian.OwnVariables.Select(bayesian.UnderPriorInPlace))
                if (known.TryAdd(variable.Posterior.Mean, variable))
                    own.Add(variable);
                else
                    RequireSame(known[variable.Posterior.Mean], variable, bayesian);
            yield return (bayesian, own);
        }
    }

    private static void RequireSame(WeightVariable first, WeightVariable second, BayesianModule module)
    {
        if (first.Posterior.NameOfDifference(second.Posterior) is { } other)
            throw new InvalidOperationException(
                $"A {module.GetName()} shares {second.Name}_mu with another layer, and {second.Name}_{other} not; share both, or neither.");
        if (first.Prior.Settings != second.Prior.Settings)
            throw new InvalidOperationException(
                $"A {module.GetName()} shares its {second.Name} with another layer, whose prior is {first.Prior.Settings} where its own is "
                + $"{second.Prior.Settings}; expected the same prior.");
    }

    /// <summary>Returns the module itself and all modules below it that are Bayesian, each once.</summary>
    internal static IEnumerable<BayesianModule> BayesianModules(this nn.Module module) =>
        module.modules().Prepend(module).OfType<BayesianModule>().Distinct<BayesianModule>(ReferenceEqualityComparer.Instance);
}
