using Bayes.Layers.Checkpoints;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using Bayes.Layers.Tests.Reliability;
using Bayes.Layers.Training;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Training;

/// <summary>An interrupted training that continues with a new model ends with the same bits as one without interruption.</summary>
public sealed class ResumeTests : TorchTest, IDisposable
{
    private const int Rows = 33, Epochs = 6;

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.safetensors");

    private static readonly VariationalTrainerOptions Usual =
        new() { Epochs = Epochs, BatchSize = 10, LearningRate = 0.05, ValidationSamples = 4, MaximumRefusedInARow = 100,
            KlSchedule = new ConstantKl() };

    private static readonly Dictionary<string, VariationalTrainerOptions> Settings = new()
    {
        ["as usual"] = Usual,
        ["AdamW and a limit of the gradient"] =
            Usual with { MaximumGradientNorm = 0.1, CreateOptimizer = (parameters, rate) => optim.AdamW(parameters, rate, weight_decay: 0.1) },
        ["AMSGrad"] = Usual with { CreateOptimizer = (parameters, rate) => optim.Adam(parameters, rate, amsgrad: true) },
        ["SGD"] = Usual with { CreateOptimizer = (parameters, rate) => optim.SGD(parameters, rate) },
        ["SGD with momentum"] = Usual with { CreateOptimizer = (parameters, rate) => optim.SGD(parameters, rate, momentum: 0.9, nesterov: true) },
        ["RMSprop"] = Usual with { CreateOptimizer = (parameters, rate) => optim.RMSProp(parameters, rate, momentum: 0.5, centered: true) },
        ["a schedule for epochs"] = Usual with { CreateScheduler = optimizer => optim.lr_scheduler.StepLR(optimizer, step_size: 2, gamma: 0.3) },
        ["a schedule that looks at validation"] = Usual with
        {
            EpochsBetweenValidations = 2, CreateScheduler = optimizer =>
                optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor: 0.1, patience: 0, threshold: 0.01, threshold_mode: "abs"),
        },
        ["a schedule for steps"] =
            Usual with { ScheduleEveryStep = true, CreateScheduler = optimizer => optim.lr_scheduler.ExponentialLR(optimizer, 0.97) },
        ["a warm-up and batches that share a step"] = Usual with { KlSchedule = LinearWarmUpKl.OverEpochs(4), BatchesPerStep = 3 },
        ["local reparameterization"] = Usual with { Estimator = new LocalReparameterization(2) },
        ["antithetic draws"] = Usual with { Estimator = new Flipout(4, antithetic: true) },
        ["the mean"] = Usual with { Estimator = PosteriorMean.Instance },
        ["patience"] = Usual with { Epochs = 40, Patience = 2, LearningRate = 0.3 },
        ["a seed of the order"] = Usual with { ShuffleSeed = 11 },
    };

    private static readonly Dictionary<string, Func<BayesianModule>> Models = new()
    {
        ["small"] = () => new BayesianSequential(new BayesianLinear(2, 4), Tanh(), new BayesianLinear(4, 1)),
        ["with statistics and dropout"] = () => new BayesianSequential(
            new BayesianLinear(2, 4, prior: new Bayes.Layers.Priors.LearnedScalePrior()), BatchNorm1d(4), nn.Dropout(0.3),
                new MonteCarloDropout(0.2), nn.Linear(4, 4), new BayesianLinear(4, 1)),
    };

    public static TheoryData<string, string, bool, int> Cases => new(
        from model in Models.Keys from setting in Settings.Keys from hasNoise in new[] { false, true } from epoch in new[] { 1, 3, 5 }
        where !hasNoise || setting is "as usual" or "antithetic draws" where epoch < 5 || setting != "patience" where epoch == 3
            || setting is "as usual" or "a schedule for epochs" or "patience"
        select (model, setting, hasNoise, epoch));

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_result_is_that_of_a_training_without_interruption(string model, string setting, bool hasNoise, int epoch)
    {
        var options = Settings[setting];
        var expected = Train(model, options, hasNoise, seed: 1);
        var (_, cut, _) = Train(model, options with { StatePath = _path }, hasNoise, seed: 1, cancelAfter: epoch);
        cut.Epochs.Should().HaveCount(epoch);
        var found = Train(model, options with { ResumeFrom = _path }, hasNoise, seed: 2);
        found.Bits.Should().Be(expected.Bits);
        found.Next.Should().Equal(expected.Next, "the noise continues where it would have been");
        Story(found.History).Should().Be(Story(expected.History));
    }

    [Fact]
    public void A_training_interrupted_many_times_has_the_same_result()
    {
        var expected = Train("small", Usual, hasNoise: true, seed: 1);
        for (int epoch = 1; epoch < Epochs; epoch++)
            Train("small", Usual with { StatePath = _path, ResumeFrom = epoch == 1 ? null : _path }, hasNoise: true, seed: epoch,
                cancelAfter: epoch);
        Train("small", Usual with { ResumeFrom = _path }, hasNoise: true, seed: 9).Bits.Should().Be(expected.Bits);
    }

    [Fact]
    public void A_finished_training_does_not_continue()
    {
        foreach (string setting in new[] { "as usual", "patience" })
        {
            var expected = Train("small", Settings[setting] with { StatePath = _path }, hasNoise: false, seed: 1);
            var found = Train("small", Settings[setting] with { ResumeFrom = _path }, hasNoise: false, seed: 2);
            (found.Bits, found.History.Steps, found.History.End).Should().Be((expected.Bits, expected.History.Steps, expected.History.End));
        }
    }

    /// <summary>The chosen length, and the position in the decay of the learning rate, are restored from the epochs.</summary>
    [Theory]
    [InlineData(40)]
    [InlineData(70)]
    public void An_automatic_length_continues_where_it_was(int epoch)
    {
        var options = Usual with
        {
            Epochs = null, BatchSize = 1, LearningRate = 0.01, EpochsBetweenValidations = 1000, EpochsBetweenStates = epoch,
            Estimator = new Reparameterization(),
        };
        var expected = Train("small", options, hasNoise: false, seed: 1);
        expected.History.Epochs.Should().HaveCountGreaterThan(80);
        Train("small", options with { StatePath = _path }, hasNoise: false, seed: 1, cancelAfter: epoch);
        var found = Train("small", options with { ResumeFrom = _path }, hasNoise: false, seed: 2);
        found.Bits.Should().Be(expected.Bits);
        Story(found.History).Should().Be(Story(expected.History));
    }

    [Fact]
    public void More_epochs_continue_training()
    {
        Train("small", Usual with { StatePath = _path }, hasNoise: false, seed: 1);
        Train("small", Usual with { ResumeFrom = _path, Epochs = 9 }, hasNoise: false, seed: 2).Bits.Should()
            .Be(Train("small", Usual with { Epochs = 9 }, hasNoise: false, seed: 1).Bits);
    }

    [Fact]
    public void The_state_is_written_at_its_interval_and_after_the_last_epoch()
    {
        var written = new List<bool>();
        Train("small", Usual with { Epochs = 5, StatePath = _path, EpochsBetweenStates = 2 }, hasNoise: false, seed: 1, told: () =>
        {
            written.Add(File.Exists(_path));
            File.Delete(_path);
        });
        written.Should().Equal([false, false, true, false, true], "it is written after progress was reported");
        File.Exists(_path).Should().BeTrue();
        Directory.GetFiles(Path.GetDirectoryName(_path)!, Path.GetFileName(_path) + "*").Should().ContainSingle();
    }

    [Fact]
    public void Batches_from_any_source_can_continue()
    {
        string Run(VariationalTrainerOptions options, long seed, int? cancelAfter = null)
        {
            random.manual_seed(5);
            Tensor input = randn(Rows, 2), target = randn(Rows, 1);
            random.manual_seed(seed);
            using var model = Models["small"]();
            using var loss = new ElboLoss(GaussianLikelihood.Learned(), Rows);
            using var source = new CancellationTokenSource();
            new VariationalTrainer(model, loss, options).Fit(
                () => [(input.narrow(0, 0, 20), target.narrow(0, 0, 20)), (input.narrow(0, 20, 13), target.narrow(0, 20, 13))], 2, null,
                    Cancel(source, cancelAfter), source.Token);
            return Bits.Of(model, loss);
        }
        string expected = Run(Usual, seed: 1);
        Run(Usual with { StatePath = _path }, seed: 1, cancelAfter: 2);
        Run(Usual with { ResumeFrom = _path }, seed: 2).Should().Be(expected);
    }

    [Fact]
    public void A_refused_first_step_restores_the_state_of_the_file()
    {
        string Run(VariationalTrainerOptions options, int done, int? cancelAfter = null)
        {
            random.manual_seed(5);
            Tensor input = randn(Rows, 2), target = randn(Rows, 1);
            random.manual_seed(done);
            using var model = Models["with statistics and dropout"]();
            using var loss = new ElboLoss(GaussianLikelihood.Learned(), Rows);
            using var source = new CancellationTokenSource();
            // In the fourth epoch the batch's variance overflows.
            new VariationalTrainer(model, loss, options).Fit(
                () => [(++done == 4 ? input.mul(1e30f) : input, target)], 1, null, Cancel(source, cancelAfter), source.Token).RefusedSteps.Should()
                    .Be(cancelAfter is null ? 1 : 0);
            return Bits.Of(model, loss);
        }
        var options = Usual with { Epochs = 4 };
        string expected = Run(options, done: 0);
        Run(options with { StatePath = _path }, done: 0, cancelAfter: 3);
        Run(options with { ResumeFrom = _path }, done: 3).Should().Be(expected);
    }

    [Fact]
    public void Settings_that_cannot_be_stored_are_refused_by_name()
    {
        FluentActions.Invoking(() =>
            Train("small", Usual with { StatePath = _path, CreateOptimizer = (parameters, rate) => optim.Adagrad(parameters, rate) }, false, 1))
            .Should().Throw<ArgumentException>()
                .WithMessage("The state of the optimizer Adagrad cannot be stored; expected Adam, AdamW, SGD or RMSProp.*");
        FluentActions.Invoking(() => Train("small", Usual with { StatePath = _path, Estimator = new Reparameterization(1, new Zeros()) }, false, 1))
            .Should().Throw<ArgumentException>()
                .WithMessage("The estimator's noise is Zeros, whose position cannot be stored; expected TorchNoise.*");
        File.Exists(_path).Should().BeFalse();
    }

    [Fact]
    public void The_state_of_another_training_is_refused_and_the_model_does_not_change()
    {
        Train("small", Usual with { StatePath = _path }, hasNoise: false, seed: 1);
        using var other = new BayesianSequential(new BayesianLinear(2, 5), Tanh(), new BayesianLinear(5, 1));
        using var longer = new BayesianSequential(new BayesianLinear(2, 4), Tanh(), new BayesianLinear(4, 4), new BayesianLinear(4, 1));
        using var same = Models["small"]();
        Refused(other, Usual, "*tensor 'model.0.weight_mu' is of type Float32 and shape [4, 2]; expected Float32 and [5, 2]*");
        Refused(longer, Usual, "*shape*");
        Refused(same, Settings["SGD"], "The file's optimizer is 'Adam'; expected 'SGD'*");
        Checkpoint.Save(same, _path);
        Refused(same, Usual, "The file's format is *; expected 'bayes-layers-training'*");
        File.WriteAllBytes(_path, [1, 2, 3]);
        Refused(same, Usual, "The file has 3 bytes*");
        File.Delete(_path);
        new VariationalTrainer(same, ElboLoss.Bernoulli(Rows), Usual with { ResumeFrom = _path })
            .Invoking(t => t.Fit(randn(Rows, 2), zeros(Rows, 1))).Should().Throw<FileNotFoundException>();

        void Refused(BayesianModule model, VariationalTrainerOptions options, string message)
        {
            using var loss = new ElboLoss(GaussianLikelihood.Learned(), Rows);
            string before = Bits.Of(model, loss);
            new VariationalTrainer(model, loss, options with { ResumeFrom = _path }).Invoking(t => t.Fit(randn(Rows, 2), zeros(Rows, 1))).Should()
                .Throw<CheckpointException>().WithMessage(message);
            Bits.Of(model, loss).Should().Be(before);
        }
    }

    public new void Dispose()
    {
        File.Delete(_path);
        base.Dispose();
    }

    private static (string Bits, TrainingHistory History, double[] Next) Train(
        string kind, VariationalTrainerOptions options, bool hasNoise, long seed, int? cancelAfter = null, Action? told = null)
    {
        random.manual_seed(5);
        Tensor input = randn(Rows, 2), target = input.narrow(1, 0, 1).mul(2), validation = target.neg();
        random.manual_seed(seed);
        using var noise = new TorchNoise(seed + 100);
        using var model = Models[kind]();
        using var loss = new ElboLoss(GaussianLikelihood.Learned(), Rows);
        using var source = new CancellationTokenSource();
        if (hasNoise)
            options = options with { Estimator = options.Estimator is Flipout ? new Flipout(4, noise, antithetic: true)
                : new Reparameterization(1, noise) };
        var cancel = Cancel(source, cancelAfter);
        long before = LiveTensors();
        var history = new VariationalTrainer(model, loss, options).Fit(input, target, (input, validation), new Told<TrainingProgress>(value =>
        {
            cancel.Report(value);
            told?.Invoke();
        }), source.Token);
        foreach (var parameter in model.parameters().Concat(loss.parameters()))
            parameter.grad = null;
        LiveTensors().Should().Be(before);
        return (Bits.Of(model, loss), history, [.. Values(randn(3)), .. hasNoise ? Values(noise.StandardNormal([3], float32, CPU)) : []]);
    }

    private static Told<TrainingProgress> Cancel(CancellationTokenSource source, int? after) => new(value =>
    {
        if (value.Epoch.Number == after)
            source.Cancel();
    });

    // Without times.
    private static string Story(TrainingHistory history) => string.Join('\n', [
        $"{history.End} {history.Best?.Number} {history.IsBestRestored} {history.Steps} {history.RefusedSteps}",
        .. history.Epochs.Select(epoch => string.Join(' ', new[]
        {
            epoch.Number, epoch.Loss, epoch.NegativeLogLikelihood, epoch.KlDivergence, epoch.Beta, epoch.EffectiveBeta, epoch.ValidationLogDensity
                ?? 1e99, epoch.LearningRate, epoch.GradientNorm,
            epoch.Examples, epoch.Steps, epoch.RefusedSteps,
        }.Select(BitConverter.DoubleToInt64Bits))),
    ]);

    private sealed class Zeros : NoiseSource
    {
        public override Tensor StandardNormal(ReadOnlySpan<long> shape, ScalarType dtype, Device device) => zeros(shape.ToArray(), dtype, device);
    }
}
