using Bayes.Layers.Likelihoods;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Modules;

/// <summary>A prediction leaves no tensor behind, whether it completes, is cancelled or fails.</summary>
public sealed class PredictionFaultsTests : TorchTest
{
    private static readonly BernoulliLikelihood Likelihood = new();
    private readonly Tensor _input = Normal(40_000, 2);
    private readonly Tensor _target = (Normal(40_000, 1) > 0).to(float64);

    private static BayesianSequential Model(params nn.Module<Tensor, Tensor>[] more) =>
        new([new BayesianLinear(2, 5, dtype: float64), Tanh(), .. more, new BayesianLinear(5, 1, dtype: float64)]);

    [Fact]
    public void Predictions_and_merges_leave_no_tensor_behind()
    {
        using var model = Model();
        var predictive = new MonteCarloPredictive(model, Likelihood, 20, seed: 3);
        long before = LiveTensors();
        for (int i = 0; i < 3; i++)
        {
            // There is no surrounding scope, so an undisposed tensor stays alive.
            var first = predictive.Predict(_input, _target, keepSamples: true).DetachFromDisposeScope();
            var second = predictive.Predict(_input, _target, keepSamples: true, firstDraw: 20).DetachFromDisposeScope();
            var merged = Predictive.Merge(first, second).DetachFromDisposeScope();
            var (lower, upper) = merged.CredibleInterval();
            lower.Dispose();
            upper.Dispose();
            merged.LogPredictiveDensityOf(_target).Dispose();
            merged.Dispose();
            second.Dispose();
            first.Dispose();
            LiveTensors().Should().Be(before);
        }
    }

    [Fact]
    public void A_cancelled_prediction_throws_and_leaves_no_tensor_behind()
    {
        using var model = Model();
        model.train();
        var predictive = new MonteCarloPredictive(model, Likelihood, 100, seed: 3);
        predictive.forward(_input.narrow(0, 0, 1)).Dispose();
        long before = LiveTensors();
        foreach (long stop in new[] { 1L, 500_000, 3_000_000 })
        {
            using var source = new CancellationTokenSource();
            long done = 0;
            var act = () => predictive.Predict(_input, _target, keepSamples: true, progress: new Told<PredictiveProgress>(p =>
            {
                done = p.Done;
                if (p.Done >= stop)
                    source.Cancel();
            }), cancellationToken: source.Token);
            act.Should().Throw<OperationCanceledException>();
            done.Should().BeInRange(stop, stop + (1 << 15), "it ends after the block");
            LiveTensors().Should().Be(before);
            model.training.Should().BeTrue();
            is_grad_enabled().Should().BeTrue();
        }
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        predictive.Invoking(p => p.Predict(_input, cancellationToken: cancelled.Token)).Should().Throw<OperationCanceledException>();
    }

    [Fact]
    public void An_exception_in_a_module_leaves_no_tensor_behind()
    {
        var throwing = new ThrowingModule();
        using var model = Model(throwing);
        var predictive = new MonteCarloPredictive(model, Likelihood, 100, seed: 3);
        predictive.forward(_input.narrow(0, 0, 1)).Dispose();
        long before = LiveTensors();
        foreach (int calls in new[] { 0, 1, 17, 100 })
        {
            throwing.CallsLeft = calls;
            var act = () => predictive.Predict(_input, _target, keepSamples: true);
            act.Should().Throw<InvalidOperationException>().WithMessage("thrown on purpose");
            LiveTensors().Should().Be(before);
            model.training.Should().BeTrue();
            is_grad_enabled().Should().BeTrue();
        }
    }

    [Fact]
    public void An_exception_in_the_callers_progress_leaves_no_tensor_behind()
    {
        using var model = Model();
        var predictive = new MonteCarloPredictive(model, Likelihood, 100, seed: 3);
        long before = LiveTensors();
        var act = () => predictive.Predict(_input, progress: new Told<PredictiveProgress>(_ => throw new NotSupportedException()));
        act.Should().Throw<NotSupportedException>();
        LiveTensors().Should().Be(before);
    }

