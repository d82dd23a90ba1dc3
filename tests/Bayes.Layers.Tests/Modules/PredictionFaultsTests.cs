using Bayes.Layers.Likelihoods;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Modules;

/// <summary>What is left behind when a prediction ends well, early or badly: nothing.</summary>
public sealed class PredictionFaultsTests : TorchTest
{
    private static readonly BernoulliLikelihood Likelihood = new();
    private readonly Tensor _input = Normal(40_000, 2);
    private readonly Tensor _target = (Normal(40_000, 1) > 0).to(float64);

    private static BayesianSequential Model(params nn.Module<Tensor, Tensor>[] more) =>
        new([new BayesianLinear(2, 5, dtype: float64), Tanh(), .. more, new BayesianLinear(5, 1, dtype: float64)]);

    [Fact]
    public void Predictions_and_merges_leave_nothing_behind()
    {
        using var model = Model();
        var predictive = new MonteCarloPredictive(model, Likelihood, 20, seed: 3);
        long before = LiveTensors();
        for (int i = 0; i < 3; i++)
        {
            // Without a scope around: what is not disposed stays.
            var first = predictive.Predict(_input, _target, keepSamples: true, cancellationToken: TestContext.Current.CancellationToken).DetachFromDisposeScope();
            var second = predictive.Predict(_input, _target, keepSamples: true, firstDraw: 20, cancellationToken: TestContext.Current.CancellationToken).DetachFromDisposeScope();
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
    public void A_cancelled_prediction_leaves_nothing_behind_and_says_so()
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
            var act = () => predictive.Predict(_input, _target, keepSamples: true, progress: new Told(p =>
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
    public void An_exception_in_a_module_leaves_nothing_behind()
    {
        var throwing = new ThrowingModule();
        using var model = Model(throwing);
        var predictive = new MonteCarloPredictive(model, Likelihood, 100, seed: 3);
        predictive.forward(_input.narrow(0, 0, 1)).Dispose();
        long before = LiveTensors();
        foreach (int calls in new[] { 0, 1, 17, 100 })
        {
            throwing.CallsLeft = calls;
            var act = () => predictive.Predict(_input, _target, keepSamples: true, cancellationToken: TestContext.Current.CancellationToken);
            act.Should().Throw<InvalidOperationException>().WithMessage("thrown on purpose");
            LiveTensors().Should().Be(before);
            model.training.Should().BeTrue();
            is_grad_enabled().Should().BeTrue();
        }
    }

    [Fact]
    public void An_exception_in_the_callers_progress_leaves_nothing_behind()
    {
        using var model = Model();
        var predictive = new MonteCarloPredictive(model, Likelihood, 100, seed: 3);
        long before = LiveTensors();
        var act = () => predictive.Predict(_input, progress: new Told(_ => throw new NotSupportedException()), cancellationToken: TestContext.Current.CancellationToken);
        act.Should().Throw<NotSupportedException>();
        LiveTensors().Should().Be(before);
    }

    [Fact]
    public void Progress_rises_to_the_whole()
    {
        using var model = Model();
        var told = new List<PredictiveProgress>();
        using var prediction = new MonteCarloPredictive(model, Likelihood, 100, seed: 3)
            .Predict(_input, progress: new Told(told.Add), cancellationToken: TestContext.Current.CancellationToken);
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
        using Predictive prediction = new MonteCarloPredictive(model, Likelihood, 10, seed: 3).Predict(broken, _target.narrow(0, 0, 9), keepSamples: true, cancellationToken: TestContext.Current.CancellationToken),
            whole = new MonteCarloPredictive(model, Likelihood, 10, seed: 3).Predict(_input.narrow(0, 0, 9), _target.narrow(0, 0, 9), keepSamples: true, cancellationToken: TestContext.Current.CancellationToken);
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

    [Theory]
    [InlineData(0.0)]
    [InlineData(1.0)]
    public void Certain_probabilities_have_no_infinities(double probability)
    {
        // A network that ends in a Sigmoid gives exactly 0 or 1 where its logit is large.
        foreach (var dtype in new[] { float16, float32, float64 })
        {
            using var prediction = Predictive.OfSamples(
                full([5, 3, 1], probability, dtype), new BernoulliLikelihood(BernoulliOutput.Probabilities), tensor(new[] { 0.0, 1, 1 }).reshape(3, 1));
            Values(prediction.TotalEntropy).Concat(Values(prediction.MutualInformation)).Concat(Values(prediction.TotalVariance)).Should().OnlyContain(value => value == 0);
            ShouldBeFinite(prediction.LogPredictiveDensity);
            Values(prediction.LogPredictiveDensity).Min().Should().Be(-100, "the logarithm is kept at -100, as in PyTorch's cross-entropy");
        }
    }

    [Fact]
    public void One_point_is_enough_and_none_is_refused()
    {
        using var model = Model();
        var predictive = new MonteCarloPredictive(model, Likelihood, 10, seed: 3);
        using var prediction = predictive.forward(_input.narrow(0, 0, 1));
        prediction.Mean.shape.Should().Equal(1, 1);
        predictive.Invoking(p => p.forward(_input.narrow(0, 0, 0))).Should().Throw<ArgumentException>().WithMessage("*[0, 2], an empty batch*");
        predictive.Invoking(p => p.Predict(_input.narrow(0, 0, 3), _target.narrow(0, 0, 2), cancellationToken: TestContext.Current.CancellationToken))
            .Should().Throw<ArgumentException>().WithMessage("The target has shape [2, 1] and the input [3, 2]; expected a target for each of the 3 inputs.*");
        predictive.Invoking(p => p.Predict(_input, firstDraw: -1, cancellationToken: TestContext.Current.CancellationToken))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("firstDraw is -1; expected 0 to 2147483637*");
    }

    [Fact]
    public void What_was_not_asked_for_says_how_to_ask()
    {
        using var model = Model();
        using var prediction = new MonteCarloPredictive(model, Likelihood, 10, seed: 3).forward(_input.narrow(0, 0, 3));
        prediction.Invoking(p => p.Samples).Should().Throw<InvalidOperationException>().WithMessage("*keepSamples: true*");
        prediction.Invoking(p => p.QuantilesOfMean(0.5)).Should().Throw<InvalidOperationException>().WithMessage("*keepSamples: true*");
        prediction.Invoking(p => p.LogPredictiveDensity).Should().Throw<InvalidOperationException>().WithMessage("*pass them to MonteCarloPredictive.Predict*");
    }

    [Fact]
    public void Levels_outside_their_range_are_refused()
    {
        using var prediction = Predictive.OfSamples(Normal(5, 3, 2), new HeteroscedasticGaussianLikelihood());
        foreach (double level in new[] { -0.1, 1.1, double.NaN })
        {
            prediction.Invoking(p => p.QuantilesOfMean(level)).Should().Throw<ArgumentException>().WithMessage($"A level is {level}; expected levels in [0, 1].*");
            prediction.Invoking(p => p.CredibleInterval(level)).Should().Throw<ArgumentOutOfRangeException>().WithMessage($"mass is {level}*");
        }
        prediction.Invoking(p => p.QuantilesOfTarget(0)).Should().Throw<ArgumentException>().WithMessage("A level is 0; expected levels above 0 and below 1*");
        var none = () => prediction.QuantilesOfMean();
        none.Should().Throw<ArgumentException>().WithMessage("There are no levels*");
        ShouldBeClose(prediction.QuantilesOfMean(0, 1), stack([prediction.Samples.narrow(-1, 0, 1).amin([0L]), prediction.Samples.narrow(-1, 0, 1).amax([0L])]), 0);
    }

    private sealed class Told(Action<PredictiveProgress> tell) : IProgress<PredictiveProgress>
    {
        public void Report(PredictiveProgress value) => tell(value);
    }

    private sealed class ThrowingModule() : nn.Module<Tensor, Tensor>(nameof(ThrowingModule))
    {
        public int CallsLeft { get; set; } = int.MaxValue;

        public override Tensor forward(Tensor input) =>
            CallsLeft-- > 0 ? input.alias() : throw new InvalidOperationException("thrown on purpose");
    }
}
