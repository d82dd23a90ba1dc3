using Bayes.Layers.Checkpoints;
using Bayes.Layers.Likelihoods;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Soak;

/// <summary>A plain network that another method of inference makes Bayesian.</summary>
/// <param name="Name">The name in the output.</param>
/// <param name="Likelihood">p(y | f).</param>
/// <param name="CreateInput">Makes the inputs, from torch's generator.</param>
/// <param name="CreateTarget">Makes the targets of the inputs.</param>
/// <param name="Fit">Makes a network, and a distribution over functions of it, from inputs, targets and a seed. Also returns the modules that are
/// to be disposed.</param>
internal sealed record MethodCase(
    string Name, Likelihood Likelihood, Func<Tensor> CreateInput, Func<Tensor> CreateTarget,
    Func<Tensor, Tensor, int, (FunctionDistribution Distribution, IReadOnlyList<Module> Owned)> Fit)
    : SoakCase(Name)
{
    protected override (double[] Before, double[] After) SaveAndLoad(long seed, string file)
    {
        Tensor input = CreateInput(), target = CreateTarget();
        var (distribution, owned) = Fit(input, target, (int)seed);
        double[] before = Prediction.With(distribution, Likelihood, input, target, seed);
        Checkpoint.Save(distribution, file, Likelihood);
        foreach (var module in owned)
            module.Dispose();
        using var loaded = Checkpoint.LoadDistribution(file);
        return (before, Prediction.With(loaded.Distribution, loaded.Likelihood!, input, target, seed));
    }
}