    [Fact]
    public void Progress_rises_to_the_total()
    {
        using var model = Model();
        var told = new List<PredictiveProgress>();
        using var prediction = new MonteCarloPredictive(model, Likelihood, 100, seed: 3)
            .Predict(_input, progress: new Told<PredictiveProgress>(told.Add));
        told.Should().OnlyContain(p => p.Total == 4_000_000).And.BeInAscendingOrder(p => p.Done);
        told.Count.Should().BeGreaterThan(50);
        told[^1].Fraction.Should().Be(1);
    }

    [Fact]
    public void A_NaN_stays_in_its_row()
    {
        using var model = Model();
        var broken = _input.narrow(0, 0, 9).clone();
        broken[4, 0] = double.NaN;
        using Predictive prediction = new MonteCarloPredictive(model, Likelihood, 10, seed: 3)
            .Predict(broken, _target.narrow(0, 0, 9), keepSamples: true),
            whole = new MonteCarloPredictive(model, Likelihood, 10, seed: 3)
                .Predict(_input.narrow(0, 0, 9), _target.narrow(0, 0, 9), keepSamples: true);
        var (lower, _) = prediction.CredibleInterval();
        foreach (var (found, expected) in new[]
        {
            (prediction.Mean, whole.Mean), (prediction.EpistemicStddev, whole.EpistemicStddev), (prediction.TotalVariance, whole.TotalVariance),
            (prediction.TotalEntropy, whole.TotalEntropy), (prediction.MutualInformation, whole.MutualInformation),
            (prediction.LogPredictiveDensity.unsqueeze(1), whole.LogPredictiveDensity.unsqueeze(1)), (lower, whole.CredibleInterval().Lower),
        })
        {
            double[] values = Values(found), others = Values(expected);
            values[4].Should().Be(double.NaN);
            for (int i = 0; i < 9; i++)
                if (i != 4)
                    values[i].Should().BeApproximately(others[i], 1e-13);
        }
    }

    [Fact]
    public void A_NaN_stays_in_its_row_if_the_network_ends_in_probabilities()
    {
        // Training refuses a NaN probability; in prediction, one bad row must not affect the others.
        using var model = new BayesianSequential(new BayesianLinear(2, 1, dtype: float64), Sigmoid());
        var broken = _input.narrow(0, 0, 9).clone();
        broken[4, 0] = double.NaN;
        using var prediction = new MonteCarloPredictive(model, new BernoulliLikelihood(BernoulliOutput.Probabilities), 10, seed: 3)
            .Predict(broken, _target.narrow(0, 0, 9), keepSamples: true);
        foreach (var density in new[] { prediction.LogPredictiveDensity, prediction.LogPredictiveDensityOf(_target.narrow(0, 0, 9)) })
            Values(density).Select(double.IsNaN).Should().Equal(Enumerable.Range(0, 9).Select(row => row == 4));
    }

    [Fact]
    public void Quantiles_are_NaN_if_a_draw_is()
    {
        var outputs = Normal(20, 3, 1);
        outputs[7, 1, 0] = double.NaN;
        using var prediction = Predictive.OfSamples(outputs, Likelihood);
        foreach (double level in new[] { 0, 0.1, 0.9 })
            Values(prediction.QuantilesOfMean([level])).Select(double.IsNaN).Should().Equal(false, true, false);
    }

    [Fact]
    public void One_draw_with_an_enormous_variance_leaves_the_quantiles_finite()
    {
        var outputs = cat([full([100, 1, 1], 3.0, float32), zeros(100, 1, 1)], -1);
        outputs[0, 0, 1] = 95;
        using var prediction = Predictive.OfSamples(outputs, new HeteroscedasticGaussianLikelihood());
        var (lower, upper) = prediction.PredictionInterval(0.9);
        ShouldBeFinite(lower);
        // Half of the wide draw, 0.5 %, lies on either side, which leaves 4.5 % to the other draws.
        var inner = new MonteCarloQuantile(0.05 - 0.005, 0.99);
        lower.ToDouble().Should().BeApproximately(3 + inner.Score, 1e-3);
        upper.ToDouble().Should().BeApproximately(3 - inner.Score, 1e-3);
        using var wide =
            Predictive.OfSamples(cat([full([50, 1, 1], 3.0, float64), cat([full([1, 1, 1], 60.0, float64), zeros([49, 1, 1], float64)], 0)], -1),
                new HeteroscedasticGaussianLikelihood());
        wide.QuantilesOfTarget([0.5]).ToDouble().Should().BeApproximately(3, 1e-9);
    }

