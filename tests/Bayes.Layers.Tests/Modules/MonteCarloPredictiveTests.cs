using Bayes.Layers.Likelihoods;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Modules;

public sealed class MonteCarloPredictiveTests : TorchTest
{
    private static readonly BernoulliLikelihood Likelihood = new();

    private static BayesianSequential Model(ScalarType dtype = ScalarType.Float64) => new(
        new BayesianLinear(2, 5, dtype: dtype), Tanh(), new BayesianLinear(5, 1, dtype: dtype));

    [Fact]
    public void It_sums_up_the_draws_that_the_model_makes()
    {
        using var predictive = new MonteCarloPredictive(Model(), Likelihood, samples: 12);
        var input = Normal(7, 2);
        random.manual_seed(4);
        using var prediction = predictive.forward(input);
        random.manual_seed(4);
        var draws = ((BayesianModule)predictive.children().Single()).Sample(input, 12).sigmoid();
        ShouldBeClose(prediction.Mean, draws.mean([0L]), 1e-14);
        ShouldBeClose(prediction.EpistemicStddev, draws.std(0L), 1e-14);
        prediction.SamplesUsed.Should().Be(12);
    }

    [Fact]
    public void A_seed_repeats_and_leaves_the_global_generator_alone()
    {
        using var model = Model();
        var input = Normal(7, 2);
        random.manual_seed(9);
        var untouched = randn(3);
        random.manual_seed(9);
        var means = new List<Tensor>();
        foreach (long seed in new[] { 1L, 1L, 2L })
            means.Add(new MonteCarloPredictive(model, Likelihood, 10, seed).forward(input).Mean);
        ShouldBeClose(means[1], means[0], 0);
        ShouldDiffer(means[2], means[0]);
        ShouldBeClose(randn(3), untouched, 0);
    }

    [Fact]
    public void Every_input_sees_the_same_functions_in_whatever_block()
    {
        // 40,000 rows take a pass of 100 draws more than a hundred blocks; seven rows take one.
        using var model = Model();
        using var predictive = new MonteCarloPredictive(model, Likelihood, samples: 100, seed: 3);
        var input = Normal(40_000, 2);
        using Predictive all = predictive.forward(input), few = predictive.forward(input.narrow(0, 33_333, 7));
        ShouldBeClose(all.Mean.narrow(0, 33_333, 7), few.Mean, 1e-13);
        ShouldBeClose(all.EpistemicStddev.narrow(0, 33_333, 7), few.EpistemicStddev, 1e-13);
        all.Mean.shape.Should().Equal(40_000, 1);
        all.SamplesUsed.Should().Be(100);
    }

    [Fact]
    public void A_large_model_is_drawn_in_blocks_and_every_draw_counts()
    {
        // 1,200,000 weights: six draws fit a block, so ten take two.
        using var model = new BayesianSequential(new BayesianLinear(1_000, 1_200), Tanh(), new BayesianLinear(1_200, 1));
        using var predictive = new MonteCarloPredictive(model, Likelihood, samples: 10, seed: 3);
        var input = randn(4, 1_000);
        using var prediction = predictive.forward(input);
        using var noise = new Bayes.Layers.Numerics.TorchNoise(3);
        using var noGrad = no_grad();
        var draws = cat([
            model.Sample(input, new Bayes.Layers.Estimators.Reparameterization(6, noise)),
            model.Sample(input, new Bayes.Layers.Estimators.Reparameterization(4, noise))], 0).sigmoid();
        prediction.SamplesUsed.Should().Be(10);
        ShouldBeClose(prediction.Mean, draws.mean([0L]), 1e-5);
        ShouldBeClose(prediction.EpistemicStddev, draws.std(0L), 1e-5);
        prediction.Mean.dtype.Should().Be(ScalarType.Float32);
    }

    [Fact]
    public void A_child_that_works_in_place_neither_compounds_nor_touches_the_callers_input()
    {
        // A million weights: the draws take several blocks, each of which passes the same rows.
        random.manual_seed(2);
        var layers = new nn.Module<Tensor, Tensor>[] { new BayesianLinear(1_000, 1_200), ReLU(), new BayesianLinear(1_200, 1) };
        using var inPlace = new BayesianSequential([Tanh(inplace: true), .. layers]);
        using var apart = new BayesianSequential([Tanh(), .. layers]);
        var input = randn(3, 1_000);
        var before = input.clone();
        using Predictive first = new MonteCarloPredictive(inPlace, Likelihood, 10, seed: 3).forward(input),
            second = new MonteCarloPredictive(apart, Likelihood, 10, seed: 3).forward(input);
        ShouldBeClose(input, before, 0);
        ShouldBeClose(first.Mean, second.Mean, 1e-6);
        ShouldBeClose(first.EpistemicStddev, second.EpistemicStddev, 1e-6);
    }

