using Bayes.Layers.Likelihoods;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Prediction;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Modules;

public sealed class AdaptiveDrawsTests : TorchTest
{
    private readonly BayesianSequential _model = new(
        new BayesianLinear(2, 5, initializer: new NormalInitializer(), dtype: float64), Tanh(),
        new BayesianLinear(5, 1, initializer: new NormalInitializer(), dtype: float64));
    private readonly Tensor _input = Normal(30, 2);

    private Predictive Predict(double? tolerance, int samples = 10_000, Tensor? input = null, MemoryBudget? budget = null, int firstDraw = 0) =>
        new MonteCarloPredictive(_model, new BernoulliLikelihood(), samples, seed: 3, budget, tolerance)
            .Predict(input ?? _input, firstDraw: firstDraw);

    [Fact]
    public void Draws_end_as_soon_as_every_mean_is_exact_enough()
    {
        using var prediction = Predict(0.01);
        prediction.SamplesUsed.Should().BeInRange(64, 9_000).And.Match(used => used % 32 == 0);
        Values(prediction.StandardErrorOfMean).Max().Should().BeLessThan(0.01);
        using Predictive earlier = Predict(null, prediction.SamplesUsed - 32), same = Predict(null, prediction.SamplesUsed), finer = Predict(0.005);
        Values(earlier.StandardErrorOfMean).Max().Should().BeGreaterThanOrEqualTo(0.01);
        ShouldBeClose(prediction.Mean, same.Mean, 1e-13, "they are the first draws of the seed");
        ((double)finer.SamplesUsed / prediction.SamplesUsed).Should().BeInRange(3, 5, "the error falls with the root of the draws");
    }

    [Fact]
    public void The_standard_error_matches_the_actual_error()
    {
        // About 95 % of 400 means lie within two standard errors of the true one.
        using var truth = Predict(null, samples: 200_000, firstDraw: 1_000_000, input: _input.narrow(0, 0, 4));
        int within = 0;
        for (int k = 0; k < 100; k++)
        {
            using var prediction = Predict(null, samples: 50, firstDraw: 50 * k, input: _input.narrow(0, 0, 4));
            within += Values((prediction.Mean - truth.Mean).abs() / prediction.StandardErrorOfMean).Count(error => error < 1.96);
        }
        within.Should().BeInRange(350, 395);
    }

    [Fact]
    public void At_most_the_given_number_of_draws_is_made()
    {
        using var prediction = Predict(1e-9, samples: 77);
        prediction.SamplesUsed.Should().Be(77);
    }

    [Fact]
    public void A_coarse_tolerance_still_makes_enough_draws_to_estimate_the_error()
    {
        using var prediction = Predict(10);
        prediction.SamplesUsed.Should().Be(32);
    }

    [Fact]
    public void The_budget_does_not_change_the_number_of_draws()
    {
        using Predictive ample = Predict(0.02), scant = Predict(0.02, input: _input, budget: MemoryBudget.FromMebibytes(1));
        scant.SamplesUsed.Should().Be(ample.SamplesUsed);
        ShouldBeClose(scant.Mean, ample.Mean, 1e-13);
    }

    [Fact]
    public void An_input_of_NaN_does_not_add_draws()
    {
        var broken = _input.clone();
        broken[3, 1] = double.NaN;
        using Predictive prediction = Predict(0.02, input: broken), whole = Predict(0.02);
        prediction.SamplesUsed.Should().BeInRange(32, whole.SamplesUsed);
        using var nothing = Predict(0.02, input: full_like(_input, double.NaN));
        nothing.SamplesUsed.Should().Be(32);
    }

    [Fact]
    public void The_kept_samples_are_all_draws()
    {
        using var prediction = new MonteCarloPredictive(_model, new BernoulliLikelihood(), 1_000, seed: 3, tolerance: 0.05)
            .Predict(_input, keepSamples: true);
        prediction.SamplesUsed.Should().BeLessThan(1_000);
        prediction.Samples.shape.Should().Equal(prediction.SamplesUsed, 30, 1);
        ShouldBeClose(prediction.Samples.sigmoid().mean([0L]), prediction.Mean, 1e-13);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_tolerance_outside_its_range_is_refused(double tolerance)
    {
        var act = () => Predict(tolerance);
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage("tolerance is*expected a finite number above 0*");
    }

    [Theory]
    [InlineData(10)]
    [InlineData(0.03)]
    public void Blocks_of_a_few_draws_do_not_change_the_number_of_draws(double tolerance)
    {
        // Ten draws of the 4,001 weights fit in one MiB, so blocks end before, at and after a check.
        using var model = new BayesianSequential(new BayesianLinear(2, 1_000, dtype: float64), Tanh(), new BayesianLinear(1_000, 1, dtype: float64));
        var input = Normal(30, 2);
        using Predictive ample = Predict(256), scant = Predict(1);
        scant.SamplesUsed.Should().Be(ample.SamplesUsed);
        scant.ToString().Should().Contain($"draws 0 to {scant.SamplesUsed - 1} of", "only they can be merged with what follows");

        Predictive Predict(int mebibytes) => new MonteCarloPredictive(
            model, new BernoulliLikelihood(), 2_000, seed: 3, MemoryBudget.FromMebibytes(mebibytes), tolerance).forward(input);
    }

    [Fact]
    public void The_error_that_ends_the_draws_is_the_reported_one()
    {
        using var moments = new PredictiveMoments(new BernoulliLikelihood(), rows: 4);
        moments.Add(Normal(6, 4, 1), row: 0);
        moments.LargestStandardError().Should().Be(double.PositiveInfinity);
        moments.Count(6);
        using var prediction = moments.ToPredictive();
        moments.LargestStandardError().Should().BeApproximately(Values(prediction.StandardErrorOfMean).Max(), 1e-15);
    }
}
