using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using Bayes.Layers.Training;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Training;

public sealed class VariationalStepTests : TorchTest
{
    private const int Steps = 100;

    private static readonly ElboLoss Loss = ElboLoss.Bernoulli(datasetSize: 50, beta: 0.7);

    /// <summary>All features in one model: biases, a nested sequence, a plain layer, two priors, a layer used twice.</summary>
    private static BayesianSequential Model(ScalarType dtype = ScalarType.Float64)
    {
        random.manual_seed(17);
        var shared = new BayesianLinear(4, 4, prior: new NormalPrior(0.2, 0.5), dtype: dtype);
        return new BayesianSequential(
            new BayesianLinear(2, 4, dtype: dtype), Tanh(), shared, ReLU(),
            new BayesianSequential(nn.Linear(4, 4, dtype: dtype), Tanh()), shared,
            new BayesianLinear(4, 1, hasBias: false, dtype: dtype));
    }

    private static optim.Optimizer AdamW(IEnumerable<Parameter> parameters) => optim.AdamW(parameters, lr: 0.01, weight_decay: 0.01);

    private static (Tensor Input, Tensor Target) Batch(ScalarType dtype)
    {
        random.manual_seed(23);
        var input = randn(6, 2, dtype);
        return (input, (input.narrow(1, 0, 1) > 0).to(dtype));
    }

    private static void TrainPlainly(BayesianSequential model, int samples, ScalarType dtype)
    {
        using var noise = new TorchNoise(31);
        using var optimizer = AdamW(model.parameters());
        var (input, target) = Batch(dtype);
        for (int i = 0; i < Steps; i++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            Loss.forward(model.Sample(input, new Reparameterization(samples, noise)), target, model.KlDivergence()).backward();
            optimizer.step();
        }
    }

    private static double[] TrainBySteps(BayesianModule model, int samples, ScalarType dtype, bool fast = true)
    {
        using var noise = new TorchNoise(31);
        using var step = new VariationalStep(model, Loss, AdamW, new Reparameterization(samples, noise));
        step.IsFast.Should().Be(fast);
        var (input, target) = Batch(dtype);
        var losses = new double[Steps];
        for (int i = 0; i < Steps; i++)
        {
            using var terms = step.Run(input, target);
            losses[i] = terms.Total.ToDouble();
        }
        return losses;
    }

    [Theory]
    [InlineData(1, ScalarType.Float64, 1e-10)]
    [InlineData(3, ScalarType.Float64, 1e-10)]
    [InlineData(1, ScalarType.Float32, 1e-5)]
    [InlineData(3, ScalarType.Float32, 1e-5)]
    public void The_fast_path_matches_the_plain_one(int samples, ScalarType dtype, double tolerance)
    {
        using BayesianSequential plain = Model(dtype), fast = Model(dtype);
        using var untrained = Model(dtype);
        TrainPlainly(plain, samples, dtype);
        TrainBySteps(fast, samples, dtype);
        fast.state_dict().Keys.Should().Equal(plain.state_dict().Keys);
        foreach (var (key, value) in plain.state_dict())
        {
            ShouldBeClose(fast.state_dict()[key], value, tolerance, key);
            ShouldDiffer(untrained.state_dict()[key], value, key);
        }
    }

    [Fact]
    public void The_loss_matches_the_plain_path()
    {
        using BayesianSequential model = Model(), other = Model();
        using TorchNoise noise = new(5), same = new(5);
        var (input, target) = Batch(float64);
        using var expected = Loss.Evaluate(other.Sample(input, new Reparameterization(2, same)), target, other.KlDivergence());
        using var step = new VariationalStep(model, Loss, AdamW, new Reparameterization(2, noise));
        using var terms = step.Run(input, target);
        ShouldBeClose(terms.NegativeLogLikelihood, expected.NegativeLogLikelihood.detach(), 1e-13);
        ShouldBeClose(terms.KlDivergence, expected.KlDivergence.detach(), 1e-13);
        ShouldBeClose(terms.Total, expected.Total.detach(), 1e-13);
        terms.Total.requires_grad.Should().BeFalse();
    }

    [Fact]
    public void A_prior_without_its_own_gradient_trains()
    {
        BayesianSequential Plain() =>
            new(new BayesianLinear(2, 3, prior: new UnitPriorByAutograd(), dtype: float64), Tanh(), new BayesianLinear(3, 1, dtype: float64));
        random.manual_seed(3);
        using var model = Plain();
        random.manual_seed(3);
        using var standard = new BayesianSequential(new BayesianLinear(2, 3, dtype: float64), Tanh(), new BayesianLinear(3, 1, dtype: float64));
        TrainBySteps(model, 1, float64, fast: false);
        TrainBySteps(standard, 1, float64);
        foreach (var (key, value) in standard.state_dict())
            ShouldBeClose(model.state_dict()[key], value, 1e-10, key);
    }

