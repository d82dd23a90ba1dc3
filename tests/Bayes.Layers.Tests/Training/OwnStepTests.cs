using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using Bayes.Layers.Tests.Oracles;
using Bayes.Layers.Tests.Reliability;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Training;

/// <summary>A step from outside of the library has batches, validation, refusal, cancellation and resuming from the trainer.</summary>
public sealed class OwnStepTests : TorchTest, IDisposable
{
    private const int Rows = 32;
    private const double Noise = 0.6, PriorStddev = 0.8;

    private static readonly VariationalTrainerOptions Usual = new()
    {
        Epochs = 200, BatchSize = Rows, LearningRate = 1, KlSchedule = new ConstantKl(), CreateStep = settings => new NaturalGradientStep(settings),
        Estimator = new LocalReparameterization(2, new PlusMinusOne()), ValidationSamples = 4,
    };

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.safetensors");

    /// <summary>The draws of the estimator make the gradients exact.</summary>
    [Fact]
    public void Of_orthogonal_inputs_it_finds_the_exact_posterior()
    {
        var (input, target) = Data();
        using var layer = Layer();
        var history = new VariationalTrainer(layer, Loss(), Usual).Fit(input, target);
        var precision = input.mul(input).sum([0L]).div(Noise * Noise).add(1 / (PriorStddev * PriorStddev));
        var mean = input.mul(target).sum([0L]).div(Noise * Noise).div(precision);
        ShouldBeClose(layer.weight_mu.flatten(), mean, 1e-9);
        ShouldBeClose(layer.weight_log_var.flatten().exp(), precision.reciprocal(), 1e-9);
        (history.End, history.Steps, history.RefusedSteps).Should().Be((TrainingEnd.LastEpoch, 200, 0));
        history.Epochs[99].LearningRate.Should().BeApproximately(1 / Math.Sqrt(101), 1e-12);
    }

    [Fact]
    public void Batches_that_share_a_step_are_one_large_batch()
    {
        var (input, target) = Data();
        using BayesianLinear parts = Layer(), whole = Layer();
        whole.load_state_dict(parts.state_dict());
        new VariationalTrainer(parts, Loss(), Usual with { Epochs = 20, BatchSize = 9, BatchesPerStep = 4 }).Fit(input, target);
        new VariationalTrainer(whole, Loss(), Usual with { Epochs = 20 }).Fit(input, target);
        ShouldBeClose(parts.weight_mu, whole.weight_mu, 1e-9);
        ShouldBeClose(parts.weight_log_var, whole.weight_log_var, 1e-9);
    }

    [Fact]
    public void Validation_stops_it_early_and_the_best_epoch_is_put_back()
    {
        var (input, target) = Data();
        using var layer = Layer();
        var kept = new List<string>();
        var history = new VariationalTrainer(layer, Loss(), Usual with { Patience = 3 })
            .Fit(input, target, (input, target.neg()), new Told<TrainingProgress>(_ => kept.Add(Bits.Of(layer))));
        (history.End, history.Best!.Number, history.IsBestRestored).Should().Be((TrainingEnd.EarlyStopping, history.Epochs.Count - 3, true));
        Bits.Of(layer).Should().Be(kept[history.Best.Number - 1]);
    }

    [Fact]
    public void A_step_whose_loss_is_not_finite_is_refused()
    {
        var (input, target) = Data();
        using var layer = Layer();
        NaturalGradientStep? made = null;
        var seen = new List<(string Bits, long Steps)>();
        IEnumerable<(Tensor, Tensor)> Batches()
        {
            foreach (double size in new[] { 1, 1e200, 1 })
            {
                seen.Add((Bits.Of(layer), Steps(made!)));
                yield return (input, target.mul(size));
            }
            seen.Add((Bits.Of(layer), Steps(made!)));
        }
        var history = new VariationalTrainer(layer, Loss(), Usual with
        {
            Epochs = 1, EpochCoversDataset = false, CreateStep = settings => made = new NaturalGradientStep(settings),
        }).Fit(Batches, 3);
        (history.Steps, history.RefusedSteps).Should().Be((2, 1));
        seen.Select(each => each.Steps).Should().Equal(0, 1, 1, 2);
        seen.Select(each => each.Bits).Distinct().Should().HaveCount(3);
        seen[2].Bits.Should().Be(seen[1].Bits);
    }

    [Fact]
    public void A_step_that_leaves_a_parameter_not_finite_is_undone()
    {
        var (input, target) = Data();
        using var layer = Layer();
        string before = Bits.Of(layer);
        NaturalGradientStep? made = null;
        var steps = new List<long>();
        new VariationalTrainer(layer, Loss(), Usual with
        {
            Epochs = 3, LearningRate = 1e200, MaximumRefusedInARow = 3, CreateStep = settings => made = new NaturalGradientStep(settings),
        }).Invoking(trainer => trainer.Fit(input, target, null, new Told<TrainingProgress>(_ => steps.Add(Steps(made!))))).Should()
            .Throw<TrainingDivergedException>().WithMessage("*the parameter 'weight_log_var' was not finite after the optimizer's step*");
        Bits.Of(layer).Should().Be(before);
        steps.Should().Equal(0, 0);
    }

