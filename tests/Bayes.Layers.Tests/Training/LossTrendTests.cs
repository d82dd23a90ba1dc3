using Bayes.Layers.Training;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Training;

public sealed class LossTrendTests : TorchTest
{
    private static TrainingEpoch Epoch(int number, double negativeLogLikelihood, double divergence = 0, double effectiveBeta = 1, double learningRate = 0.01) => new()
    {
        Number = number, NegativeLogLikelihood = negativeLogLikelihood, KlDivergence = 100 * divergence, Loss = negativeLogLikelihood + effectiveBeta * divergence,
        Beta = 1, EffectiveBeta = effectiveBeta, ValidationLogDensity = null, LearningRate = learningRate, GradientNorm = 1, Examples = 100, Steps = 4, RefusedSteps = 0, Seconds = 1,
    };

    [Fact]
    public void The_last_quarter_is_compared_with_the_one_before()
    {
        var trend = LossTrend.Of([9, 9, 9, 5, 7, 1, 3, 9])!.Value;
        trend.Fall.Should().Be(4 - 6);
        trend = LossTrend.Of([9, 9, 9, 9, 5, 7, 1, 3])!.Value;
        trend.Fall.Should().Be(6 - 2);
        trend.StandardError.Should().BeApproximately(Math.Sqrt(2), 1e-12, "each quarter of two has the variance 2");
    }

    [Fact]
    public void Fewer_than_four_epochs_have_no_trend()
    {
        LossTrend.Of([3, 2, 1]).Should().BeNull();
        LossTrend.StillFalls([]).Should().BeFalse();
        LossTrend.StillFalls([Epoch(1, 3), Epoch(2, 2)]).Should().BeFalse();
    }

    [Fact]
    public void A_fall_that_may_be_chance_is_not_certain()
    {
        double[] noisy = [.. Enumerable.Range(0, 40).Select(epoch => (epoch % 2) - 0.003 * epoch)];
        LossTrend.Of(noisy)!.Value.IsWorthwhile.Should().BeTrue();
        LossTrend.Of(noisy)!.Value.IsCertain.Should().BeFalse();
    }

    [Fact]
    public void A_warm_up_of_the_KL_divergence_is_no_rise_of_the_loss()
    {
        // The loss rises with the divergence's weight while the whole of it falls.
        TrainingEpoch[] epochs = [.. Enumerable.Range(0, 40).Select(epoch => Epoch(epoch + 1, 1 - 0.01 * epoch, divergence: 1, effectiveBeta: (epoch + 1) / 40.0))];
        epochs[^1].Loss.Should().BeGreaterThan(epochs[0].Loss);
        LossTrend.StillFalls(epochs).Should().BeTrue();
    }

    [Fact]
    public void A_loss_that_falls_with_the_learning_rate_says_nothing_of_more_training()
    {
        LossTrend.StillFalls([.. Enumerable.Range(0, 40).Select(epoch => Epoch(epoch + 1, 1 - 0.01 * epoch))]).Should().BeTrue();
        LossTrend.StillFalls([.. Enumerable.Range(0, 40).Select(epoch => Epoch(epoch + 1, 1 - 0.01 * epoch, learningRate: 0.01 * (40 - epoch) / 40))]).Should().BeFalse();
    }

    [Theory]
    [InlineData(20, 0.001, true)]
    [InlineData(60, 0.001, true)]
    [InlineData(250, 0.01, false)]
    public void Training_that_ended_too_early_is_told_from_training_that_did_not(int epochs, double learningRate, bool falls)
    {
        var input = randn(120, 2);
        var target = (input.narrow(1, 0, 1) + 0.5 * randn(120, 1)).gt(0).to(float32);
        using var model = new BayesianSequential(new BayesianLinear(2, 8), Tanh(), new BayesianLinear(8, 1));
        var history = new VariationalTrainer(model, ElboLoss.Bernoulli(120), new() { Epochs = epochs, LearningRate = learningRate }).Fit(input, target);
        LossTrend.StillFalls(history.Epochs).Should().Be(falls);
    }
}
