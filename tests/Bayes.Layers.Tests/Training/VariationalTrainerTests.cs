using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using Bayes.Layers.Priors;
using Bayes.Layers.Training;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Training;

public sealed class VariationalTrainerTests : TorchTest
{
    private const int Rows = 60;

    private static readonly ElboLoss Loss = ElboLoss.Bernoulli(Rows);

    private static BayesianSequential Model()
    {
        random.manual_seed(17);
        return new BayesianSequential(new BayesianLinear(2, 8, dtype: float64), Tanh(), new BayesianLinear(8, 1, dtype: float64));
    }

    /// <summary>A model with batch statistics and a prior that learns its scale.</summary>
    private static BayesianSequential ModelWithBuffers()
    {
        random.manual_seed(17);
        return new BayesianSequential(
            new BayesianLinear(2, 8, prior: new LearnedScalePrior(), dtype: float64), BatchNorm1d(8, dtype: float64), Tanh(),
            new BayesianLinear(8, 1, dtype: float64));
    }

    private static (Tensor Input, Tensor Target) Data(long seed = 23)
    {
        random.manual_seed(seed);
        var input = randn(Rows, 2, float64);
        return (input, (input.narrow(1, 0, 1) > 0).to(float64));
    }

    private static optim.Optimizer Descent(IEnumerable<Parameter> parameters, double learningRate) => optim.SGD(parameters, learningRate);

    private static Dictionary<string, double[]> State(params Module[] modules) =>
        modules.SelectMany((module, number) => module.state_dict().Select(pair => (Key: $"{number}.{pair.Key}", pair.Value)))
            .ToDictionary(pair => pair.Key, pair => Values(pair.Value));

    private static double[] Losses(TrainingHistory history) => [.. history.Epochs.Select(epoch => epoch.Loss)];

    /// <summary>A layer that reports each pass.</summary>
    private sealed class Watched : BayesianModule
    {
        private readonly BayesianLinear layer = new(2, 1, dtype: float64);
        private readonly Action<Tensor, Estimator> _watch;

        public Watched(Action<Tensor, Estimator> watch) : base(nameof(Watched))
        {
            _watch = watch;
            RegisterComponents();
        }

        public override Tensor Propagate(Tensor input, Pass pass)
        {
            // The pass in evaluation mode counts the uses of weights.
            if (training)
                _watch(input, pass.Estimator);
            return layer.Propagate(input, pass);
        }
    }

    [Fact]
    public void It_learns()
    {
        using var model = Model();
        var (input, target) = Data();
        var history = new VariationalTrainer(model, Loss, new() { Epochs = 50, BatchSize = 16, LearningRate = 0.02 }).Fit(input, target, Data(24));
        history.Epochs.Should().HaveCount(50);
        history.Epochs[^1].Loss.Should().BeLessThan(history.Epochs[0].Loss);
        history.Best!.ValidationLogDensity.Should().BeGreaterThan(history.Epochs[0].ValidationLogDensity!.Value);
    }

    [Fact]
    public void The_defaults_learn()
    {
        using var model = Model();
        var (input, target) = Data();
        var history = new VariationalTrainer(model, Loss, new() { Epochs = 100, KlSchedule = new ConstantKl() }).Fit(input, target);
        history.End.Should().Be(TrainingEnd.LastEpoch);
        history.Epochs[^1].Loss.Should().BeLessThan(history.Epochs[0].Loss);
        (history.Best, history.IsBestRestored).Should().Be((null, false));
    }

    [Fact]
    public void The_history_contains_every_epoch()
    {
        using var model = Model();
        var (input, target) = Data();
        var loss = ElboLoss.Bernoulli(Rows, beta: 0.5);
        var told = new List<TrainingProgress>();
        var history = new VariationalTrainer(model, loss,
            new() { Epochs = 4, BatchSize = 16, LearningRate = 1e-3, KlSchedule = LinearWarmUpKl.OverEpochs(2), ValidationSamples = 4 })
            .Fit(input, target, Data(24), new Told<TrainingProgress>(told.Add));
        told.Select(each => each.Epoch).Should().Equal(history.Epochs);
        told.Select(each => each.Fraction).Should().Equal(0.25, 0.5, 0.75, 1);
        history.Epochs.Select(epoch => epoch.Number).Should().Equal(1, 2, 3, 4);
        (history.Steps, history.RefusedSteps, history.End).Should().Be((16, 0, TrainingEnd.LastEpoch));
        history.Seconds.Should().BePositive();
        history.StepsPerSecond.Should().BeApproximately(16 / history.Seconds, 1e-9);
        foreach (var epoch in history.Epochs)
        {
            (epoch.Steps, epoch.RefusedSteps, epoch.Examples, epoch.Beta, epoch.LearningRate).Should().Be((4, 0, Rows, 0.5, 1e-3));
            new[] { epoch.Loss, epoch.NegativeLogLikelihood, epoch.KlDivergence,
                epoch.ValidationLogDensity!.Value }.Should().OnlyContain(value => double.IsFinite(value));
            epoch.GradientNorm.Should().BePositive();
            epoch.StepsPerSecond.Should().BePositive();
        }
        double[] expected = [0.5 * 1.5 / 8, 0.5 * 5.5 / 8, 0.5, 0.5];
        foreach (var (epoch, effective) in history.Epochs.Zip(expected))
            epoch.EffectiveBeta.Should().BeApproximately(effective, 1e-12);
    }

