using Bayes.Layers.Benchmarks.Measuring;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Prediction;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Modules;

public sealed class MonteCarloPredictiveTests : TorchTest
{
    private static readonly BernoulliLikelihood Likelihood = new();

    private static BayesianSequential Model(ScalarType dtype = ScalarType.Float64) => new(
        new BayesianLinear(2, 5, dtype: dtype), Tanh(), new BayesianLinear(5, 1, dtype: dtype));

    [Fact]
    public void It_summarizes_the_draws_of_the_model()
    {
        using var model = Model();
        var input = Normal(7, 2);
        using var prediction = new MonteCarloPredictive(model, Likelihood, samples: 12, seed: 4).forward(input);
        using var draws = new PosteriorDraws(seed: 4, count: 12);
        var probabilities = model.Sample(input, draws).sigmoid();
        ShouldBeClose(prediction.Mean, probabilities.mean([0L]), 1e-14);
        ShouldBeClose(prediction.EpistemicStddev, probabilities.std(0L), 1e-14);
        ShouldBeClose(prediction.StandardErrorOfMean, probabilities.std(0L) / Math.Sqrt(12), 1e-14);
        prediction.SamplesUsed.Should().Be(12);
        prediction.Seed.Should().Be(4);
        prediction.ToString().Should().Be("Predictive([7, 1], draws 0 to 11 of seed 4)");
    }

    [Fact]
    public void Disposing_it_keeps_the_model_and_the_learned_likelihood()
    {
        using var model = Model();
        using var loss = ElboLoss.Gaussian(7, dtype: float64);
        var predictive = new MonteCarloPredictive(model, loss.Likelihood, samples: 2);
        predictive.parameters().Should().HaveCount(9, "it is moved and saved with them");
        predictive.Dispose();
        predictive.Dispose();
        model.Sample(Normal(7, 2), 2).shape.Should().Equal(2, 7, 1);
        loss.parameters().Should().ContainSingle().Which.IsInvalid.Should().BeFalse();
        model.modules().Should().HaveCount(3);
    }

