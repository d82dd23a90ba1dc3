using Bayes.Layers.Averaging;
using Bayes.Layers.Ensembles;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Sampling;
using Bayes.Layers.Training;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Soak;

/// <summary>Every method of inference other than variational training.</summary>
internal static class SoakMethods
{
    private static readonly Likelihood Noise = new GaussianLikelihood(0.5);

    public static IReadOnlyList<MethodCase> All { get; } =
    [
        Case("SWAG", (input, target, seed) => Of(Swag.Fit(
            Plain(), input, target, Noise, new SwagOptions { Collections = 4, ShuffleSeed = seed }))),
        Case("SWAG with batch normalization", (input, target, seed) => Of(Swag.Fit(
            Sequential(Linear(3, 8), BatchNorm1d(8), Tanh(), Linear(8, 1)), input, target, Noise,
            new SwagOptions { Collections = 4, ShuffleSeed = seed }))),
        Case("IVON", (input, target, seed) => Of(Ivon.Fit(
            Plain(), input, target, Noise, new IvonOptions { Training = Short(seed).Training }).Model)),
        Case("an ensemble", (input, target, seed) =>
        {
            var members = EnsembleTraining.Train(
                3, seed, _ => Plain(), (network, member) => MaximumAPosteriori.Fit(network, input, target, Noise, Short(member.Index)));
            return (new Ensemble(members), members);
        }),
        Case("Laplace, last layer", (input, target, seed) => Laplace(input, target, seed, new LaplaceOptions())),
        Case("Laplace, all layers, full", (input, target, seed) => Laplace(
            input, target, seed, new LaplaceOptions { Layers = LaplaceLayers.All, Curvature = CurvatureStructure.Full })),
        Case("Laplace, all layers, Kronecker", (input, target, seed) => Laplace(
            input, target, seed, new LaplaceOptions { Layers = LaplaceLayers.All })),
        Case("Hamiltonian Monte Carlo", (input, target, seed) => Of(HamiltonianMonteCarlo.Sample(
            Plain(), input, target, Noise, new HamiltonianOptions { Chains = 2, WarmUp = 10, Draws = 5, Seed = seed }).Model)),
        Case("stochastic gradients", (input, target, seed) => Of(StochasticGradientHmc.Sample(
            Plain(), input, target, Noise,
            new StochasticGradientOptions { Cycles = 2, EpochsPerCycle = 4, BatchSize = 8, MaximumDraws = 3, Seed = seed }).Model)),
    ];

    private static MethodCase Case(
        string name, Func<Tensor, Tensor, int, (FunctionDistribution Distribution, IReadOnlyList<Module> Owned)> fit) =>
        new(name, Noise, () => randn(SoakCases.Rows, 3), () => randn(SoakCases.Rows, 1), fit);

    private static (FunctionDistribution, IReadOnlyList<Module>) Laplace(Tensor input, Tensor target, int seed, LaplaceOptions options)
    {
        var network = Plain();
        MaximumAPosteriori.Fit(network, input, target, Noise, Short(seed));
        using var laplace = LaplaceApproximation.Fit(network, input, target, Noise, options);
        using var prediction = laplace.Predict(input);
        GC.KeepAlive(laplace.ToString());
        return Of(laplace.Model);
    }

    private static (FunctionDistribution, IReadOnlyList<Module>) Of(BayesianModule model) => (FunctionDistribution.Of(model), [model]);

    private static Module<Tensor, Tensor> Plain() => Sequential(Linear(3, 8), Tanh(), Linear(8, 1));

    private static MaximumAPosterioriOptions Short(int seed) =>
        new() { Training = new VariationalTrainerOptions { Epochs = 3, BatchSize = 8, ShuffleSeed = seed } };
}
