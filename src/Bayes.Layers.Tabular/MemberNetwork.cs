using Bayes.Layers.Likelihoods;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Tabular;

/// <summary>Makes the network of a member: hidden layers whose priors have learned scales, and a last layer.</summary>
internal static class MemberNetwork
{
    // Initial sigma, relative to the spread of the means.
    private const double StartingNoise = 0.1;

    /// <summary>Returns an untrained network, which takes standardised features.</summary>
    public static BayesianSequential Create(MemberRecipe recipe, int features, IReadOnlyList<int> hidden)
    {
        var parts = new List<(string, nn.Module<Tensor, Tensor>)>();
        int width = features;
        for (int index = 0; index < hidden.Count; index++)
        {
            var start = new FanInInitializer(recipe.Activation.Gain, StartingNoise);
            double scale = 1 / Math.Sqrt(width);
            parts.Add(($"hidden{index + 1}", new BayesianLinear(
                width, hidden[index],
                // A scale for each input, so that one that does not matter costs nothing.
                prior: index == 0 ? new HorseshoePrior(scale, axis: 1) : new LearnedScalePrior(scale), biasPrior: new LearnedScalePrior(),
                initializer: index == 0 ? new SpreadBiases(start) : start)));
            parts.Add(($"activation{index + 1}", recipe.Activation.Create()));
            width = hidden[index];
        }
        Prior prior = recipe.Head.ShrinksWeights ? new LearnedScalePrior(1 / Math.Sqrt(width)) : NormalPrior.Standard;
        parts.Add(("output", new BayesianLinear(
            width, recipe.Head.Outputs, prior: prior, biasPrior: NormalPrior.Standard, initializer: new FanInInitializer(1, StartingNoise))));
        var network = new BayesianSequential([.. parts]);
        using var noGrad = no_grad();
        recipe.Head.Start(((BayesianLinear)parts[^1].Item2).BiasPosterior!.Mean);
        return network;
    }

    /// <summary>Returns the layer that will turn the outputs into the shared ones; null if they are them. Draws from torch's generator, as each
    /// new layer does, though its numbers will be replaced.</summary>
    public static Linear? CreateExpansion(MemberHead head) => head.SharedOutputs is { } shared ? nn.Linear(head.Outputs, shared) : null;

    /// <summary>Returns a trained network with the outputs that all members share. It takes over the modules.</summary>
    /// <param name="trained">The trained network.</param>
    /// <param name="expansion">A result of <see cref="CreateExpansion"/>.</param>
    /// <param name="head">Its end.</param>
    /// <param name="likelihood">The likelihood after training.</param>
    public static BayesianSequential Finish(BayesianSequential trained, Linear? expansion, MemberHead head, Likelihood likelihood)
    {
        if (expansion is null)
            return trained;
        float[,] weight = new float[expansion.out_features, expansion.in_features];
        float[] bias = new float[expansion.out_features];
        head.Expand(likelihood, weight, bias);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        expansion.weight.copy_(tensor(weight));
        expansion.bias!.copy_(tensor(bias));
        foreach (var parameter in expansion.parameters())
            parameter.requires_grad_(false);
        return new BayesianSequential(
            [.. trained.named_children().Select(child => (child.name, (nn.Module<Tensor, Tensor>)child.module)), ("expansion", expansion)]);
    }
}
