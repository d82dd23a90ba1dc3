using Bayes.Layers.Likelihoods;
using Bayes.Layers.Sampling;
using static Bayes.Layers.Tests.Sampling.SamplingData;

namespace Bayes.Layers.Tests.Sampling;

/// <summary>Draws from batches come near an exact posterior, repeat to the bit, and belong to a network of any kind.</summary>
public sealed class StochasticGradientHmcTests : TorchTest
{
    private static StochasticGradientOptions Few => new() { Cycles = 2, EpochsPerCycle = 6, BatchSize = 8 };

    private static Tensor Drawn(SampledPosterior posterior, string name) => posterior.Model.state_dict()[$"posterior.{name}_draws"];

    /// <summary>With small steps and batches of all rows it is a sampler of the posterior, up to the error of its steps.</summary>
    [Fact]
    public void It_comes_near_the_exact_posterior()
    {
        using var posterior = StochasticGradientHmc.Sample(
            LinearNetwork(), Of("input"), Of("target"), Noise,
            new() { BatchSize = 20, Cycles = 4, EpochsPerCycle = 1500, ExplorationShare = 0.2, LearningRate = 0.02, MaximumDraws = 5000 });
        var draws = Drawn(posterior, "0.weight").flatten(1);
        Tensor mean = Of("posterior_mean").flatten(), covariance = Of("posterior_covariance"), stddev = covariance.diagonal().sqrt();
        Values(draws.mean([0L]).sub(mean).div(stddev).abs()).Max().Should().BeLessThan(0.3);
        Values(draws.std(0).div(stddev)).Should().OnlyContain(ratio => ratio > 0.75 && ratio < 1.25);
        double correlation = Values(draws.T.corrcoef())[2], expected = Values(covariance[0, 2].div(stddev[0] * stddev[2])).Single();
        correlation.Should().BeApproximately(expected, 0.15);
    }

    [Fact]
    public void Cycles_fall_along_a_cosine_and_explore_first()
    {
        var schedule = new CyclicalSchedule(new() { Cycles = 2, EpochsPerCycle = 4, BatchSize = 10, LearningRate = 0.4, ExplorationShare = 0.5 }, 25);
        Enumerable.Range(0, 24).Select(step => schedule.LearningRate(step)).Should().SatisfyRespectively(
            Enumerable.Range(0, 24).Select<int, Action<double>>(step => rate =>
                rate.Should().BeApproximately(0.2 * (Math.Cos(Math.PI * (step % 12) / 12) + 1), 1e-15)));
        Enumerable.Range(0, 12).Count(step => schedule.IsExploring(step)).Should().Be(6);
        schedule.DrawCount.Should().Be(2 * 2);
    }

    [Fact]
    public void Draws_repeat_to_the_bit()
    {
        Tensor Draws(long seed)
        {
            random.manual_seed(3);
            var (network, inputs, targets) = Sine();
            using var posterior = StochasticGradientHmc.Sample(network, inputs, targets, Noise, Few with { Seed = seed });
            posterior.DrawCount.Should().Be(6);
            return Drawn(posterior, "0.weight").clone();
        }
        var draws = Draws(1);
        ShouldBeClose(Draws(1), draws, 0);
        ShouldDiffer(Draws(2), draws);
    }

    /// <summary>Native modules, normalizations, several inputs' types and fixed rows are sampled too, in evaluation mode.</summary>
    [Fact]
    public void Any_network_is_sampled()
    {
        var network = nn.Sequential(nn.Embedding(6, 4, padding_idx: 2), nn.Flatten(), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 3));
        Tensor inputs = arange(40, int64).remainder(6).reshape(20, 2), targets = arange(20, int64).remainder(3);
        using var posterior = StochasticGradientHmc.Sample(network, inputs, targets, new CategoricalLikelihood(), Few);
        posterior.Model.RandomParameters.Should().Equal("0.weight", "2.weight", "2.bias", "4.weight", "4.bias");
        ShouldBeClose(Drawn(posterior, "0.weight").select(1, 2), zeros(6, 4), 0);
        foreach (string name in posterior.Model.RandomParameters)
            Values(Drawn(posterior, name).std(0)).Max().Should().BeGreaterThan(0, name);
        using var predictor = new MonteCarloPredictive(FunctionDistribution.Of(posterior.Model), new CategoricalLikelihood());
        using var prediction = predictor.Predict(inputs);
        ShouldBeFinite(prediction.Mean);
        prediction.Caution.Should().BeNull();
    }

    [Fact]
    public void It_stops_when_it_diverges_and_leaves_nothing()
    {
        var (network, inputs, targets) = Sine();
        var large = targets.mul(1e4);
        long live = LiveTensors();
        FluentActions.Invoking(() => StochasticGradientHmc.Sample(network, inputs, large, Noise, Few with { LearningRate = 1e3 }))
            .Should().Throw<SamplingDivergedException>()
            .WithMessage("The weights are not finite after epoch *; expected a learning rate below 1000 (*), or data scaled to about 1.");
        FluentActions.Invoking(() => StochasticGradientHmc.Sample(network, inputs, targets, Noise, Few with { Thinning = 7 }))
            .Should().Throw<ArgumentException>().WithMessage("Thinning is 7 and there are 6 draws, so none would be kept; *");
        FluentActions.Invoking(() => new StochasticGradientOptions { ExplorationShare = 1 }).Should().Throw<ArgumentOutOfRangeException>();
        LiveTensors().Should().Be(live);
    }

    [Fact]
    public void A_finished_sampling_leaves_nothing()
    {
        Sample();
        long before = LiveTensors();
        Sample();
        LiveTensors().Should().Be(before);

        static void Sample()
        {
            using var scope = NewDisposeScope();
            var (network, inputs, targets) = Sine();
            using var posterior = StochasticGradientHmc.Sample(network, inputs, targets, Noise, Few with { MaximumDraws = 3 });
        }
    }
}