    [Fact]
    public void Another_estimator_takes_the_plain_path()
    {
        using var model = Model();
        using var step = new VariationalStep(model, Loss, AdamW, PosteriorMean.Instance);
        step.IsFast.Should().BeFalse();
        var (input, target) = Batch(float64);
        using ElboTerms first = step.Run(input, target), second = step.Run(input, target);
        second.Total.ToDouble().Should().BeLessThan(first.Total.ToDouble());
    }

    [Fact]
    public void Gradients_are_at_the_layers_parameters()
    {
        using BayesianSequential model = Model(), other = Model();
        using TorchNoise noise = new(5), same = new(5);
        var (input, target) = Batch(float64);
        Loss.forward(other.Sample(input, new Reparameterization(1, same)), target, other.KlDivergence()).backward();
        using var step = new VariationalStep(model, Loss, p => optim.SGD(p, learningRate: 0), new Reparameterization(1, noise));
        step.Run(input, target).Dispose();
        foreach (var ((name, parameter), expected) in model.named_parameters().Zip(other.parameters()))
            ShouldBeClose(parameter.grad!, expected.grad!, 1e-13, name);
    }

    [Fact]
    public void Norm_and_scale_of_the_gradient_include_plain_layers()
    {
        using var model = Model();
        var (input, target) = Batch(float64);
        using var step = new VariationalStep(model, Loss, AdamW);
        step.ComputeGradients(input, target).Dispose();
        double norm = Norm();
        step.GradientNorm().Should().BeApproximately(norm, 1e-12 * norm);
        step.ScaleGradients(0.25);
        Norm().Should().BeApproximately(norm / 4, 1e-12 * norm);

        double Norm() =>
            Math.Sqrt(
                model.parameters().Distinct<Tensor>(ReferenceEqualityComparer.Instance).Sum(parameter => parameter.grad!.square().sum().ToDouble()));
    }

    [Fact]
    public void A_trained_model_saves_and_loads_and_outlives_its_step()
    {
        using BayesianSequential model = Model(), loaded = Model();
        TrainBySteps(model, 1, float64);
        using var file = new MemoryStream();
        using (var writer = new BinaryWriter(file, System.Text.Encoding.UTF8, leaveOpen: true))
            model.save(writer);
        file.Position = 0;
        using (var reader = new BinaryReader(file))
            loaded.load(reader);
        foreach (var (key, value) in model.state_dict())
            ShouldBeClose(loaded.state_dict()[key], value, 0, key);
        model.to(float32);
        model.forward(randn(3, 2)).dtype.Should().Be(ScalarType.Float32);
    }

    [Fact]
    public void The_next_step_uses_numbers_loaded_before_it()
    {
        using BayesianSequential model = Model(), other = Model();
        TrainBySteps(other, 1, float64);
        using var step = new VariationalStep(model, Loss, p => optim.SGD(p, learningRate: 0));
        model.load_state_dict(other.state_dict());
        var (input, target) = Batch(float64);
        using var terms = step.Run(input, target);
        ShouldBeClose(terms.KlDivergence, other.KlDivergence().detach(), 1e-12);
    }

    [Fact]
    public void Moving_the_model_after_the_step_was_made_is_refused()
    {
        using var model = Model();
        using var step = new VariationalStep(model, Loss, AdamW);
        model.to(float32);
        var (input, target) = Batch(float32);
        step.Invoking(s => s.Run(input, target)).Should().Throw<InvalidOperationException>().WithMessage("*make a new VariationalStep after moving*");
    }

    [Fact]
    public void Freezing_after_the_step_was_made_is_refused()
    {
        using var model = Model();
        var (input, target) = Batch(float64);
        using var step = new VariationalStep(model, Loss, AdamW);
        ((BayesianLinear)model.children().First()).weight_log_var.requires_grad = false;
        step.Invoking(s => s.Run(input, target)).Should().Throw<InvalidOperationException>().WithMessage("*frozen after this step was made*");
    }

    [Fact]
    public void Estimators_and_likelihoods_without_gradient_are_refused()
    {
        using var model = Model();
        using var draws = new PosteriorDraws(seed: 1, count: 2);
        model.Invoking(m => new VariationalStep(m, Loss, AdamW, draws))
            .Should().Throw<ArgumentException>().WithMessage("PosteriorDraws carries no gradient*");

        using var step = new VariationalStep(model, Loss, AdamW);
        var (input, target) = Batch(float64);
        using var noGrad = no_grad();
        step.Invoking(s => s.Run(input, target)).Should().Throw<InvalidOperationException>().WithMessage("The likelihood has no gradient*");
    }

    [Fact]
    public void A_failing_factory_leaves_the_model_usable()
    {
        using BayesianSequential model = Model(), other = Model();
        long before = LiveTensors();
        model.Invoking(m => new VariationalStep(m, Loss, p => throw new InvalidTimeZoneException())).Should().Throw<InvalidTimeZoneException>();
        model.Invoking(m => new VariationalStep(m, Loss, p => null!))
            .Should().Throw<ArgumentException>().WithMessage("createOptimizer returned null*");
        LiveTensors().Should().Be(before);
        foreach (var (key, value) in other.state_dict())
            ShouldBeClose(model.state_dict()[key], value, 0, key);
        TrainBySteps(model, 1, float64);
    }

