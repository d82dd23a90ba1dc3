using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tests.Reliability;
using Bayes.Layers.Training;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.utils.data;

namespace Bayes.Layers.Tests.Training;

/// <summary>A step changes nothing if a number of the model, including its buffers, would not be finite.</summary>
public sealed class FiniteStateTests : TorchTest
{
    private const int Rows = 33, BatchSize = 16;

    private static readonly Dictionary<string, (Func<Module<Tensor, Tensor>> Make, long[] Shape)> Normalizations = new()
    {
        ["BatchNorm1d of features"] = (() => BatchNorm1d(4), [4]),
        ["BatchNorm1d of one place"] = (() => BatchNorm1d(4), [4, 1]),
        ["BatchNorm1d of a sequence"] = (() => BatchNorm1d(2), [2, 2]),
        ["BatchNorm1d that keeps no statistics"] = (() => BatchNorm1d(4, track_running_stats: false), [4]),
        ["BatchNorm2d of one place"] = (() => BatchNorm2d(4), [4, 1, 1]),
        ["BatchNorm2d of an image"] = (() => BatchNorm2d(2), [2, 1, 2]),
        ["BatchNorm3d of one place"] = (() => BatchNorm3d(4), [4, 1, 1, 1]),
        ["InstanceNorm1d of one place"] = (() => InstanceNorm1d(4, track_running_stats: true), [4, 1]),
        ["InstanceNorm1d of a sequence"] = (() => InstanceNorm1d(2, track_running_stats: true), [2, 2]),
        ["LayerNorm"] = (() => LayerNorm(4), [4]),
        ["GroupNorm"] = (MakeGroupNorm, [4, 1]),
    };

    private static readonly Dictionary<string, Func<VariationalTrainer, Tensor, Tensor, TrainingHistory>> Sources = new()
    {
        ["tensors"] = (trainer, input, target) => trainer.Fit(input, target),
        ["a loader"] = (trainer, input, target) =>
        {
            using var loader = DataLoader(TensorDataset(input, target), BatchSize);
            return trainer.Fit(loader);
        },
        ["batches from anywhere"] = (trainer, input, target) => trainer.Fit(() => RowBatches.Of(input, target, BatchSize), 3),
    };

    // TorchSharp does not initialize its parameters.
    private static GroupNorm MakeGroupNorm()
    {
        var norm = GroupNorm(2, 4);
        init.ones_(norm.weight!);
        init.zeros_(norm.bias!);
        return norm;
    }

    public static TheoryData<string, string, int> Trainings => new(
        from kind in Normalizations.Keys from source in Sources.Keys from samples in new[] { 1, 2 } select (kind, source, samples));

    [Theory]
    [MemberData(nameof(Trainings))]
    public void After_training_every_number_of_the_model_is_finite(string kind, string source, int samples)
    {
        var (make, shape) = Normalizations[kind];
        using var model = new BayesianSequential(Unflatten(1, shape), make(), Flatten(), new BayesianLinear(4, 1));
        using var loss = new ElboLoss(new GaussianLikelihood(0.5), Rows);
        Tensor input = randn(Rows, 4), target = randn(Rows, 1);
        string before = Bits.Of(model);
        var trainer = new VariationalTrainer(model, loss,
            new() { Epochs = 3, BatchSize = BatchSize, Samples = samples, MaximumRefusedInARow = 100 });
        try
        {
            var history = Sources[source](trainer, input, target);
            (history.Steps + history.RefusedSteps).Should().BeOneOf(6, 9);
            // With one place, no batch has a variance.
            (history.RefusedSteps > 0).Should().Be(kind == "InstanceNorm1d of one place");
        }
        catch (InvalidOperationException refused)
        {
            source.Should().NotBe("tensors", "the trainer's own batches have more than one row");
            refused.Message.Should()
                .MatchRegex(@"^A batch of one row reaches BatchNorm\dd '1' with shape \[1, 4.*\], one value per channel.*drop_last");
            Bits.Of(model).Should().NotBe(before, "the first two steps were made");
        }
        foreach (var (name, value) in model.state_dict())
            Values(value).Should().OnlyContain(number => double.IsFinite(number), name);
    }