    [Fact]
    public void Every_epoch_sees_every_row_once_in_a_seeded_order()
    {
        var input = arange(Rows, float64).reshape(-1, 1).expand(-1, 2).contiguous();
        var target = zeros(Rows, 1, float64);
        double[][] Seen(int seed)
        {
            var rows = new List<double>();
            using var model = new Watched((batch, _) => rows.AddRange(Values(batch.select(-1, 0))));
            new VariationalTrainer(model, Loss, new() { Epochs = 2, BatchSize = 7, LearningRate = 1e-9, ShuffleSeed = seed,
                Estimator = new Reparameterization() }).Fit(input, target);
            return [.. rows.Chunk(Rows)];
        }
        double[][] first = Seen(3), same = Seen(3), other = Seen(4);
        first.Should().HaveCount(2);
        foreach (double[] epoch in first)
            epoch.Should().BeEquivalentTo(Enumerable.Range(0, Rows).Select(row => (double)row));
        first[0].Should().NotEqual(first[1]);
        same[0].Should().Equal(first[0]);
        same[1].Should().Equal(first[1]);
        other[0].Should().NotEqual(first[0]);
    }

    [Fact]
    public void The_same_seed_repeats_the_whole_training()
    {
        double[] Train()
        {
            using var model = Model();
            var (input, target) = Data();
            return Losses(new VariationalTrainer(model, Loss, new() { Epochs = 3, BatchSize = 16 }).Fit(input, target));
        }
        Train().Should().Equal(Train());
    }

