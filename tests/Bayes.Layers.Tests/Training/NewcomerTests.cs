using Bayes.Layers.Diagnostics;
using Bayes.Layers.Evaluation;
using Bayes.Layers.Training;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Training;

/// <summary>The results of a network, a loss and a trainer without settings.</summary>
public sealed class NewcomerTests : TorchTest
{
    private const double Noise = 0.1;

    private static (Tensor Input, Tensor Target) Sine(long rows)
    {
        var input = rand(rows, 1) * 8 - 4;
        return (input, input.sin() + Noise * randn(rows, 1));
    }

    private static (Tensor Input, Tensor Target) Plane(long rows)
    {
        var input = randn(rows, 3);
        return (input, input.narrow(1, 0, 1) - 0.5 * input.narrow(1, 1, 1) + 0.3 * randn(rows, 1));
    }

    // Two classes around (-1, -1) and (1, 1): the best possible accuracy is 92.1 %.
    private static (Tensor Input, Tensor Target) Classes(long rows)
    {
        var target = randint(0, 2, [rows, 1], float32);
        return (randn(rows, 2) + 2 * target - 1, target);
    }

    [Fact]
    public void A_sine_is_learned_with_its_noise()
    {
        var (input, target) = Sine(400);
        using var model = new BayesianSequential(new BayesianLinear(1, 32), Tanh(), new BayesianLinear(32, 1));
        using var loss = ElboLoss.Gaussian(400);
        var history = new VariationalTrainer(model, loss).Fit(input, target);

        history.End.Should().Be(TrainingEnd.Settled);
        PosteriorDiagnostics.Of(model, loss).Warnings.Should().BeEmpty();
        // The entropy of the noise is 0.88 nats; the smallest possible error is 0.1 and the narrowest interval 0.33.
        Judge(model, loss, Sine(2000), leastLogDensity: 0.7, mostError: 0.12, widest: 0.5);
    }

    [Fact]
    public void A_plane_is_learned_by_a_more_flexible_network()
    {
        var (input, target) = Plane(300);
        using var model = new BayesianSequential(new BayesianLinear(3, 32), ReLU(), new BayesianLinear(32, 1));
        using var loss = ElboLoss.Gaussian(300);
        new VariationalTrainer(model, loss).Fit(input, target);

        PosteriorDiagnostics.Of(model, loss).Warnings.Should().BeEmpty();
        // Noise alone: −0.21 nats, an error of 0.3, an interval of 0.99.
        Judge(model, loss, Plane(2000), leastLogDensity: -0.4, mostError: 0.34, widest: 1.5);
    }

    [Fact]
    public void Overlapping_classes_are_separated_as_well_as_possible()
    {
        var (input, target) = Classes(200);
        using var model = new BayesianSequential(new BayesianLinear(2, 16), Tanh(), new BayesianLinear(16, 1));
        var loss = ElboLoss.Bernoulli(200);
        new VariationalTrainer(model, loss).Fit(input, target);

        PosteriorDiagnostics.Of(model, loss).Warnings.Should().BeEmpty();
        var (newInput, newTarget) = Classes(2000);
        using var prediction = new MonteCarloPredictive(model, loss.Likelihood, samples: 100, seed: 1).Predict(newInput, newTarget);
        Accuracy.Of(prediction.Mean, newTarget).Should().BeGreaterThan(0.9);
        prediction.LogPredictiveDensity.mean().ToDouble().Should().BeGreaterThan(-0.25, "the right probabilities have -0.20 nats");
        Calibration.OfConfidence(prediction.Mean, newTarget).ExpectedError.Should().BeLessThan(0.06);
    }

    [Fact]
    public void Every_run_gives_the_same_result()
    {
        double[] Losses()
        {
            random.manual_seed(3);
            var (input, target) = Classes(40);
            using var model = new BayesianSequential(new BayesianLinear(2, 3), Tanh(), new BayesianLinear(3, 1));
            return [.. new VariationalTrainer(model, ElboLoss.Bernoulli(40), new() { BatchSize = 40 })
                .Fit(input, target).Epochs.Select(epoch => epoch.Loss)];
        }
        Losses().Should().Equal(Losses());
    }

    private static void Judge(BayesianSequential model, ElboLoss loss, (Tensor Input, Tensor Target) held, double leastLogDensity,
        double mostError, double widest)
    {
        using var prediction = new MonteCarloPredictive(model, loss.Likelihood, samples: 100, seed: 1)
            .Predict(held.Input, held.Target, keepSamples: true);
        var (lower, upper) = prediction.PredictionInterval(0.9);
        prediction.LogPredictiveDensity.mean().ToDouble().Should().BeGreaterThan(leastLogDensity);
        RootMeanSquaredError.Of(prediction.Mean, held.Target).Should().BeLessThan(mostError);
        IntervalCoverage.Of(lower, upper, held.Target).Share.Should().BeInRange(0.85, 0.97);
        (upper - lower).mean().ToDouble().Should().BeLessThan(widest);
    }
}
