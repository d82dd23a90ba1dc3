using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using Bayes.Layers.Priors;
using Bayes.Layers.Training;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Training;

/// <summary>Batches that share a step make the same step as one large batch of them all; the KL divergence counts once.</summary>
public sealed class JoinedBatchesTests : TorchTest
{
    private const int Rows = 12;

    private static readonly Dictionary<string, Func<BayesianModule>> Models = new()
    {
        ["managed"] = () => new BayesianSequential(new BayesianLinear(3, 4, dtype: float64), Tanh(), new BayesianLinear(4, 1, dtype: float64)),
        ["fast"] = () => new BayesianSequential(new BayesianLinear(3, 4, dtype: float64), LayerNorm(4, dtype: float64),
            new BayesianLinear(4, 1, dtype: float64)),
        ["plain"] = () => new BayesianSequential(new BayesianLinear(3, 4, prior: new StudentTPrior(4, 1), dtype: float64), Tanh(),
            new BayesianLinear(4, 1, dtype: float64)),
    };

    private static readonly Dictionary<string, Func<NoiseSource, Estimator>> Estimators = new()
    {
        ["reparameterization"] = noise => new Reparameterization(1, noise),
        ["reparameterization, several draws"] = noise => new Reparameterization(3, noise),
        ["local reparameterization"] = noise => new LocalReparameterization(2, noise),
        ["flipout"] = noise => new Flipout(2, noise),
        ["the mean"] = _ => PosteriorMean.Instance,
    };