    [Fact]
    public void A_disposed_step_is_refused()
    {
        using var model = Model();
        var step = new VariationalStep(model, Loss, AdamW);
        step.Dispose();
        step.Dispose();
        var (input, target) = Batch(float64);
        step.Invoking(s => s.Run(input, target)).Should().Throw<ObjectDisposedException>();
    }

    [Fact]
    public void A_failing_step_changes_nothing_and_leaves_no_tensor()
    {
        using BayesianSequential model = Model(), other = Model();
        using var step = new VariationalStep(model, Loss, AdamW);
        var (input, target) = Batch(float64);
        step.Run(input, target).Dispose();
        other.load_state_dict(model.state_dict());
        var wrong = full_like(target, 2);
        long before = LiveTensors();
        step.Invoking(s => s.Run(input, wrong)).Should().Throw<ArgumentException>().WithMessage("target has the value 2*");
        LiveTensors().Should().Be(before);
        foreach (var (key, value) in other.state_dict())
            ShouldBeClose(model.state_dict()[key], value, 0, key);
    }

    [Fact]
    public void Steps_leave_no_live_tensor_and_disposing_frees_everything()
    {
        var (input, target) = Batch(float64);
        long atFirst = LiveTensors();
        using (var model = Model())
        {
            long made = LiveTensors();
            using (var step = new VariationalStep(model, Loss, AdamW))
            {
                step.Run(input, target).Dispose();
                long before = LiveTensors();
                for (int i = 0; i < 500; i++)
                    step.Run(input, target).Dispose();
                LiveTensors().Should().Be(before);
            }
            LiveTensors().Should().Be(made);
        }
        LiveTensors().Should().Be(atFirst);
    }

    [Fact]
    public void A_frozen_layer_does_not_change()
    {
        using var frozen = new BayesianLinear(2, 3, dtype: float64);
        using var model = new BayesianSequential(frozen, Tanh(), new BayesianLinear(3, 1, dtype: float64));
        foreach (var parameter in frozen.parameters())
            parameter.requires_grad = false;
        var before = model.state_dict().ToDictionary(pair => pair.Key, pair => pair.Value.clone());
        using var step = new VariationalStep(model, Loss, parameters => optim.SGD(parameters, learningRate: 0.1));
        step.Run(Normal(6, 2), ones([6, 1], float64)).Dispose();
        foreach (var (key, value) in model.state_dict())
            if (key.StartsWith("0.", StringComparison.Ordinal))
                ShouldBeClose(value, before[key], 0, key);
            else
                ShouldDiffer(value, before[key], key);
    }

    [Fact]
    public void Layers_of_two_element_types_train_together()
    {
        using var model = new BayesianSequential(new BayesianLinear(2, 3, dtype: float32), new ToDouble(), new BayesianLinear(3, 1, dtype: float64));
        using var step = new VariationalStep(model, Loss, parameters => optim.SGD(parameters, learningRate: 0.1));
        var before = model.parameters().Select(parameter => parameter.clone()).ToArray();
        step.Run(randn(6, 2), ones([6, 1], float64)).Dispose();
        model.parameters().Select(p => p.dtype).Distinct().Should().Equal(ScalarType.Float32, ScalarType.Float64);
        foreach (var (after, was) in model.parameters().Zip(before))
            ShouldDiffer(after, was);
    }

    [Fact]
    public void A_modules_own_divergence_counts_and_trains()
    {
        using var model = new Penalized();
        using var step = new VariationalStep(model, Loss, parameters => optim.SGD(parameters, learningRate: 0));
        double expected = model.KlDivergence().ToDouble();
        using var terms = step.Run(Normal(6, 2), ones([6, 1], float64));
        terms.KlDivergence.ToDouble().Should().BeApproximately(expected, 1e-12);
        ShouldBeClose(model.scale.grad!, model.scale * (2 * Loss.KlWeight), 1e-14);
    }

    /// <summary>N(0, 1), with gradients only by autograd.</summary>
    private sealed class UnitPriorByAutograd : Prior
    {
        public override double Stddev => 1;

        public override Tensor LogProbability(Tensor weight) => NormalPrior.Standard.LogProbability(weight);

        public override Tensor KlDivergence(MeanFieldNormal posterior) => NormalPrior.Standard.KlDivergence(posterior);
    }

    private sealed class ToDouble() : Module<Tensor, Tensor>(nameof(ToDouble))
    {
        public override Tensor forward(Tensor input) => input.to(float64);
    }

    private sealed class Penalized : BayesianModule
    {
        private readonly BayesianLinear _layer = new(2, 1, dtype: float64);
        public readonly Parameter scale = new(full(1, 3.0, float64));

        public Penalized() : base(nameof(Penalized)) => RegisterComponents();

        public override Tensor Propagate(Tensor input, Pass pass) => _layer.Propagate(input, pass);

        protected internal override Tensor? OwnKlDivergence() => scale.square().sum();
    }
}