    [Fact]
    public void Rows_that_share_a_step_with_a_lone_row_are_in_the_same_batch()
    {
        var sizes = new List<long>();
        var norm = BatchNorm1d(4);
        norm.register_forward_pre_hook((_, input) =>
        {
            // Ignores the pass that counts the uses of parameters, which is in evaluation mode.
            if (norm.training)
                sizes.Add(input.shape[0]);
            return input;
        });
        using var model = new BayesianSequential(norm, new BayesianLinear(4, 1));
        using var loss = new ElboLoss(new GaussianLikelihood(0.5), Rows);
        new VariationalTrainer(model, loss, new() { Epochs = 1, BatchSize = BatchSize })
            .Fit(randn(Rows, 4), randn(Rows, 1)).Epochs[0].Examples.Should().Be(Rows);
        sizes.Should().Equal(16, 17);
    }

    [Fact]
    public void A_model_without_batch_statistics_keeps_its_batches()
    {
        using var model = new BayesianSequential(new BayesianLinear(4, 1));
        using var loss = new ElboLoss(new GaussianLikelihood(0.5), Rows);
        new VariationalTrainer(model, loss, new() { Epochs = 1, BatchSize = BatchSize }).Fit(randn(Rows, 4), randn(Rows, 1)).Steps.Should().Be(3);
    }

    [Fact]
    public void VariationalStep_also_refuses_a_batch_of_one_row()
    {
        using var model = new BayesianSequential(new BayesianLinear(4, 4), BatchNorm1d(4), new BayesianLinear(4, 1));
        using var loss = new ElboLoss(new GaussianLikelihood(0.5), Rows);
        string before = Bits.Of(model);
        using (var step = new VariationalStep(model, loss, parameters => optim.Adam(parameters)))
        {
            step.Invoking(s => s.Run(randn(1, 4), randn(1, 1))).Should().Throw<InvalidOperationException>()
                .WithMessage("A batch of one row reaches BatchNorm1d '1' with shape [1, 4]*");
            step.Run(randn(2, 4), randn(2, 1)).Dispose();
        }
        Bits.Of(model).Should().NotBe(before);
        model.eval();
        using var evaluated = new VariationalStep(model, loss, parameters => optim.Adam(parameters));
        evaluated.Run(randn(1, 4), randn(1, 1)).Dispose();
    }

    public static TheoryData<string> Optimizers => [.. Makers.Keys];

    private static readonly Dictionary<string, Func<IEnumerable<Parameter>, double, optim.Optimizer>> Makers = new()
    {
        ["Adam"] = (parameters, rate) => optim.Adam(parameters, rate),
        ["Adam with an epsilon of zero"] = (parameters, rate) => optim.Adam(parameters, rate, eps: 0),
        ["AMSGrad"] = (parameters, rate) => optim.Adam(parameters, rate, amsgrad: true),
        ["AdamW"] = (parameters, rate) => optim.AdamW(parameters, rate, weight_decay: 0.1),
        ["SGD"] = (parameters, rate) => optim.SGD(parameters, rate),
        ["SGD with momentum"] = (parameters, rate) => optim.SGD(parameters, rate, momentum: 0.9),
        ["SGD that decays and looks ahead"] = (parameters, rate) => optim.SGD(parameters, rate, momentum: 0.9, weight_decay: 0.5, nesterov: true),
        ["RMSprop"] = (parameters, rate) => optim.RMSProp(parameters, rate, momentum: 0.5, centered: true),
        ["Adamax"] = (parameters, rate) => optim.Adamax(parameters, rate),
    };

    /// <summary>A learning rate near the largest number: the loss and its gradient are finite, the step is not.</summary>
    [Theory]
    [MemberData(nameof(Optimizers))]
    public void A_step_that_overflows_is_undone(string optimizer)
    {
        using var model = new BayesianSequential(new BayesianLinear(4, 3, dtype: float64), Tanh(), new BayesianLinear(3, 1, dtype: float64));
        using var loss = new ElboLoss(new GaussianLikelihood(0.1), Rows);
        Tensor input = randn(Rows, 4, float64), target = randn(Rows, 1, float64).mul(100);
        string before = Bits.Of(model);
        optim.Optimizer? made = null;
        var states = new List<string>();
        new VariationalTrainer(model, loss, new()
        {
            BatchSize = Rows, LearningRate = double.MaxValue, MaximumRefusedInARow = 3, CreateOptimizer = (parameters, rate) => made =
                Makers[optimizer](parameters, rate),
        }).Invoking(trainer => trainer.Fit(input, target, progress: new Told<TrainingProgress>(_ => states.Add(MemoryOf(made!)))))
            .Should().Throw<TrainingDivergedException>().WithMessage("*the parameter '*' was not finite after the optimizer's step*");
        Bits.Of(model).Should().Be(before);
        states.Distinct().Should().ContainSingle("what the optimizer remembers is put back, too");

        static string MemoryOf(optim.Optimizer optimizer) => OptimizerMemory.TryOf(optimizer) is not { } memory ? ""
            : string.Join(';', memory.ByName().Select(each => $"{each.Key}: {string.Join(' ', Values(each.Value))}"));
    }