    public static TheoryData<string, string, string> Cases => new(
        from model in Models.Keys from estimator in Estimators.Keys from sizes in new[] { "12", "6 6", "1 1 10", "5 4 3" } select (model,
            estimator, sizes));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Joined_batches_have_the_gradient_of_the_whole_batch(string kind, string estimator, string sizes)
    {
        using var noise = new Ones();
        using var model = Models[kind]();
        using var loss = new ElboLoss(GaussianLikelihood.Learned(0.7, dtype: float64), 40, beta: 0.8);
        Tensor input = randn(Rows, 3, float64), target = randn(Rows, 1, float64);
        using var step = new VariationalStep(model, loss, parameters => optim.SGD(parameters, 0.1), Estimators[estimator](noise));
        using var whole = step.ComputeGradients(input, target, 1.5);
        double[][] expected = Gradients(step);
        double norm = step.GradientNorm();
        using var joined = step.ComputeGradients(Parts(input, target, sizes), 1.5);
        foreach (var (found, wanted) in Gradients(step).Zip(expected))
            ShouldBeClose(tensor(found, float64), tensor(wanted, float64), 1e-12);
        step.GradientNorm().Should().BeApproximately(norm, 1e-12 * norm);
        foreach (var (found, wanted) in Numbers(joined).Zip(Numbers(whole)))
            found.Should().BeApproximately(wanted, 1e-12 * Math.Abs(wanted));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_trainer_makes_the_steps_of_larger_batches(string kind, string estimator, string sizes)
    {
        string[] Train(int batches, string parts)
        {
            random.manual_seed(3);
            using var noise = new Ones();
            using var model = Models[kind]();
            using var loss = new ElboLoss(GaussianLikelihood.Learned(0.7, dtype: float64), Rows, beta: 0.8);
            Tensor input = randn(Rows, 3, float64), target = randn(Rows, 1, float64);
            var history = new VariationalTrainer(model, loss, new()
            {
                Epochs = 3, BatchesPerStep = batches, Estimator = Estimators[estimator](noise), KlSchedule = LinearWarmUpKl.OverEpochs(2),
                    MaximumGradientNorm = 0.3,
                CreateOptimizer = (parameters, _) => optim.SGD(parameters, 0.1),
            }).Fit(() => Parts(input, target, parts), parts.Split(' ').Length);
            history.Epochs.Should().OnlyContain(epoch => epoch.Steps == 1 && epoch.Examples == Rows);
            return
            [
                .. model.state_dict().Values.Concat(loss.state_dict().Values).SelectMany(Values).Select(Rounded),
                .. history.Epochs.SelectMany(epoch =>
                    new[] { epoch.Loss, epoch.NegativeLogLikelihood, epoch.KlDivergence, epoch.EffectiveBeta, epoch.GradientNorm }.Select(Rounded)),
            ];
        }
        Train(sizes.Split(' ').Length, sizes).Should().Equal(Train(1, "12"));
    }

    [Fact]
    public void The_last_step_of_an_epoch_may_have_fewer_batches()
    {
        using var model = Models["managed"]();
        using var loss = new ElboLoss(new GaussianLikelihood(1), Rows);
        var positions = new List<TrainingPosition>();
        var history = new VariationalTrainer(model, loss,
            new() { Epochs = 2, BatchSize = 5, BatchesPerStep = 2, KlSchedule = new Watching(positions) })
            .Fit(randn(Rows, 3, float64), randn(Rows, 1, float64));
        (history.Steps, history.Epochs[0].Examples).Should().Be((4, Rows));
        positions.Select(position => (position.Epoch, position.Batch, position.BatchesPerEpoch)).Distinct()
            .Should().Equal((0, 0, 2), (0, 1, 2), (1, 0, 2), (1, 1, 2));
    }

    [Fact]
    public void One_bad_batch_refuses_the_joint_step_and_the_next_step_starts_anew()
    {
        using var model = new BayesianSequential(new BayesianLinear(3, 4, dtype: float64), BatchNorm1d(4, dtype: float64),
            new BayesianLinear(4, 1, dtype: float64));
        using var loss = new ElboLoss(new GaussianLikelihood(1), Rows);
        Tensor input = randn(Rows, 3, float64), target = randn(Rows, 1, float64), bad = input.mul(1e300);
        string before = Reliability.Bits.Of(model);
        var options = new VariationalTrainerOptions { Epochs = 1, BatchesPerStep = 2, EpochCoversDataset = false };
        new VariationalTrainer(model, loss, options).Fit(() => [(input, target), (bad, target)], 2).RefusedSteps.Should().Be(1);
        new VariationalTrainer(model, loss, options).Fit(() => [(bad, target), (input, target)], 2).RefusedSteps.Should().Be(1);
        Reliability.Bits.Of(model).Should().Be(before);
        var history = new VariationalTrainer(model, loss, options).Fit(() => [(bad, target), (input, target), (input, target), (input, target)], 4);
        (history.Steps, history.RefusedSteps, history.Epochs[0].Examples).Should().Be((1, 1, 2 * Rows));
        model.state_dict().Values.SelectMany(Values).Should().OnlyContain(number => double.IsFinite(number));
    }

    [Fact]
    public void Cancellation_between_two_batches_of_a_step_keeps_the_model_of_the_step_before()
    {
        using var model = new BayesianSequential(new BayesianLinear(3, 4, dtype: float64), BatchNorm1d(4, dtype: float64),
            new BayesianLinear(4, 1, dtype: float64));
        using var loss = new ElboLoss(new GaussianLikelihood(1), Rows);
        Tensor input = randn(Rows, 3, float64), target = randn(Rows, 1, float64);
        using var source = new CancellationTokenSource();
        string before = "";
        var history = new VariationalTrainer(model, loss, new() { Epochs = 2, BatchesPerStep = 2 })
            .Fit(Cancelling, 4, cancellationToken: source.Token);
        (history.End, history.Steps).Should().Be((TrainingEnd.Cancelled, 1));
        Reliability.Bits.Of(model).Should().Be(before);

        IEnumerable<(Tensor, Tensor)> Cancelling()
        {
            int number = 0;
            foreach (var part in Parts(input, target, "3 3 3 3"))
            {
                if (number == 2)
                    before = Reliability.Bits.Of(model);
                if (number++ == 3)
                    source.Cancel();
                yield return part;
            }
        }
    }

    [Fact]
    public void An_empty_list_of_batches_is_refused()
    {
        using var model = Models["managed"]();
        using var loss = new ElboLoss(new GaussianLikelihood(1), Rows);
        using var step = new VariationalStep(model, loss, parameters => optim.SGD(parameters, 0.1));
        step.Invoking(s => s.ComputeGradients([])).Should().Throw<ArgumentException>().WithMessage("There are 0 batches; expected at least one.*");
    }

    private static (Tensor Input, Tensor Target)[] Parts(Tensor input, Tensor target, string sizes)
    {
        long[] rows = [.. sizes.Split(' ').Select(long.Parse)];
        return [.. input.split(rows).Zip(target.split(rows))];
    }

    private static double[][] Gradients(VariationalStep step)
    {
        using var scope = NewDisposeScope();
        return [.. step.Parameters.Select(parameter => Values(parameter.grad!))];
    }

    private static double[] Numbers(ElboTerms terms) =>
        [terms.Total.ToDouble(), terms.NegativeLogLikelihood.ToDouble(), terms.KlDivergence.ToDouble(), terms.EffectiveBeta, terms.KlWeight];

    private static string Rounded(double value) => value.ToString("g9", System.Globalization.CultureInfo.InvariantCulture);

    private sealed class Watching(List<TrainingPosition> positions) : KlSchedule
    {
        public override double Factor(TrainingPosition position)
        {
            positions.Add(position);
            return 1;
        }

        public override string ToString() => nameof(Watching);
    }

    /// <summary>The same noise in every pass and for every row.</summary>
    private sealed class Ones : NoiseSource, IDisposable
    {
        public override Tensor StandardNormal(ReadOnlySpan<long> shape, ScalarType dtype, Device device) => ones(shape.ToArray(), dtype, device);

        public void Dispose()
        {
        }
    }
}