    [Fact]
    public void A_small_spread_keeps_its_precision_in_single_precision()
    {
        var draws = Normal(50, 4, 1).mul(1e-3).add(0.5).to(float32);
        using var moments = new PredictiveMoments(new BernoulliLikelihood(BernoulliOutput.Probabilities), rows: 4);
        foreach (var block in draws.split(7, 0))
        {
            moments.Add(block, row: 0);
            moments.Count((int)block.shape[0]);
        }
        using var prediction = moments.ToPredictive();
        ShouldBeClose(prediction.EpistemicStddev.to(float64).mul(1e3), draws.to(float64).std(0L).mul(1e3), 1e-6);
        prediction.Mean.dtype.Should().Be(ScalarType.Float32);
    }

    [Fact]
    public void A_model_without_anything_random_has_no_epistemic_part()
    {
        using var model = new BayesianSequential(Linear(2, 1));
        using var prediction = new MonteCarloPredictive(model, Likelihood, 5).forward(randn(3, 2));
        ShouldBeClose(prediction.EpistemicStddev, zeros(3, 1), 0);
    }

    [Fact]
    public void Results_need_no_gradient()
    {
        using var model = Model();
        using var prediction = new MonteCarloPredictive(model, Likelihood, 3).forward(Normal(4, 2));
        prediction.Mean.requires_grad.Should().BeFalse();
        is_grad_enabled().Should().BeTrue();
    }

    [Fact]
    public void One_draw_has_no_epistemic_stddev_and_says_so()
    {
        using var model = Model();
        using var prediction = new MonteCarloPredictive(model, Likelihood, 1).forward(Normal(4, 2));
        ShouldBeClose(prediction.EpistemicVariance, zeros([4, 1], float64), 0);
        prediction.Invoking(p => p.EpistemicStddev).Should().Throw<InvalidOperationException>().WithMessage("*at least 2 draws*rests on 1*");
    }

    [Fact]
    public void Dropout_is_off_for_the_call_and_every_mode_is_put_back()
    {
        var frozen = BatchNorm1d(5);
        using var model = new BayesianSequential(new BayesianLinear(2, 5), Dropout(0.5), frozen, new BayesianLinear(5, 1));
        frozen.eval();
        var predictive = new MonteCarloPredictive(model, Likelihood, 4, seed: 1);
        var input = randn(30, 2);
        using Predictive first = predictive.forward(input), second = predictive.forward(input);
        ShouldBeClose(second.Mean, first.Mean, 0, "dropout would differ");
        model.training.Should().BeTrue();
        model.children().Select(child => child.training).Should().Equal(true, true, false, true);

        predictive.Invoking(p => p.forward(randn(3, 9))).Should().Throw<ArgumentException>();
        model.children().Select(child => child.training).Should().Equal(true, true, false, true);
    }

    [Fact]
    public void The_model_is_a_child_named_model()
    {
        using var predictive = new MonteCarloPredictive(Model(), Likelihood);
        using var holder = new BayesianSequential(Tanh());
        holder.register_module("predictive", predictive);
        predictive.named_children().Select(child => child.name).Should().Equal("model");
        predictive.state_dict().Keys.Should().Contain("model.0.weight_mu").And.HaveCount(8);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Fewer_than_one_draw_is_refused(int samples)
    {
        using var model = Model();
        var act = () => new MonteCarloPredictive(model, Likelihood, samples);
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage($"samples is {samples}*");
    }

    [Fact]
    public void A_disposed_prediction_says_so()
    {
        using var model = Model();
        var prediction = new MonteCarloPredictive(model, Likelihood, 2).forward(Normal(4, 2));
        prediction.Dispose();
        prediction.Dispose();
        prediction.Invoking(p => p.Mean).Should().Throw<ObjectDisposedException>();
    }

    [Fact]
    public void A_prediction_outlives_its_scope_where_asked()
    {
        using var model = Model();
        Predictive kept, moved, dropped;
        using (NewDisposeScope())
        {
            using (NewDisposeScope())
            {
                var predictive = new MonteCarloPredictive(model, Likelihood, 2);
                kept = predictive.forward(Normal(4, 2)).DetachFromDisposeScope();
                moved = predictive.forward(Normal(4, 2)).MoveToOuterDisposeScope();
                dropped = predictive.forward(Normal(4, 2));
            }
            moved.Mean.IsInvalid.Should().BeFalse();
            dropped.Mean.IsInvalid.Should().BeTrue();
        }
        moved.Mean.IsInvalid.Should().BeTrue();
        using (kept)
            ShouldBeFinite(kept.Mean);
    }
}
