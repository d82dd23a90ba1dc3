using Bayes.Layers.Estimators;
using Bayes.Layers.Training;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Training;

/// <summary>The trainer's automatic settings, tested through the trainer.</summary>
public sealed class AutomaticTrainingTests : TorchTest
{
    private const int Rows = 40;

    private readonly Tensor _input = randn(Rows, 2);
    private readonly Tensor _target = randint(0, 2, [Rows, 1], float32);

    // One step per epoch, computed in managed code: thousands take a moment.
    private static readonly VariationalTrainerOptions Quick = new() { BatchSize = Rows, Estimator = new Reparameterization() };

    private static BayesianSequential Model() => new(new BayesianLinear(2, 3), Tanh(), new BayesianLinear(3, 1));

    private TrainingHistory Fit(VariationalTrainerOptions options, (Tensor, Tensor)? validation = null, BayesianSequential? model = null)
    {
        using var own = model is null ? Model() : null;
        return new VariationalTrainer(model ?? own!, ElboLoss.Bernoulli(Rows), options).Fit(_input, _target, validation);
    }

    [Fact]
    public void The_learning_rate_falls_to_zero_after_the_loss_has_settled()
    {
        var history = Fit(Quick);
        history.End.Should().Be(TrainingEnd.Settled);
        int full = history.Epochs.Count(epoch => epoch.LearningRate == 0.01);
        full.Should().BeCloseTo(history.Epochs.Count * 2 / 3, 2);
        history.Epochs.Take(full).Should().OnlyContain(epoch => epoch.LearningRate == 0.01);
        history.Epochs.Skip(full).Select(epoch => epoch.LearningRate).Should().BeInDescendingOrder();
        history.Epochs[^1].LearningRate.Should().BeLessThan(1e-4).And.BePositive();
    }

    [Fact]
    public void Groups_of_parameters_keep_the_ratio_of_their_learning_rates()
    {
        optim.Optimizer? made = null;
        Fit(Quick with
        {
            CreateOptimizer = (parameters, rate) => made = optim.SGD(
                parameters.Select(
                    (parameter, index) => new TorchSharp.Modules.SGD.ParamGroup([parameter], new() { LearningRate = rate * (index + 1) })), rate),
        });
        double[] rates = [.. made!.ParamGroups.Select(group => group.LearningRate)];
        rates[0].Should().BeLessThan(1e-4);
        (rates[1] / rates[0]).Should().BeApproximately(2, 1e-9);
    }

    [Fact]
    public void A_custom_schedule_is_the_only_one()
    {
        var history = Fit(Quick with { CreateScheduler = optimizer => optim.lr_scheduler.StepLR(optimizer, step_size: 1_000_000) });
        history.Epochs.Should().OnlyContain(epoch => epoch.LearningRate == 0.01);
    }

    [Fact]
    public void A_given_number_of_epochs_and_learning_rate_are_kept()
    {
        var history = Fit(Quick with { Epochs = 70, LearningRate = 0.02 });
        (history.End, history.Epochs.Count).Should().Be((TrainingEnd.LastEpoch, 70));
        history.Epochs.Should().OnlyContain(epoch => epoch.LearningRate == 0.02);
    }

    [Fact]
    public void The_last_epoch_is_always_validated()
    {
        var history = Fit(Quick with { EpochsBetweenValidations = 1_000_000, ValidationSamples = 2 }, (_input, _target));
        history.Epochs.Where(epoch => epoch.ValidationLogDensity is not null).Should().ContainSingle().Which.Should().BeSameAs(history.Epochs[^1]);
    }

    [Fact]
    public void The_KL_divergence_is_warmed_up_over_a_thousand_steps_or_a_fifth_of_a_short_training()
    {
        double[] shares = [.. Fit(Quick).Epochs.Select(epoch => epoch.EffectiveBeta)];
        shares[0].Should().Be(0);
        shares[500].Should().BeApproximately(0.5, 1e-9);
        shares[1000..].Should().OnlyContain(share => share == 1);
        double[] few = [.. Fit(Quick with { Epochs = 20 }).Epochs.Select(epoch => epoch.EffectiveBeta)];
        few[..5].Should().Equal([0, 0.25, 0.5, 0.75, 1], (found, expected) => Math.Abs(found - expected) < 1e-9);
        few[4..].Should().OnlyContain(share => share == 1);
    }

    [Fact]
    public void The_default_estimator_is_local_reparameterization()
    {
        Type Used(Estimator? ofModel, Estimator? ofOptions)
        {
            using var model = new Told();
            if (ofModel is not null)
                model.TrainingEstimator = ofModel;
            new VariationalTrainer(model, ElboLoss.Bernoulli(Rows), new() { Epochs = 1, BatchSize = Rows, Estimator = ofOptions })
                .Fit(_input, _target);
            return model.Last!.GetType();
        }
        Used(null, null).Should().Be<LocalReparameterization>();
        Used(new Flipout(), null).Should().Be<Flipout>();
        Used(new Flipout(), new LocalReparameterization()).Should().Be<LocalReparameterization>();
        Used(new Reparameterization(), null).Should().NotBe<LocalReparameterization>("setting what was the default is setting it");
        new Told().TrainingEstimator.Should().BeOfType<Reparameterization>("what Sample returns may be looked at as functions");
    }

    private sealed class Told : BayesianModule
    {
        private readonly BayesianLinear _layer = new(2, 1);

        public Told() : base(nameof(Told)) => RegisterComponents();

        public Estimator? Last { get; private set; }

        public override Tensor Propagate(Tensor input, Pass pass)
        {
            Last = pass.Estimator;
            return _layer.Propagate(input, pass);
        }
    }
}
