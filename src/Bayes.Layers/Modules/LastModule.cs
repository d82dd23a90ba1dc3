using Bayes.Layers.Likelihoods;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Modules;

/// <summary>Finds the last module of a network, as far as it is visible from outside, to check it against the likelihood.</summary>
internal static class LastModule
{
    /// <summary>Refuses a model whose last module does not fit the likelihood, such as a sigmoid before a likelihood of logits.</summary>
    /// <exception cref="ArgumentException">The likelihood refuses the model's last module.</exception>
    public static void RequireFits(nn.Module model, Likelihood likelihood)
    {
        var last = Of(model);
        if (likelihood.RefusalOf(last) is { } reason)
            throw new ArgumentException($"The model ends in {last.GetName()}, and {likelihood} {reason}.", nameof(model));
    }

    private static nn.Module Of(nn.Module module)
    {
        var inOrder = module switch
        {
            BayesianModule bayesian => bayesian.InOrder,
            Sequential sequence => sequence.children(),
            _ => [],
        };
        return inOrder.LastOrDefault(step => !KnownModules.Is(ModuleTraits.KeepsValues, step)) is { } last ? Of(last) : module;
    }
}
