using Bayes.Layers.Likelihoods;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Modules;

/// <summary>The module that a network ends in, as far as it can be seen from outside: a likelihood may not be meant for it.</summary>
internal static class LastModule
{
    /// <summary>Refuses a model that ends in a module which the likelihood is not meant for, such as a sigmoid before logits.</summary>
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
