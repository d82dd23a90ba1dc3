using Bayes.Layers.Training;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Training;

public sealed class VariationalTrainerTests : TorchTest
{
    private const int Rows = 60;

    private static readonly ElboLoss Loss = ElboLoss.Bernoulli(Rows);

    private static BayesianSequential Model()
    {
        random.manual_seed(17);
        return new BayesianSequential(new BayesianLinear(2, 8, dtype: float64), Tanh(), new BayesianLinear(8, 1, dtype: float64));
    }

    private static (Tensor Input, Tensor Target) Data(long seed = 23)
    {
        random.manual_seed(seed);
        var input = randn(Rows, 2, float64);
        return (input, (input.narrow(1, 0, 1) > 0).to(float64));
    }

    [Fact]
    public void It_learns()
    {
        using var model = Model();
        var (input, target) = Data();
        var history = new VariationalTrainer(model, Loss, new() { Epochs = 50, BatchSize = 16, LearningRate = 0.02 }).Fit(input, target, Data(24));
        history.Epochs.Should().HaveCount(50);
        history.Epochs[^1].Loss.Should().BeLessThan(history.Epochs[0].Loss);
        history.Best!.ValidationLogDensity.Should().BeGreaterThan(history.Epochs[0].ValidationLogDensity!.Value);
    }
}