    /// <summary>
    /// If an optimizer promises finite steps without a check, the promise holds up to the largest learning rates that it covers.
    /// </summary>
    [Theory]
    [InlineData("Adam")]
    [InlineData("AdamW")]
    [InlineData("AMSGrad")]
    [InlineData("SGD")]
    [InlineData("SGD with momentum")]
    [InlineData("SGD that decays and looks ahead")]
    public void Every_step_that_is_known_to_stay_finite_does(string optimizer)
    {
        foreach (double rate in new[] { 1e-3, 1e30, 1e36, 3e37, 1e38 })
        {
            using var model = new BayesianLinear(4, 1);
            using var loss = new ElboLoss(new GaussianLikelihood(0.5), Rows);
            using var step = new VariationalStep(model, loss, parameters => Makers[optimizer](parameters, rate));
            Tensor input = randn(Rows, 4), target = randn(Rows, 1);
            for (int i = 0; i < 5; i++)
            {
                step.ComputeGradients(input, target).Dispose();
                double norm = step.GradientNorm();
                if (!double.IsFinite(norm) || !step.LeavesFinite(norm))
                    break;
                step.ApplyGradients();
                foreach (var parameter in model.parameters())
                    Values(parameter).Should().OnlyContain(number => double.IsFinite(number), "{0} at {1}, step {2}", optimizer, rate, i);
            }
        }
    }

    [Fact]
    public void An_ordinary_step_is_known_to_stay_finite()
    {
        using var model = new BayesianLinear(4, 1);
        using var loss = new ElboLoss(new GaussianLikelihood(0.5), Rows);
        using var step = new VariationalStep(model, loss, parameters => optim.Adam(parameters, 1e-2));
        step.LeavesFinite(1e3).Should().BeTrue();
        step.LeavesFinite(1e20).Should().BeFalse("its square is beyond single precision");
        using var descent = new VariationalStep(model, loss, parameters => optim.SGD(parameters, 1e-2, momentum: 0.9));
        descent.LeavesFinite(1e30).Should().BeTrue();
        descent.LeavesFinite(3e38).Should().BeTrue();
        descent.LeavesFinite(3e38).Should().BeTrue();
        using var root = new VariationalStep(model, loss, parameters => optim.RMSProp(parameters, 1e-2));
        root.LeavesFinite(1).Should().BeFalse("it is not known of this optimizer");
    }

    public static TheoryData<string, string> BadRows =>
        new(from source in Sources.Keys from part in new[] { "input", "target" } select (source, part));

    [Theory]
    [MemberData(nameof(BadRows))]
    public void A_row_that_is_not_finite_is_refused_with_its_number(string source, string part)
    {
        using var model = new BayesianSequential(new BayesianLinear(4, 3), ReLU(), new BayesianLinear(3, 1));
        using var loss = new ElboLoss(new GaussianLikelihood(0.5), Rows);
        Tensor input = randn(Rows, 4), target = randn(Rows, 1);
        (part == "input" ? input : target)[19, 0] = float.NaN;
        (part == "input" ? input : target)[21, 0] = float.PositiveInfinity;
        string before = Bits.Of(model);
        var thrown = FluentActions.Invoking(() =>
            Sources[source](new VariationalTrainer(model, loss, new() { BatchSize = BatchSize }), input, target)).Should().Throw<Exception>().Which;
        if (source == "tensors")
        {
            thrown.Should().BeOfType<ArgumentException>()
                .Which.Message.Should().StartWith($"The data cannot be trained on: rows 19, 21 of the {part} are not finite");
            Bits.Of(model).Should().Be(before);
        }
        else if (part == "input")
        {
            thrown.Should().BeOfType<InvalidOperationException>().Which.Message.Should()
                .Be("Batch 2 of epoch 1 cannot be trained on: rows 3, 5 of the input are not finite.");
        }
        else
        {
            thrown.Message.Should().Match("*Batch 2 of epoch 1*rows 3, 5 of the target*");
        }
    }
}