    private readonly record struct MonteCarloQuantile(double Below, double Share)
    {
        public double Score => special.ndtri(tensor(Below / Share, float64)).ToDouble();
    }

    [Theory]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float32)]
    public void Equal_draws_have_no_epistemic_part_in_any_precision(ScalarType dtype)
    {
        var logits = Normal(1, 40, 3).mul(3).to(dtype);
        foreach (var (outputs, likelihood) in new (Tensor, Likelihood)[] { (logits, new BernoulliLikelihood()),
            (logits.expand(50, 40, 3), new CategoricalLikelihood()), (logits, new CategoricalLikelihood()) })
        {
            using var prediction = Predictive.OfSamples(outputs, likelihood);
            Values(prediction.MutualInformation).Max().Should().BeLessThan(1e-14);
            Values(prediction.EpistemicVariance).Max().Should().Be(0);
            prediction.Mean.dtype.Should().Be(dtype);
            using var exact = Predictive.OfSamples(outputs.to(float64), likelihood);
            ShouldBeClose(prediction.TotalEntropy, exact.TotalEntropy, dtype == float32 ? 1e-6 : 5e-3);
        }
    }

    [Fact]
    public void A_number_of_targets_other_than_the_rows_is_refused()
    {
        var outputs = Normal(5, 10, 1);
        foreach (var target in new[] { zeros([20, 1], float64), zeros([9, 1], float64), tensor(1.0) })
        {
            var make = () => Predictive.OfSamples(outputs, Likelihood, target);
            make.Should().Throw<ArgumentException>().WithMessage("The target has shape [*]; expected [10, …], a target for each of the 10 rows*");
            using var prediction = Predictive.OfSamples(outputs, Likelihood);
            prediction.Invoking(p => p.LogPredictiveDensityOf(target)).Should().Throw<ArgumentException>().WithMessage("*each of the 10 rows*");
        }
    }

    [Fact]
    public void Invalid_samples_are_refused()
    {
        foreach (var outputs in new[] { zeros(5), zeros(0, 3, 1), zeros(5, 0, 1), zeros([5, 3, 1], int64) })
        {
            var make = () => Predictive.OfSamples(outputs, Likelihood);
            make.Should().Throw<ArgumentException>().WithMessage("The outputs are of type*expected floating-point [samples, batch, …]*");
        }
    }

    [Fact]
    public void A_prediction_whose_scope_has_ended_is_refused()
    {
        using var model = Model();
        Predictive prediction;
        using (NewDisposeScope())
            prediction = new MonteCarloPredictive(model, Likelihood, 2).forward(_input.narrow(0, 0, 3));
        prediction.Invoking(p => p.Mean).Should().Throw<ObjectDisposedException>().WithMessage("*dispose scope*DetachFromDisposeScope*");
        prediction.Invoking(p => Predictive.Merge(p)).Should().Throw<ObjectDisposedException>();
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(1.0)]
    public void Certain_probabilities_have_no_infinities(double probability)
    {
        // A network that ends in a Sigmoid returns exactly 0 or 1 for a large logit.
        foreach (var dtype in new[] { float16, float32, float64 })
        {
            using var prediction = Predictive.OfSamples(
                full([5, 3, 1], probability, dtype), new BernoulliLikelihood(BernoulliOutput.Probabilities),
                tensor(new[] { 0.0, 1, 1 }).reshape(3, 1));
            Values(prediction.TotalEntropy).Concat(Values(prediction.MutualInformation)).Concat(Values(prediction.TotalVariance))
                .Should().OnlyContain(value => value == 0);
            ShouldBeFinite(prediction.LogPredictiveDensity);
            Values(prediction.LogPredictiveDensity).Min().Should().Be(-100, "the logarithm is kept at -100, as in PyTorch's cross-entropy");
        }
    }

    [Fact]
    public void One_row_is_enough_and_zero_rows_are_refused()
    {
        using var model = Model();
        var predictive = new MonteCarloPredictive(model, Likelihood, 10, seed: 3);
        using var prediction = predictive.forward(_input.narrow(0, 0, 1));
        prediction.Mean.shape.Should().Equal(1, 1);
        predictive.Invoking(p => p.forward(_input.narrow(0, 0, 0))).Should().Throw<ArgumentException>().WithMessage("*[0, 2], an empty batch*");
        predictive.Invoking(p => p.Predict(_input.narrow(0, 0, 3), _target.narrow(0, 0, 2)))
            .Should().Throw<ArgumentException>()
            .WithMessage("The target has shape [2, 1]; expected [3, …], a target for each of the 3 rows of the input.*");
        predictive.Invoking(p => p.Predict(_input, firstDraw: -1))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("firstDraw is -1; expected 0 to 2147483637*");
        new MonteCarloPredictive(model, Likelihood, 10).Invoking(p => p.Predict(_input, firstDraw: 5))
            .Should().Throw<ArgumentException>().WithMessage("firstDraw is 5 without a seed; expected a seed*");
    }

    [Fact]
    public void Numbers_that_were_not_requested_throw_with_the_way_to_request_them()
    {
        using var model = Model();
        using var prediction = new MonteCarloPredictive(model, Likelihood, 10, seed: 3).forward(_input.narrow(0, 0, 3));
        prediction.Invoking(p => p.Samples).Should().Throw<InvalidOperationException>().WithMessage("*keepSamples: true*");
        prediction.Invoking(p => p.QuantilesOfMean([0.5])).Should().Throw<InvalidOperationException>().WithMessage("*keepSamples: true*");
        prediction.Invoking(p => p.LogPredictiveDensity)
            .Should().Throw<InvalidOperationException>().WithMessage("*pass them to MonteCarloPredictive.Predict*");
    }

    [Fact]
    public void Levels_outside_their_range_are_refused()
    {
        using var prediction = Predictive.OfSamples(Normal(5, 3, 2), new HeteroscedasticGaussianLikelihood());
        foreach (double level in new[] { -0.1, 1.1, double.NaN })
        {
            prediction.Invoking(p => p.QuantilesOfMean([level]))
                .Should().Throw<ArgumentException>().WithMessage($"A level is {level}; expected levels in [0, 1].*");
            prediction.Invoking(p => p.CredibleInterval(level)).Should().Throw<ArgumentOutOfRangeException>().WithMessage($"mass is {level}*");
        }
        prediction.Invoking(p => p.QuantilesOfTarget([0]))
            .Should().Throw<ArgumentException>().WithMessage("A level is 0; expected levels above 0 and below 1*");
        var none = () => prediction.QuantilesOfMean([]);
        none.Should().Throw<ArgumentException>().WithMessage("There are no levels*");
        ShouldBeClose(prediction.QuantilesOfMean([0, 1]),
            stack([prediction.Samples.narrow(-1, 0, 1).amin([0L]), prediction.Samples.narrow(-1, 0, 1).amax([0L])]), 0);
    }
    [Fact]
    public void Samples_without_an_axis_for_the_likelihood_are_refused()
    {
        foreach (Likelihood likelihood in new Likelihood[] { new CategoricalLikelihood(), new HeteroscedasticGaussianLikelihood() })
        {
            var make = () => Predictive.OfSamples(Normal(5, 4), likelihood);
            make.Should().Throw<ArgumentException>()
                .WithMessage("The output has shape [5, 4]; expected [samples, batch, features], of which *Likelihood takes the last axis.*");
        }
    }

    [Theory]
    [InlineData(-0.25)]
    [InlineData(1.5)]
    public void Samples_that_are_not_probabilities_are_refused(double value)
    {
        var outputs = full([5, 3, 1], 0.5, float64);
        outputs[2, 1, 0] = value;
        outputs[3, 2, 0] = double.NaN;
        var make = () => Predictive.OfSamples(outputs, new BernoulliLikelihood(BernoulliOutput.Probabilities));
        make.Should().Throw<ArgumentException>().WithMessage($"output has the value {value}; expected values in [0, 1].*");
    }
    private sealed class ThrowingModule() : nn.Module<Tensor, Tensor>(nameof(ThrowingModule))
    {
        public int CallsLeft { get; set; } = int.MaxValue;

        public override Tensor forward(Tensor input) =>
            CallsLeft-- > 0 ? input.alias() : throw new InvalidOperationException("thrown on purpose");
    }
}