    [Fact]
    public void It_is_cancelled_between_two_steps_and_disposed()
    {
        var (input, target) = Data();
        using var layer = Layer();
        using var source = new CancellationTokenSource();
        NaturalGradientStep? made = null;
        var history = new VariationalTrainer(layer, Loss(), Usual with { CreateStep = settings => made = new NaturalGradientStep(settings) })
            .Fit(input, target, null, new Told<TrainingProgress>(value =>
            {
                if (value.Epoch.Number == 3)
                    source.Cancel();
            }), source.Token);
        (history.End, history.Steps).Should().Be((TrainingEnd.Cancelled, 3));
        made!.Memory["steps"].IsInvalid.Should().BeTrue();
    }

    [Fact]
    public void Resumed_it_ends_with_the_bits_that_it_would_have_had()
    {
        var options = Usual with { Epochs = 6, BatchSize = 10, LearningRate = 0.3, Estimator = new Reparameterization() };
        string expected = Run(options);
        Run(options with { StatePath = _path }, cancelAfter: 3).Should().NotBe(expected);
        Run(options with { ResumeFrom = _path }).Should().Be(expected);

        string Run(VariationalTrainerOptions options, int? cancelAfter = null)
        {
            random.manual_seed(3);
            var (input, target) = Data();
            using var layer = Layer();
            using var source = new CancellationTokenSource();
            new VariationalTrainer(layer, Loss(), options).Fit(input, target, null, new Told<TrainingProgress>(value =>
            {
                if (value.Epoch.Number == cancelAfter)
                    source.Cancel();
            }), source.Token);
            return Bits.Of(layer);
        }
    }

    /// <summary>At the end of a training whose length the trainer chooses, the learning rate falls to 0.</summary>
    [Fact]
    public void The_trainer_chooses_its_length()
    {
        var (input, target) = Data();
        using var layer = Layer();
        var history = new VariationalTrainer(layer, Loss(), Usual with { Epochs = null, BatchSize = 16, LearningRate = 0.2 }).Fit(input, target);
        history.End.Should().Be(TrainingEnd.Settled);
        history.Epochs[^1].LearningRate.Should().BeLessThan(0.01 * history.Epochs[history.Epochs.Count / 2].LearningRate);
    }

    [Fact]
    public void What_cannot_be_is_said()
    {
        var (input, target) = Data();
        using var layer = Layer();
        Fit(Usual with { CreateStep = _ => null! }).Should().Throw<ArgumentException>().WithMessage("CreateStep returned null; expected a step.*");
        Fit(Usual with { CreateScheduler = optimizer => optim.lr_scheduler.StepLR(optimizer, 2) }).Should().Throw<ArgumentException>()
            .WithMessage("NaturalGradientStep has no optimizer for the schedule of the learning rate; expected CreateScheduler to be null.*");

        Action Fit(VariationalTrainerOptions options) => () => new VariationalTrainer(layer, Loss(), options).Fit(input, target);
    }

    public new void Dispose()
    {
        File.Delete(_path);
        base.Dispose();
    }

    private static long Steps(NaturalGradientStep step) => step.Memory["steps"].item<long>();

    private static ElboLoss Loss() => new(new GaussianLikelihood(Noise), Rows);

    private static BayesianLinear Layer() => new(
        3, 1, hasBias: false, prior: new NormalPrior(0, PriorStddev), initializer: new NormalInitializer(0.1, -2, 0), dtype: float64);

    /// <summary>Columns that are orthogonal.</summary>
    private static (Tensor Input, Tensor Target) Data()
    {
        var input = stack([Alternating(1).mul(0.3), Alternating(2), Alternating(4).mul(2)], 1);
        return (input, sin(arange(Rows, float64)).unsqueeze(1).add(input.sum([1L], keepdim: true)));

        static Tensor Alternating(long every) => arange(Rows, float64).div(every).floor().remainder(2).mul(2).sub(1);
    }
}

public sealed class NaturalGradientStep(TrainingStepSettings settings) : TrainingStep(settings.Model, settings.Loss)
{
    private readonly Tensor _steps = zeros(1, dtype: int64).DetachFromDisposeScope();

    // It falls with the root of the steps that were made.
    public override double LearningRate => LearningRateShare * settings.LearningRate / Math.Sqrt(1 + _steps.item<long>());

    // What else ApplyGradients changes: it is put back if a step is refused, and a training that is resumed goes on from it.
    public override IReadOnlyDictionary<string, Tensor> Memory => new Dictionary<string, Tensor> { ["steps"] = _steps };

    public override StepLoss Differentiate(NetworkInput input, Tensor target, double klFactor)
    {
        using var scope = NewDisposeScope();
        var (output, divergence) = Model.SampleWithKl(input, settings.Estimator);
        var terms = Loss.Evaluate(output, target, divergence, klFactor);
        terms.Total.backward();
        return StepLoss.Of(terms);
    }

    // With natural gradients, 1 / sigma² moves towards N times the likelihood's curvature plus the prior's precision, and mu in steps of
    // sigma². The square keeps sigma² above 0.
    public override void ApplyGradients()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        double rate = LearningRate * Loss.DatasetSize;
        var parameters = Model.named_parameters().ToDictionary(each => each.name, each => each.parameter);
        foreach (var (name, mean) in parameters.Where(each => each.Key.EndsWith("_mu")))
        {
            var logVariance = parameters[name[..^"mu".Length] + "log_var"];
            var change = 2 * rate * logVariance.grad!;
            logVariance.sub_((change + change * change / 2).log1p());
            mean.sub_(rate * logVariance.exp() * mean.grad!);
        }
        _steps.add_(1);
    }

    public override void Dispose()
    {
        _steps.Dispose();
        base.Dispose();
    }
}
