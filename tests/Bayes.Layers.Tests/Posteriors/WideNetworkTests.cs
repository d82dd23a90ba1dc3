using Bayes.Layers.Posteriors;
using Bayes.Layers.Training;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Posteriors;

/// <summary>
/// The effect of a posterior's initial values in a wide network, in 200 steps; docs/estimators.md has the full size, 784-512-512-10.
/// </summary>
public sealed class WideNetworkTests : TorchTest
{
    private const int Classes = 10;
    private const int Inputs = 196;
    private const int Width = 256;

    /// <summary>Rows around ten centres, with independent noise of three times the centres' size in each input.</summary>
    private static (Tensor Input, Tensor Target) Clusters(long rows, Tensor centres)
    {
        var target = randint(0, Classes, rows, dtype: int64);
        return (centres.index_select(0, target) + 1.5f * randn(rows, Inputs), target);
    }

    private static double AccuracyAfterTraining(PosteriorInitializer initializer)
    {
        random.manual_seed(51);
        var centres = 0.5f * randn(Classes, Inputs);
        var (input, target) = Clusters(1024, centres);
        var (testInput, testTarget) = Clusters(500, centres);
        using var model = new BayesianSequential(
            new BayesianLinear(Inputs, Width, initializer: initializer), ReLU(), new BayesianLinear(Width, Width, initializer: initializer), ReLU(),
            new BayesianLinear(Width, Classes, initializer: initializer));
        var loss = ElboLoss.Categorical(1024);
        new VariationalTrainer(model, loss, new() { Epochs = 12, BatchSize = 64, LearningRate = 1e-3, ShuffleSeed = 1 }).Fit(input, target);
        using var predictive = new MonteCarloPredictive(model, loss.Likelihood, 16, seed: 0);
        using var prediction = predictive.Predict(testInput);
        return prediction.Mean.argmax(-1).eq(testTarget).to(float64).mean().ToDouble();
    }

    [Fact]
    public void Fixed_sigma_hides_the_signal_in_a_wide_network_and_sigma_by_fan_in_does_not()
    {
        AccuracyAfterTraining(new NormalInitializer()).Should().BeLessThan(0.2, "of ten classes chance finds a tenth");
        AccuracyAfterTraining(new FanInInitializer()).Should().BeGreaterThan(0.85);
    }
}
