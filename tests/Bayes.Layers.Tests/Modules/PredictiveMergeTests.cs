using Bayes.Layers.Likelihoods;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Modules;

public sealed class PredictiveMergeTests : TorchTest
{
    private readonly BayesianSequential _model = new(new BayesianLinear(2, 5, dtype: float64), Tanh(), new BayesianLinear(5, 1, dtype: float64));
    private readonly Tensor _input = Normal(7, 2);
    private readonly Tensor _target = (Normal(7, 1) > 0).to(float64);

    private Predictive Predict(int first, int count, long seed = 3, Tensor? input = null, Tensor? target = null, bool keepSamples = false,
        BayesianModule? model = null) =>
        new MonteCarloPredictive(model ?? _model, new BernoulliLikelihood(), count, seed)
            .Predict(input ?? _input, target, keepSamples, first);

    private static Tensor[] Everything(Predictive prediction) =>
    [
        prediction.Mean, prediction.StandardErrorOfMean, prediction.EpistemicStddev, prediction.EpistemicVariance, prediction.AleatoricVariance,
        prediction.TotalVariance, prediction.TotalEntropy, prediction.ExpectedEntropy, prediction.MutualInformation, prediction.LogPredictiveDensity,
        prediction.Samples, prediction.QuantilesOfMean([0.05, 0.5]),
    ];

    [Fact]
    public void Halves_make_the_whole()
    {
        using var whole = Predict(0, 100, target: _target, keepSamples: true);
        using Predictive first = Predict(0, 50, target: _target, keepSamples: true), second = Predict(50, 50, target: _target, keepSamples: true);
        using var merged = Predictive.Merge(first, second);
        merged.SamplesUsed.Should().Be(100);
        merged.Seed.Should().Be(3);
        merged.ToString().Should().Be("Predictive([7, 1], draws 0 to 99 of seed 3)");
        foreach (var (found, expected) in Everything(merged).Zip(Everything(whole)))
            ShouldBeClose(found, expected, 1e-13);
    }

    [Fact]
    public void Halves_make_the_whole_in_single_precision()
    {
        _model.to(float32);
        var input = _input.to(float32);
        using Predictive whole = Predict(0, 100, input: input), first = Predict(0, 50, input: input), second = Predict(50, 50, input: input);
        using var merged = Predictive.Merge(first, second);
        ShouldBeClose(merged.Mean, whole.Mean, 1e-7);
        ShouldBeClose(merged.EpistemicStddev, whole.EpistemicStddev, 1e-6);
    }

    [Fact]
    public void Order_and_gaps_do_not_matter()
    {
        Predictive[] parts = [Predict(0, 1), Predict(10, 5), Predict(1, 9), Predict(40, 2)];
        using Predictive forwards = Predictive.Merge(parts), backwards = Predictive.Merge(parts.Reverse()),
            pairs = Predictive.Merge(Predictive.Merge(parts[3], parts[0]), Predictive.Merge(parts[2], parts[1]));
        ShouldBeClose(backwards.Mean, forwards.Mean, 0);
        ShouldBeClose(backwards.EpistemicStddev, forwards.EpistemicStddev, 0);
        ShouldBeClose(pairs.EpistemicStddev, forwards.EpistemicStddev, 1e-14);
        forwards.ToString().Should().Contain("draws 0 to 14, 40 to 41 of");
        forwards.SamplesUsed.Should().Be(17);
        parts[1].SamplesUsed.Should().Be(5, "the parts do not change");
    }

    [Fact]
    public void Single_draws_merge_to_a_spread()
    {
        using Predictive merged = Predictive.Merge(Enumerable.Range(0, 20).Select(k => Predict(k, 1))), whole = Predict(0, 20);
        ShouldBeClose(merged.EpistemicStddev, whole.EpistemicStddev, 1e-13);
    }

    [Fact]
    public void Samples_are_in_the_order_of_their_draws_even_with_gaps()
    {
        Predictive[] parts = [.. Enumerable.Range(0, 3).Select(k => Predict(10 * k, 10, keepSamples: true))];
        using Predictive outer = Predictive.Merge(parts[2], parts[0]), all = Predictive.Merge(outer, parts[1]),
            whole = Predict(0, 30, keepSamples: true);
        ShouldBeClose(all.Samples, whole.Samples, 1e-14);
    }

    [Fact]
    public void Merging_one_prediction_copies_it()
    {
        var only = Predict(0, 5, keepSamples: true);
        using var copy = Predictive.Merge(only);
        double[] mean = Values(only.Mean);
        only.Dispose();
        Values(copy.Mean).Should().Equal(mean);
        ShouldBeFinite(copy.Samples);
    }

    [Fact]
    public void Numbers_that_some_part_lacks_are_left_out()
    {
        using var merged = Predictive.Merge(Predict(0, 5, target: _target, keepSamples: true), Predict(5, 5));
        merged.Invoking(p => p.LogPredictiveDensity).Should().Throw<InvalidOperationException>().WithMessage("*without targets*");
        merged.Invoking(p => p.Samples).Should().Throw<InvalidOperationException>().WithMessage("*not kept*");
    }

