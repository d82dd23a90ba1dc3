using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Tests.Modules;

public sealed class PredictiveTests : TorchTest
{
    [Fact]
    public void Quantiles_of_many_rows_match_each_row_alone()
    {
        // Blocks hold 2^18 values of the outputs: 2,000 rows of 200 draws take four. Rows differ, so that no block can use the bounds of another.
        var rows = arange(2_000, float64).reshape(1, -1, 1);
        var outputs = cat([Normal(200, 2_000, 1).mul(0.01) + rows, Normal(200, 2_000, 1).mul(0.01) + rows / 500], -1);
        using Predictive all = Predictive.OfSamples(outputs, new HeteroscedasticGaussianLikelihood()),
            last = Predictive.OfSamples(outputs.narrow(1, 1_990, 10), new HeteroscedasticGaussianLikelihood());
        ShouldBeClose(all.QuantilesOfTarget([0.3, 0.7]).narrow(1, 1_990, 10), last.QuantilesOfTarget([0.3, 0.7]), 1e-12);
    }

    [Fact]
    public void Quantiles_are_exact_to_ten_digits()
    {
        using var prediction = Predictive.OfSamples(zeros([1, 1, 2], float64), new HeteroscedasticGaussianLikelihood());
        Values(prediction.QuantilesOfTarget([0.9999]))[0].Should().BeApproximately(3.719016485455709, 1e-10);
    }

    [Fact]
    public void Arguments_and_results_share_no_memory()
    {
        var outputs = Normal(5, 3, 1);
        using var prediction = Predictive.OfSamples(outputs, new BernoulliLikelihood());
        double[] samples = Values(prediction.Samples), density = Values(prediction.LogPredictiveDensityOf(ones([3, 1], float64)));
        outputs.zero_();
        Values(prediction.Samples).Should().Equal(samples);
        using var first = new MonteCarloPredictive(new BayesianSequential(new BayesianLinear(2, 1, dtype: float64)), new BernoulliLikelihood(), 3,
            seed: 1).forward(Normal(3, 2));
        var merged = Predictive.Merge(first);
        double[] mean = Values(merged.Mean);
        first.Mean.zero_();
        using var again = Predictive.Merge(first);
        Values(again.Mean).Should().Equal(mean);
    }

    [Fact]
    public void Intervals_leave_no_tensor_behind_even_if_cancelled()
    {
        using var prediction = Predictive.OfSamples(Normal(200, 20_000, 2), new HeteroscedasticGaussianLikelihood());
        long before = LiveTensors();
        var (lower, upper) = prediction.PredictionInterval();
        LiveTensors().Should().Be(before + 2);
        lower.Dispose();
        upper.Dispose();
        using var source = new CancellationTokenSource();
        source.Cancel();
        prediction.Invoking(p => p.PredictionInterval(0.9, source.Token)).Should().Throw<OperationCanceledException>();
        prediction.Invoking(p => p.CredibleInterval(0.9, source.Token)).Should().Throw<OperationCanceledException>();
        LiveTensors().Should().Be(before);
    }

    [Fact]
    public void Kept_samples_end_with_the_scope_that_the_prediction_was_made_in()
    {
        using var model = new BayesianSequential(new BayesianLinear(2, 1));
        long before = LiveTensors();
        using (NewDisposeScope())
        {
            Predictive.OfSamples(zeros(2, 3, 1), new BernoulliLikelihood());
            new MonteCarloPredictive(model, new BernoulliLikelihood(), samples: 2, seed: 1).Predict(zeros(3, 2), keepSamples: true);
        }
        LiveTensors().Should().Be(before);
    }

    [Fact]
    public void Level_one_is_refused_for_quantiles_of_the_target()
    {
        using var prediction = Predictive.OfSamples(Normal(5, 3, 2), new HeteroscedasticGaussianLikelihood());
        prediction.Invoking(p => p.QuantilesOfTarget([1]))
            .Should().Throw<ArgumentException>().WithMessage("A level is 1; expected levels above 0 and below 1*");
    }

    [Fact]
    public void Targets_with_a_gradient_give_a_result_without_one()
    {
        using var prediction = Predictive.OfSamples(Normal(5, 3, 2), new HeteroscedasticGaussianLikelihood());
        prediction.LogPredictiveDensityOf(Normal(3, 1).requires_grad_()).requires_grad.Should().BeFalse();
    }

    [Fact]
    public void Half_precision_is_summed_in_double()
    {
        var outputs = cat([zeros(1_000, 3, 1), full(1_000, 3, 1, Math.Log(100))], -1).to(float16);
        using var prediction = Predictive.OfSamples(outputs, new HeteroscedasticGaussianLikelihood());
        ShouldBeClose(prediction.AleatoricVariance, full(3, 1, 100.0), 5e-3);
    }
}