    [Fact]
    public void Loaders_and_other_batch_sources_train_the_same()
    {
        double[] Train(Func<VariationalTrainer, Tensor, Tensor, TrainingHistory> fit)
        {
            using var model = Model();
            using var noise = new TorchNoise(3);
            var (input, target) = Data();
            return Losses(
                fit(new VariationalTrainer(model, Loss, new() { Epochs = 3, Estimator = new Reparameterization(1, noise) }), input, target));
        }
        double[] expected = Train((trainer, input, target) => trainer.Fit(() => RowBatches.Of(input, target, 15), 4));
        Train((trainer, input, target) =>
        {
            using var loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(input, target), 15);
            return trainer.Fit(loader);
        }).Should().Equal(expected);
        Train((trainer, input, target) =>
        {
            using var loader = torch.utils.data.DataLoader(new NamedRows(input, target), 15);
            return trainer.Fit(loader, "x", "y");
        }).Should().Equal(expected);
    }

    [Fact]
    public void A_loader_without_the_named_columns_is_refused()
    {
        using var model = Model();
        var (input, target) = Data();
        var trainer = new VariationalTrainer(model, Loss);
        using var named = torch.utils.data.DataLoader(new NamedRows(input, target), 15);
        trainer.Invoking(t => t.Fit(named, "x", "label"))
            .Should().Throw<InvalidOperationException>().WithMessage("*without 'label'; it has 'x', 'y'.");
        using var lone = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(input), 15);
        trainer.Invoking(t => t.Fit(lone)).Should().Throw<InvalidOperationException>().WithMessage("*1 tensors a batch; expected 2*");
    }

    [Fact]
    public void A_number_of_batches_other_than_declared_is_refused()
    {
        using var model = Model();
        var (input, target) = Data();
        var trainer = new VariationalTrainer(model, Loss, new() { Epochs = 2 });
        trainer.Invoking(t => t.Fit(() => RowBatches.Of(input, target, 15), 3)).Should().Throw<InvalidOperationException>()
            .WithMessage("*gave more in epoch 1; expected 3*");
        trainer.Invoking(t => t.Fit(() => RowBatches.Of(input, target, 15), 5)).Should().Throw<InvalidOperationException>()
            .WithMessage("*gave only 4 in epoch 1; expected 5*");
        trainer.Invoking(t => t.Fit(() => RowBatches.Of(input, target, 15), 0)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void A_step_uses_the_requested_draws_and_estimator()
    {
        var seen = new List<(string Name, int Samples)>();
        using var model = new Watched((_, estimator) => seen.Add((estimator.GetType().Name, estimator.Samples)));
        var (input, target) = Data();
        new VariationalTrainer(model, Loss, new() { Epochs = 1, BatchSize = Rows, Estimator = new Flipout(), Samples = 3 }).Fit(input, target);
        model.TrainingEstimator = new LocalReparameterization();
        new VariationalTrainer(model, Loss, new() { Epochs = 1, BatchSize = Rows }).Fit(input, target);
        seen.Should().Equal((nameof(Flipout), 3), (nameof(LocalReparameterization), 1));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_gradient_is_clipped_by_the_norm_over_all_parameters(bool isFast)
    {
        var (input, target) = Data();
        (double Moved, double Norm) Step(double? maximum)
        {
            using var model = Model();
            using var noise = new TorchNoise(3);
            var before = State(model);
            var history = new VariationalTrainer(model, Loss, new()
            {
                Epochs = 1, BatchSize = Rows, LearningRate = 1, CreateOptimizer = Descent, MaximumGradientNorm = maximum,
                Estimator = isFast ? new Reparameterization(1, noise) : new Flipout(1, noise),
            }).Fit(input, target);
            var after = State(model);
            double squares = before.SelectMany(pair => pair.Value.Zip(after[pair.Key], (old, now) => (now - old) * (now - old))).Sum();
            return (Math.Sqrt(squares), history.Epochs[0].GradientNorm);
        }
        var (free, norm) = Step(null);
        free.Should().BeApproximately(norm, 1e-10);
        var (clipped, sameNorm) = Step(norm / 4);
        clipped.Should().BeApproximately(norm / 4, 1e-10);
        sameNorm.Should().BeApproximately(norm, 0.1 * norm, "the norm is that before it was clipped");
        Step(norm * 4).Moved.Should().BeApproximately(norm, 0.1 * norm);
    }

    [Theory]
    [InlineData(false, 0.01)]
    [InlineData(true, 1e-4)]
    public void A_schedule_uses_the_validation_set_if_there_is_one(bool isOpposite, double last)
    {
        // Without noise the training loss falls in every epoch, and so does the density of opposite targets.
        using var model = Model();
        var (input, target) = Data();
        var history = new VariationalTrainer(model, Loss, new()
        {
            Epochs = 4, BatchSize = Rows, LearningRate = 0.01, Estimator = PosteriorMean.Instance, KlSchedule = new ConstantKl(),
            CreateScheduler = optimizer =>
                optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor: 0.1, patience: 0, threshold: 0, threshold_mode: "abs"),
        }).Fit(input, target, (input, isOpposite ? 1 - target : target));
        Losses(history).Should().BeInDescendingOrder();
        history.Epochs[^1].LearningRate.Should().BeApproximately(last, 1e-9 * last);
    }

    [Fact]
    public void Validation_runs_at_its_interval_and_after_the_last_epoch()
    {
        using var model = Model();
        var (input, target) = Data();
        var history = new VariationalTrainer(model, Loss, new() { Epochs = 5, BatchSize = Rows, EpochsBetweenValidations = 2, ValidationSamples = 2 })
            .Fit(input, target, Data(24));
        history.Epochs.Select(epoch => epoch.ValidationLogDensity is not null).Should().Equal(false, true, false, true, true);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.02)]
    [InlineData(1000)]
    public void The_best_epoch_is_the_last_with_the_minimum_improvement(double least)
    {
        using var model = Model();
        var (input, target) = Data();
        var history = new VariationalTrainer(model, Loss, new() { Epochs = 30, BatchSize = 16, LearningRate = 0.02, MinimumImprovement = least })
            .Fit(input, target, Data(24));
        var best = history.Epochs[0];
        foreach (var epoch in history.Epochs.Where(epoch => epoch.ValidationLogDensity > best.ValidationLogDensity + least))
            best = epoch;
        history.Best!.Number.Should().Be(best.Number);
    }

    [Fact]
    public void A_schedule_sets_the_learning_rate()
    {
        var (input, target) = Data();
        double[] Rates(VariationalTrainerOptions options, (Tensor, Tensor)? validation = null)
        {
            using var model = Model();
            return [.. new VariationalTrainer(model, Loss, options with { Epochs = 4, BatchSize = 30, LearningRate = 0.01 })
                .Fit(input, target, validation).Epochs.Select(epoch => epoch.LearningRate)];
        }
        Rates(new() { CreateScheduler = optimizer => optim.lr_scheduler.StepLR(optimizer, step_size: 2, gamma: 0.1) })
            .Should().SatisfyRespectively(Near(0.01), Near(0.01), Near(0.001), Near(0.001));
        Rates(new() { CreateScheduler = optimizer => optim.lr_scheduler.StepLR(optimizer, step_size: 2, gamma: 0.1), ScheduleEveryStep = true })
            .Should().SatisfyRespectively(Near(1e-3), Near(1e-4), Near(1e-5), Near(1e-6));
        // No epoch counts as better than the first, so the rate falls in each later epoch.
        Rates(new() { CreateScheduler = optimizer => optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor: 0.1, patience: 0, threshold: 1e9,
            threshold_mode: "abs"), ValidationSamples = 2 }, Data(24))
            .Should().SatisfyRespectively(Near(0.01), Near(0.01), Near(1e-3), Near(1e-4));

        static Action<double> Near(double expected) => found => found.Should().BeApproximately(expected, 1e-9 * expected);
    }

    [Fact]
    public void Each_step_saves_the_buffers_that_a_pass_may_change()
    {
        var norm = BatchNorm1d(3, dtype: float64);
        using var model = new BayesianSequential(
            new BayesianLinear(2, 3, prior: NormalPrior.PerWeight(zeros(3, 2, float64), ones(3, 2, float64)),
                biasPrior: NormalPrior.Standard, dtype: float64),
            nn.Sequential(norm, Tanh()), new BayesianLinear(3, 1, dtype: float64));
        model.buffers().Should().HaveCount(5);
        GuardedStep.BuffersOfPasses(model).Should().HaveCount(3).And.BeEquivalentTo(norm.buffers(), options => options.ComparingByValue<Tensor>());
    }

    [Fact]
    public void Patience_ends_training_and_the_best_epoch_is_restored()
    {
        using var model = ModelWithBuffers();
        var loss = ElboLoss.Gaussian(Rows, dtype: float64);
        var (input, target) = Data();
        // Training makes the model ever worse for the validation set.
        (Tensor, Tensor) validation = (input, target.neg().mul(3));
        var states = new List<Dictionary<string, double[]>>();
        Parameter[] held = [];
        var history =
            new VariationalTrainer(model, loss, new() { Epochs = 50, BatchSize = 20, LearningRate = 0.05, Patience = 3, ValidationSamples = 8 })
            .Fit(input, target, validation, new Told<TrainingProgress>(_ =>
            {
                states.Add(State(model, loss));
                held = [.. model.parameters()];
            }));
        history.End.Should().Be(TrainingEnd.EarlyStopping);
        history.IsBestRestored.Should().BeTrue();
        history.Epochs.Should().HaveCount(history.Best!.Number + 3);
        history.Epochs.Max(epoch => epoch.ValidationLogDensity).Should().Be(history.Best.ValidationLogDensity);
        var found = State(model, loss);
        found.Keys.Should().Contain(key => key.Contains("running_mean")).And.Contain(key => key.StartsWith("1."))
            .And.Contain(key => key.Contains("weight_prior"));
        foreach (var (key, value) in states[history.Best.Number - 1])
            found[key].Should().Equal(value, key);
        foreach (var (key, value) in states[^1])
            found[key].Should().NotEqual(value, key);
        model.parameters().Should().Equal(held, "values are put back in place");

        // The noise is the same at every validation, so a second validation gives the reported number.
        using var predictive = new MonteCarloPredictive(model, loss.Likelihood, 8, seed: 0);
        using var prediction = predictive.Predict(validation.Item1, validation.Item2);
        prediction.LogPredictiveDensity.mean().ToDouble().Should().BeApproximately(history.Best.ValidationLogDensity!.Value, 1e-12);
    }

    [Fact]
    public void Without_restoring_the_last_epoch_stays()
    {
        using var model = Model();
        var (input, target) = Data();
        Dictionary<string, double[]> last = [];
        var history =
            new VariationalTrainer(model, Loss, new() { Epochs = 20, LearningRate = 0.05, Patience = 2, RestoreBest = false, ValidationSamples = 4 })
            .Fit(input, target, (input, 1 - target), new Told<TrainingProgress>(_ => last = State(model)));
        (history.End, history.IsBestRestored).Should().Be((TrainingEnd.EarlyStopping, false));
        State(model).Should().BeEquivalentTo(last);
    }

    [Fact]
    public void Patience_does_not_run_out_between_two_validations()
    {
        using var model = Model();
        var (input, target) = Data();
        var history = new VariationalTrainer(model, Loss,
            new() { Epochs = 12, BatchSize = Rows, LearningRate = 0.01, Patience = 1, EpochsBetweenValidations = 5, ValidationSamples = 4 })
            .Fit(input, target, (input, 1 - target));
        history.Epochs.Where(epoch => epoch.ValidationLogDensity is not null).Select(epoch => epoch.Number).Should().Equal(5, 10);
        history.Epochs.Should().HaveCount(10);
        history.Best!.Number.Should().Be(5);
    }

    [Fact]
    public void A_cancelled_training_keeps_what_was_learned()
    {
        using var model = Model();
        var (input, target) = Data();
        using var cancellation = new CancellationTokenSource();
        Dictionary<string, double[]> start = State(model), last = [];
        var history = new VariationalTrainer(model, Loss, new() { Epochs = 20 }).Fit(input, target, progress: new Told<TrainingProgress>(told =>
        {
            last = State(model);
            if (told.Epoch.Number == 3)
                cancellation.Cancel();
        }), cancellationToken: cancellation.Token);
        (history.End, history.Epochs.Count, history.Steps).Should().Be((TrainingEnd.Cancelled, 3, 6));
        State(model).Should().BeEquivalentTo(last).And.NotBeEquivalentTo(start);
    }

    [Fact]
    public void Cancellation_within_an_epoch_keeps_and_counts_its_steps()
    {
        int passes = 0;
        using var cancellation = new CancellationTokenSource();
        using var model = new Watched((_, _) =>
        {
            if (++passes == 3)
                cancellation.Cancel();
        });
        var (input, target) = Data();
        var history = new VariationalTrainer(model, Loss, new() { BatchSize = 10, Estimator = new Reparameterization() })
            .Fit(input, target, cancellationToken: cancellation.Token);
        (history.End, history.Epochs.Count, history.Steps).Should().Be((TrainingEnd.Cancelled, 0, 3));
    }

    [Fact]
    public void A_step_that_is_not_finite_is_refused_and_counted()
    {
        using var model = ModelWithBuffers();
        var (input, target) = Data();
        // The batch's variance overflows.
        var bad = input.mul(1e300);
        var before = State(model);
        var options = new VariationalTrainerOptions { Epochs = 1, EpochCoversDataset = false, CreateOptimizer = (parameters, rate) =>
            optim.AdamW(parameters, rate, weight_decay: 0.1) };
        var history = new VariationalTrainer(model, Loss, options).Fit(() => [(bad, target), (bad, target)], 2);
        (history.Steps, history.RefusedSteps, history.Epochs[0].RefusedSteps).Should().Be((0, 2, 2));
        State(model).Should().BeEquivalentTo(before, "neither a parameter nor a batch statistic changes");

        history = new VariationalTrainer(model, Loss, options with { MaximumRefusedInARow = 2 })
            .Fit(() => [(bad, target), (input, target), (bad, target), (input, target)], 4);
        (history.Steps, history.RefusedSteps).Should().Be((2, 2));
        history.Epochs[0].Examples.Should().Be(2 * Rows);
        double.IsFinite(history.Epochs[0].Loss).Should().BeTrue("refused steps are not in the means");
        State(model).Values.Should().OnlyContain(values => values.All(double.IsFinite));
    }

    [Fact]
    public void A_loss_that_is_finite_with_a_gradient_that_is_not_is_refused()
    {
        using var model = new BayesianSequential(new BayesianLinear(2, 1, dtype: float64), new RootOfZero());
        var (input, target) = Data();
        var before = State(model);
        new VariationalTrainer(model, Loss, new() { Epochs = 1, BatchSize = Rows }).Fit(input, target).RefusedSteps.Should().Be(1);
        State(model).Should().BeEquivalentTo(before);
    }

    /// <summary>Returns 0, with a derivative of 0 · ∞.</summary>
    private sealed class RootOfZero() : Module<Tensor, Tensor>(nameof(RootOfZero))
    {
        public override Tensor forward(Tensor input) => input.mul(0).sqrt();
    }

    [Fact]
    public void Many_refused_steps_in_a_row_end_training_with_one_sentence()
    {
        using var model = new BayesianSequential(new BayesianLinear(2, 1, dtype: float64), new NotANumber());
        var (input, target) = Data();
        var before = State(model);
        var trainer = new VariationalTrainer(model, Loss, new() { MaximumRefusedInARow = 3, LearningRate = 0.001 });
        var thrown = trainer.Invoking(t => t.Fit(() => [(input, target)], 1)).Should().Throw<TrainingDivergedException>()
            .WithMessage("Training diverged in epoch 3: the negative log-likelihood was NaN at step 3, the last of 3 in a row that were refused; "
                + "a learning rate below 0.001 or gradient clipping (MaximumGradientNorm) may help.").Which;
        (thrown.History.End, thrown.History.RefusedSteps, thrown.History.Epochs.Count).Should().Be((TrainingEnd.Diverged, 3, 2));
        State(model).Should().BeEquivalentTo(before);
    }

    private sealed class NotANumber() : Module<Tensor, Tensor>(nameof(NotANumber))
    {
        public override Tensor forward(Tensor input) => input.mul(double.NaN);
    }

    [Fact]
    public void Too_high_a_learning_rate_is_named()
    {
        using var model = Model();
        var (input, target) = Data();
        new VariationalTrainer(model, Loss, new() { LearningRate = 1e200 }).Invoking(t => t.Fit(input, target))
            .Should().Throw<TrainingDivergedException>()
            .WithMessage("*a learning rate below 1E+200 or gradient clipping (MaximumGradientNorm) may help.");
    }

    public static TheoryData<Estimator> Estimators =>
        [new Reparameterization(), new Reparameterization(3), new LocalReparameterization(), new Flipout(2)];

    /// <summary>A fault of another library: an exception inside a sampling scope leaves the weights perturbed.</summary>
    [Theory]
    [MemberData(nameof(Estimators), DisableDiscoveryEnumeration = true)]
    public void An_exception_during_a_pass_does_not_change_the_weights(Estimator estimator)
    {
        int passes = 0;
        Dictionary<string, double[]> before = [];
        Watched? watched = null;
        using var model = watched = new Watched((_, _) =>
        {
            if (++passes != 3)
                return;
            before = State(watched!);
            throw new InvalidOperationException("amid a pass");
        });
        model.eval();
        var (input, target) = Data();
        new VariationalTrainer(model, Loss, new() { BatchSize = 10, Estimator = estimator })
            .Invoking(t => t.Fit(input, target)).Should().Throw<InvalidOperationException>().WithMessage("amid a pass");
        State(model).Should().BeEquivalentTo(before);
        model.modules().Prepend(model).Should().OnlyContain(module => !module.training, "the mode is the one from before");
        model.Invoking(m => m.Sample(input, 2)).Should().NotThrow();
    }

    /// <summary>The same fault for state that a pass writes.</summary>
    [Fact]
    public void An_exception_after_a_batch_norm_does_not_change_its_statistics()
    {
        int passes = 0;
        Dictionary<string, double[]> before = [];
        BayesianSequential? seen = null;
        using var model = seen = new BayesianSequential(new BayesianLinear(2, 8, dtype: float64), BatchNorm1d(8, dtype: float64), new Tapped(() =>
        {
            if (++passes != 3)
                return;
            State(seen!)["0.1.running_mean"].Should().NotEqual(before["0.1.running_mean"], "this pass has written its own by now");
            throw new NotSupportedException();
        }), new BayesianLinear(8, 1, dtype: float64));
        var (input, target) = Data();
        new VariationalTrainer(model, Loss).Invoking(t => t.Fit(Watched, 6)).Should().Throw<NotSupportedException>();
        State(model).Should().BeEquivalentTo(before);

        // A batch is requested after the step before it.
        IEnumerable<(Tensor, Tensor)> Watched()
        {
            foreach (var batch in RowBatches.Of(input, target, 10))
            {
                before = State(model);
                yield return batch;
            }
        }
    }

    private sealed class Tapped(Action tap) : Module<Tensor, Tensor>(nameof(Tapped))
    {
        public override Tensor forward(Tensor input)
        {
            tap();
            return input.alias();
        }
    }

    [Fact]
    public void Throwing_progress_keeps_the_model_of_the_epoch()
    {
        using var model = Model();
        var (input, target) = Data();
        Dictionary<string, double[]> last = [];
        var trainer = new VariationalTrainer(model, Loss, new() { Epochs = 100, ValidationSamples = 2 });
        trainer.Invoking(t => t.Fit(input, target, (input, target), new Told<TrainingProgress>(told =>
        {
            last = State(model);
            if (told.Epoch.Number == 2)
                throw new NotSupportedException();
        }))).Should().Throw<NotSupportedException>();
        State(model).Should().BeEquivalentTo(last);
        trainer.Fit(input, target, (input, target)).End.Should().Be(TrainingEnd.LastEpoch);
    }

    [Fact]
    public void The_mode_is_restored()
    {
        using var model = ModelWithBuffers();
        var (input, target) = Data();
        var trained = new List<bool>();
        var trainer = new VariationalTrainer(model, Loss, new() { Epochs = 2, BatchSize = Rows, ValidationSamples = 2 });
        var progress = new Told<TrainingProgress>(_ => trained.Add(model.modules().All(module => module.training)));
        model.eval();
        trainer.Fit(input, target, (input, target), progress);
        model.modules().Should().OnlyContain(module => !module.training);
        model.train();
        trainer.Fit(input, target, (input, target), progress);
        model.modules().Should().OnlyContain(module => module.training);
        trained.Should().Equal(true, true, true, true);
    }

    [Fact]
    public void No_tensor_is_left_however_training_ends()
    {
        using var model = ModelWithBuffers();
        var loss = ElboLoss.Gaussian(Rows, dtype: float64);
        var (input, target) = Data();
        var bad = input.mul(1e300);
        var against = target.neg();
        var options =
            new VariationalTrainerOptions { Epochs = 5, BatchSize = 20, LearningRate = 0.05, ValidationSamples = 2, MaximumRefusedInARow = 2 };
        var ways = new (string Name, Action<VariationalTrainer> Fit, VariationalTrainerOptions Options)[]
        {
            ("epochs", t => t.Fit(input, target, (input, target)), options),
            ("clipping and another estimator", t => t.Fit(input, target),
                options with { MaximumGradientNorm = 0.1, Estimator = new LocalReparameterization() }),
            ("early stopping", t => t.Fit(input, target, (input, against)), options with { Patience = 1 }),
            ("batches made on the way", t => t.Fit(() => Enumerable.Range(0, 3).Select(_ => (input.mul(1), target.mul(1))), 3),
                options with { EpochCoversDataset = false }),
            ("batches that share a step", t => t.Fit(input, target), options with { BatchesPerStep = 2 }),
            ("batches that share a step and break off", t => t.Invoking(_ => t.Fit(() => Failing(), 3)).Should().Throw<NotSupportedException>(),
                options with { BatchesPerStep = 2 }),
            ("another optimizer", t => t.Fit(input, target),
                options with { CreateOptimizer = (parameters, rate) => optim.SGD(parameters, rate, momentum: 0.9) }),
            ("an optimizer that goes too far", t => t.Invoking(_ => t.Fit(input, target)).Should().Throw<TrainingDivergedException>(),
                options with { LearningRate = double.MaxValue, CreateOptimizer = (parameters, rate) => optim.SGD(parameters, rate, momentum: 0.9) }),
            ("validation by a loader", t => t.Fit(input, target, ValidationData.Of(() => RowBatches.Of(input, target, 20))), options),
            ("a loader", t => Load(t), options),
            ("cancellation", t => t.Fit(input, target, progress: new Told<TrainingProgress>(_ => { }),
                cancellationToken: new CancellationToken(canceled: true)), options),
            ("divergence", t => t.Invoking(_ => t.Fit(() => [(bad, target)], 1)).Should().Throw<TrainingDivergedException>(), options),
            ("progress that throws",
                t => t.Invoking(
                    _ => t.Fit(input, target, (input, target), new Told<TrainingProgress>(_ => throw new NotSupportedException(randn(3).ToString()))))
                        .Should().Throw<NotSupportedException>(), options),
            ("batches that throw", t => t.Invoking(_ => t.Fit(() => Failing(), 3)).Should().Throw<NotSupportedException>(), options),
            ("a schedule that throws", t => t.Invoking(_ => t.Fit(input, target))
                .Should().Throw<NotSupportedException>(), options with { CreateScheduler = _ => throw new NotSupportedException() }),
            ("an optimizer that throws", t => t.Invoking(_ => t.Fit(input, target))
                .Should().Throw<NotSupportedException>(), options with { CreateOptimizer = (_, _) => throw new NotSupportedException() }),
        };
        foreach (var (name, fit, settings) in ways)
        {
            var trainer = new VariationalTrainer(model, loss, settings);
            fit(trainer);
            foreach (var parameter in model.parameters().Concat(loss.parameters()))
                parameter.grad = null;
            long before = LiveTensors();
            fit(trainer);
            foreach (var parameter in model.parameters().Concat(loss.parameters()))
                parameter.grad = null;
            LiveTensors().Should().Be(before, name);
        }

        void Load(VariationalTrainer trainer)
        {
            using var scope = NewDisposeScope();
            using var loader = torch.utils.data.DataLoader(new NamedRows(input, target), 20, shuffle: true, seed: 1);
            trainer.Fit(loader, "x", "y");
        }

        IEnumerable<(Tensor, Tensor)> Failing()
        {
            yield return (input.mul(1), target.mul(1));
            throw new NotSupportedException();
        }
    }

    /// <summary>A fault of another library: the KL divergence is divided by the number of batches or layers.</summary>
    [Theory]
    [InlineData(60, 1)]
    [InlineData(15, 1)]
    [InlineData(1, 1)]
    [InlineData(15, 3)]
    public void The_KL_divergence_is_divided_by_the_examples_and_not_by_batches_or_layers(int batchSize, int layers)
    {
        using var model = new BayesianSequential(
            [.. Enumerable.Range(0, layers - 1).Select(_ => new BayesianLinear(2, 2, dtype: float64)), new BayesianLinear(2, 1, dtype: float64)]);
        var (input, target) = Data();
        double divergence = model.KlDivergence().ToDouble();
        var epoch = new VariationalTrainer(model, ElboLoss.Bernoulli(Rows, beta: 0.5),
            new() { Epochs = 1, BatchSize = batchSize, LearningRate = 1e-12, KlSchedule = new ConstantKl() }).Fit(input, target).Epochs[0];
        epoch.KlDivergence.Should().BeApproximately(divergence, 1e-6 * divergence);
        (epoch.Loss - epoch.NegativeLogLikelihood).Should().BeApproximately(0.5 * divergence / Rows, 1e-6 * divergence / Rows);
        epoch.EffectiveBeta.Should().BeApproximately(0.5, 1e-12);
    }

    /// <summary>
    /// The same fault in the gradient instead of the reported number: an epoch moves a parameter once along the full gradient of the KL divergence.
    /// </summary>
    [Theory]
    [InlineData(60)]
    [InlineData(15)]
    [InlineData(1)]
    public void The_gradient_of_the_KL_divergence_counts_once_per_epoch(int batchSize)
    {
        // The likelihood does not depend on the layer, whose outputs are multiplied by 0.
        using var model = new BayesianSequential(new BayesianLinear(2, 1, hasBias: false, dtype: float64), new Nothing());
        var (input, target) = Data();
        double[] before = State(model)["0.0.weight_mu"];
        const double Rate = 1e-6;
        new VariationalTrainer(
            model, Loss, new() { Epochs = 1, BatchSize = batchSize, LearningRate = Rate * batchSize, CreateOptimizer = Descent,
                KlSchedule = new ConstantKl() }).Fit(input, target);
        double[] after = State(model)["0.0.weight_mu"];
        // The prior is N(0, 1): the gradient is mu. Rate · B, Rows / B steps of mu / Rows each: Rate · mu.
        foreach (var (old, now) in before.Zip(after))
            ((old - now) / Rate).Should().BeApproximately(old, 1e-4 * Math.Abs(old) + 1e-8);
    }

    private sealed class Nothing() : Module<Tensor, Tensor>(nameof(Nothing))
    {
        public override Tensor forward(Tensor input) => input.mul(0);
    }

    [Fact]
    public void Arguments_that_do_not_fit_are_refused()
    {
        using var model = Model();
        var (input, target) = Data();
        var trainer = new VariationalTrainer(model, Loss, new() { Patience = 3 });
        trainer.Invoking(t => t.Fit(input, target)).Should().Throw<ArgumentException>().WithMessage("Patience is 3 epochs without a validation set*");
        trainer.Invoking(t => t.Fit(input, target, (input, target.narrow(0, 0, 5))))
            .Should().Throw<ArgumentException>().WithMessage("The target has shape [5, 1]*");
        trainer.Invoking(t => t.Fit(input.narrow(0, 0, 30), target.narrow(0, 0, 30)))
            .Should().Throw<ArgumentException>().WithMessage("The input has 30 rows and the loss is for 60 training examples*");
        trainer.Invoking(t => t.Fit(input, target.narrow(0, 0, 30))).Should().Throw<ArgumentException>().WithMessage("The target has shape [30, 1]*");
        FluentActions.Invoking(() => new VariationalTrainer(model, Loss, new() { Estimator = new PosteriorDraws(seed: 1, count: 2) }))
            .Should().Throw<ArgumentException>();
        new VariationalTrainer(model, Loss, new() { KlSchedule = new Negative() }).Invoking(t => t.Fit(input, target))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*-1*");
    }

    private sealed class Negative : KlSchedule
    {
        public override double Factor(TrainingPosition position) => -1;

        public override string ToString() => nameof(Negative);
    }

    [Fact]
    public void Options_outside_their_range_are_refused_and_a_copy_keeps_the_original()
    {
        foreach (var (name, make) in new (string, Func<VariationalTrainerOptions>)[]
        {
            ("Epochs", () => new() { Epochs = 0 }), ("BatchSize", () => new() { BatchSize = -1 }),
            ("LearningRate", () => new() { LearningRate = double.NaN }),
            ("Samples", () => new() { Samples = 0 }), ("MaximumGradientNorm", () => new() { MaximumGradientNorm = 0 }),
            ("Patience", () => new() { Patience = 0 }),
            ("MinimumImprovement", () => new() { MinimumImprovement = -1 }), ("ValidationSamples", () => new() { ValidationSamples = 0 }),
            ("EpochsBetweenValidations", () => new() { EpochsBetweenValidations = 0 }),
            ("MaximumRefusedInARow", () => new() { MaximumRefusedInARow = 0 }),
        })
            make.Should().Throw<ArgumentOutOfRangeException>().WithParameterName(name).WithMessage($"{name} is *; expected *");
        FluentActions.Invoking(() => new VariationalTrainerOptions { KlSchedule = null! }).Should().Throw<ArgumentNullException>();
        FluentActions.Invoking(() => new VariationalTrainerOptions { CreateOptimizer = null! }).Should().Throw<ArgumentNullException>();
        var options = new VariationalTrainerOptions();
        (options with { Epochs = 7 }).Epochs.Should().Be(7);
        options.Epochs.Should().BeNull();
    }
}