    [Fact]
    public void Parts_that_do_not_belong_together_are_refused()
    {
        using var other = new BayesianSequential(new BayesianLinear(2, 5, dtype: float64), Tanh(), new BayesianLinear(5, 1, dtype: float64));
        using var ours = Predict(0, 5, target: _target);
        Refused(() => Predict(5, 5, seed: 4), "*seeds 3 and 4*");
        Refused(() => Predict(4, 5), "*draws 0 to 4 and draws 4 to 8 share draw 4*");
        Refused(() => Predict(0, 5), "*share draw 0*");
        Refused(() => Predict(5, 5, input: Normal(7, 2)), "*different inputs*");
        Refused(() => Predict(5, 5, input: _input.flip(0)), "*different inputs*");
        Refused(() => Predict(5, 5, input: _input.narrow(0, 0, 6)), "*different inputs*");
        Refused(() => Predict(5, 5, target: 1 - _target), "*different targets*");
        Refused(() => Predict(5, 5, model: other), "*models with different parameters*");
        Refused(() => new MonteCarloPredictive(_model, new BernoulliLikelihood(BernoulliOutput.Logits, validate: false), 5, seed: 3)
            .Predict(_input, firstDraw: 5), null);
        Refused(() => new MonteCarloPredictive(_model, new BernoulliLikelihood(BernoulliOutput.Probabilities, validate: false), 5, seed: 3)
            .Predict(_input, firstDraw: 5), "*BernoulliLikelihood(Logits)*BernoulliLikelihood(Probabilities)*");
        Refused(() => new MonteCarloPredictive(_model, new CategoricalLikelihood(), 5, seed: 3).Predict(_input, firstDraw: 5),
            "*BernoulliLikelihood*CategoricalLikelihood*");
        Refused(() => Predictive.OfSamples(Normal(5, 7, 1), new BernoulliLikelihood()), "*given samples*no names*");
        var nothing = () => Predictive.Merge();
        nothing.Should().Throw<ArgumentException>().WithMessage("There are no predictions*");

        void Refused(Func<Predictive> make, string? message)
        {
            using var theirs = make();
            var act = () => Predictive.Merge(ours, theirs).Dispose();
            if (message is null)
                act.Should().NotThrow();
            else
                act.Should().Throw<ArgumentException>().WithMessage(message);
        }
    }

    [Fact]
    public void A_model_trained_further_is_another_model()
    {
        using var before = Predict(0, 5);
        using (no_grad())
            _model.parameters().Last()[0] = 0.25;
        using var after = Predict(5, 5);
        var act = () => Predictive.Merge(before, after);
        act.Should().Throw<ArgumentException>().WithMessage("*different parameters*");
    }

    [Theory]
    [InlineData(1, 29)]
    [InlineData(25, 5)]
    public void Unequal_parts_make_the_whole(int first, int second)
    {
        using var model = new BayesianSequential(new BayesianLinear(2, 5, dtype: float64), Tanh(), new BayesianLinear(5, 1, dtype: float64));
        Tensor input = Normal(7, 2), target = (Normal(7, 1) > 0).to(float64);
        using Predictive whole = Predict(0, first + second), merged = Predictive.Merge(Predict(0, first), Predict(first, second));
        ShouldBeClose(merged.AleatoricVariance, whole.AleatoricVariance, 1e-13);
        ShouldBeClose(merged.EpistemicStddev, whole.EpistemicStddev, 1e-13);
        ShouldBeClose(merged.ExpectedEntropy, whole.ExpectedEntropy, 1e-13);
        ShouldBeClose(merged.LogPredictiveDensity, whole.LogPredictiveDensity, 1e-13);

        Predictive Predict(int from, int count) => new MonteCarloPredictive(model, new BernoulliLikelihood(), count, seed: 3)
            .Predict(input, target, firstDraw: from);
    }

    [Fact]
    public void Predictions_of_different_types_are_refused()
    {
        // The draws and the bytes of the inputs are the same: only the type of the result differs.
        using var model = new BayesianSequential(new BayesianLinear(2, 1));
        var input = randn(3, 2);
        using var ours = new MonteCarloPredictive(model, new BernoulliLikelihood(), 3, seed: 3).forward(input);
        model.to(float64);
        using var theirs = new MonteCarloPredictive(model, new BernoulliLikelihood(), 3, seed: 3)
            .Predict(input.to(float64), firstDraw: 3);
        var act = () => Predictive.Merge(ours, theirs);
        act.Should().Throw<ArgumentException>().WithMessage("*in Float32 and*in Float64; expected the same*");
    }

    [Fact]
    public void Targets_that_were_left_out_are_not_compared()
    {
        using var model = new BayesianSequential(new BayesianLinear(2, 1, dtype: float64));
        var input = Normal(3, 2);
        using var merged = Predictive.Merge(Predict(0, ones([3, 1], float64)), Predict(2, null));
        var act = () => Predictive.Merge(merged, Predict(4, zeros([3, 1], float64))).Dispose();
        act.Should().NotThrow();

        Predictive Predict(int from, Tensor? target) => new MonteCarloPredictive(model, new BernoulliLikelihood(), 2, seed: 3)
            .Predict(input, target, firstDraw: from);
    }

    [Fact]
    public void A_merged_copy_can_be_merged_after_the_original_is_disposed()
    {
        using var model = new BayesianSequential(new BayesianLinear(2, 1, dtype: float64));
        var input = Normal(3, 2);
        var only = Predict(0);
        using var copy = Predictive.Merge(only);
        only.Dispose();
        using var more = Predictive.Merge(copy, Predict(5));
        ShouldBeFinite(more.Mean);

        Predictive Predict(int from) => new MonteCarloPredictive(model, new BernoulliLikelihood(), 5, seed: 3)
            .Predict(input, firstDraw: from);
    }
}