    [Fact]
    public void An_undisposed_predictor_frees_its_memory_when_collected_and_keeps_the_model()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "other systems count memory differently");
        const int many = 20_000;
        using var model = Model();
        Leave(many / 4);
        long before = ResidentMemory.Now();
        Leave(many);
        // The native part of a module takes about 700 bytes.
        (ResidentMemory.Now() - before).Should().BeLessThan(many * 350);
        model.Sample(Normal(7, 2), 2).shape.Should().Equal(2, 7, 1);

        void Leave(int count)
        {
            for (int i = 1; i <= count; i++)
            {
                GC.KeepAlive(new MonteCarloPredictive(model, Likelihood, budget: MemoryBudget.FromMebibytes(1)));
                if (i % 500 != 0)
                    continue;
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        }
    }

    [Fact]
    public void Without_a_seed_it_draws_one_from_the_global_generator_and_reports_it()
    {
        using var model = Model();
        var input = Normal(7, 2);
        var predictive = new MonteCarloPredictive(model, Likelihood, samples: 12);
        random.manual_seed(5);
        using Predictive first = predictive.forward(input), second = predictive.forward(input);
        random.manual_seed(5);
        using var again = predictive.forward(input);
        ShouldDiffer(second.Mean, first.Mean);
        ShouldBeClose(again.Mean, first.Mean, 0);
        using var named = new MonteCarloPredictive(model, Likelihood, samples: 12, seed: second.Seed).forward(input);
        ShouldBeClose(named.Mean, second.Mean, 0);
    }

    [Fact]
    public void A_seed_repeats_and_does_not_use_the_global_generator()
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
    public void Every_input_sees_the_same_functions_in_any_block()
    {
        // 100 draws of 40,000 rows take more than a hundred blocks; seven rows take one.
        using var model = Model();
        using var predictive = new MonteCarloPredictive(model, Likelihood, samples: 100, seed: 3);
        var input = Normal(40_000, 2);
        using Predictive all = predictive.forward(input), few = predictive.forward(input.narrow(0, 33_333, 7));
        ShouldBeClose(all.Mean.narrow(0, 33_333, 7), few.Mean, 1e-13);
        ShouldBeClose(all.EpistemicStddev.narrow(0, 33_333, 7), few.EpistemicStddev, 1e-13);
        all.Mean.shape.Should().Equal(40_000, 1);
        all.SamplesUsed.Should().Be(100);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1_000)]
    public void The_budget_changes_blocks_and_not_results(int mebibytes)
    {
        // 121,601 weights in Float64: one draw exceeds 1 MiB, two fit in 7 MiB, and all fit in 1,000 MiB.
        random.manual_seed(6);
        using var model = new BayesianSequential(new BayesianLinear(100, 1_200, dtype: float64), Tanh(),
            new BayesianLinear(1_200, 1, hasBias: false, dtype: float64));
        var input = Normal(40, 100);
        using var prediction = new MonteCarloPredictive(model, Likelihood, samples: 9, seed: 3, budget: MemoryBudget.FromMebibytes(mebibytes))
            .Predict(input, target: ones([40, 1], float64), keepSamples: true);
        using var draws = new PosteriorDraws(seed: 3, count: 9);
        var outputs = model.Sample(input, draws);
        ShouldBeClose(prediction.Samples, outputs, 1e-12);
        ShouldBeClose(prediction.Mean, outputs.sigmoid().mean([0L]), 1e-12);
        ShouldBeClose(prediction.EpistemicStddev, outputs.sigmoid().std(0L), 1e-12);
        ShouldBeClose(prediction.LogPredictiveDensity, outputs.sigmoid().mean([0L]).log().squeeze(1), 1e-12);
        prediction.SamplesUsed.Should().Be(9);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Batches_of_plain_modules_stay_within_the_budget(bool inSequential)
    {
        // 4,000 rows × 10 draws × 4,096 floats would be 655 MB at once; a pass may take half of 16 MiB.
        var recorder = new Recorder();
        nn.Module<Tensor, Tensor>[] wide = [Linear(16, 4_096), recorder, ReLU(), Linear(4_096, 1)];
        using var model = new BayesianSequential([new BayesianLinear(2, 16), .. inSequential ? [Sequential(wide)] : wide]);
        using var prediction =
            new MonteCarloPredictive(model, Likelihood, samples: 10, seed: 3, budget: MemoryBudget.FromMebibytes(16)).forward(randn(4_000, 2));
        recorder.LargestBytes.Should().BeInRange(1 << 18, 8 << 20);
        ShouldBeFinite(prediction.Mean);
    }

    private sealed class Recorder() : nn.Module<Tensor, Tensor>(nameof(Recorder))
    {
        public long LargestBytes { get; private set; }

        public override Tensor forward(Tensor input)
        {
            LargestBytes = Math.Max(LargestBytes, input.numel() * input.element_size());
            return input.alias();
        }
    }

    [Fact]
    public void An_in_place_child_neither_accumulates_nor_changes_the_callers_input()
    {
        // A million weights in 32 MiB: the draws take several blocks, each over the same rows.
        var budget = MemoryBudget.FromMebibytes(32);
        random.manual_seed(2);
        var layers = new nn.Module<Tensor, Tensor>[] { new BayesianLinear(1_000, 1_200), ReLU(), new BayesianLinear(1_200, 1) };
        using var inPlace = new BayesianSequential([Tanh(inplace: true), .. layers]);
        using var apart = new BayesianSequential([Tanh(), .. layers]);
        var input = randn(3, 1_000);
        var before = input.clone();
        using Predictive first = new MonteCarloPredictive(inPlace, Likelihood, 10, seed: 3, budget).forward(input),
            second = new MonteCarloPredictive(apart, Likelihood, 10, seed: 3, budget).forward(input);
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
    public void The_epistemic_stddev_of_one_draw_is_refused()
    {
        using var model = Model();
        using var prediction = new MonteCarloPredictive(model, Likelihood, 1).forward(Normal(4, 2));
        ShouldBeClose(prediction.EpistemicVariance, zeros([4, 1], float64), 0);
        ShouldBeClose(prediction.MutualInformation, zeros([4, 1], float64), 0);
        ShouldBeClose(prediction.TotalEntropy, prediction.ExpectedEntropy, 1e-15);
        prediction.Invoking(p => p.EpistemicStddev)
            .Should().Throw<InvalidOperationException>().WithMessage("The epistemic standard deviation*at least 2 draws*rests on 1*");
        prediction.Invoking(p => p.StandardErrorOfMean)
            .Should().Throw<InvalidOperationException>().WithMessage("The standard error of the mean*at least 2 draws*rests on 1*");
    }

    [Fact]
    public void Dropout_is_off_during_the_call_and_every_mode_is_restored()
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
    public void A_disposed_prediction_is_refused()
    {
        using var model = Model();
        var prediction = new MonteCarloPredictive(model, Likelihood, 2).forward(Normal(4, 2));
        prediction.Dispose();
        prediction.Dispose();
        prediction.Invoking(p => p.Mean).Should().Throw<ObjectDisposedException>();
        prediction.Invoking(p => p.TotalEntropy).Should().Throw<ObjectDisposedException>();
        prediction.Invoking(p => Predictive.Merge(p)).Should().Throw<ObjectDisposedException>();
        prediction.ToString().Should().StartWith("Predictive([4, 1]");
    }

    [Fact]
    public void A_prediction_can_outlive_its_scope()
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
            dropped.Invoking(p => p.Mean).Should().Throw<ObjectDisposedException>();
        }
        moved.Invoking(p => p.Mean).Should().Throw<ObjectDisposedException>();
        using (kept)
            ShouldBeFinite(kept.Mean);
    }

    [Theory]
    [InlineData(1, 36)]
    [InlineData(7, 5)]
    [InlineData(1_000, 5)]
    public void The_budget_determines_the_number_of_passes(int mebibytes, int passes)
    {
        using var model = new BayesianSequential(new BayesianLinear(100, 1_200, dtype: float64), Tanh(),
            new BayesianLinear(1_200, 1, hasBias: false, dtype: float64));
        Passes(new MonteCarloPredictive(model, new BernoulliLikelihood(), samples: 9, seed: 3, budget: MemoryBudget.FromMebibytes(mebibytes)),
            Normal(40, 100)).Should().Be(passes);
    }

    [Fact]
    public void Inputs_of_another_shape_or_type_are_measured_again()
    {
        using var model = new BayesianSequential(new BayesianLinear(10, 50, dtype: float64), Tanh(), new BayesianLinear(50, 1, dtype: float64));
        var predictive = new MonteCarloPredictive(model, new BernoulliLikelihood(), samples: 4, seed: 3, budget: MemoryBudget.FromMebibytes(1));
        Passes(predictive, Normal(8, 10)).Should().Be(1);
        int many = Passes(predictive, Normal(8, 200, 10));
        many.Should().BeGreaterThan(4);
        model.to(float32);
        Passes(predictive, randn(8, 200, 10)).Should().BeLessThan(many);
    }

    [Fact]
    public void A_wide_output_is_counted_with_the_memory_of_its_sums()
    {
        using var model = new BayesianSequential(new BayesianLinear(1, 2_000, dtype: float32));
        Passes(new MonteCarloPredictive(model, new HeteroscedasticGaussianLikelihood(), samples: 1, seed: 3, budget: MemoryBudget.FromMebibytes(1)),
            randn(12, 1)).Should().Be(4);
    }

    [Fact]
    public void The_last_draw_numbers_work()
    {
        using var model = new BayesianSequential(new BayesianLinear(2, 1));
        using var prediction = new MonteCarloPredictive(model, new BernoulliLikelihood(), 10, seed: 3)
            .Predict(randn(3, 2), firstDraw: int.MaxValue - 10);
        prediction.ToString().Should().Contain("draws 2147483637 to 2147483646 of");
    }

    private static int Passes(MonteCarloPredictive predictive, Tensor input)
    {
        int passes = 0;
        predictive.Predict(input, progress: new Told<PredictiveProgress>(_ => passes++)).Dispose();
        return passes;
    }
}
