using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using Bayes.Layers.Priors;
using Bayes.Layers.Training;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Training;

/// <summary>
/// Every kind of layer, estimator and prior that a step moves into one storage, compared with Sample, ElboLoss, backward and AdamW.
/// </summary>
public sealed class FlatStepTests : TorchTest
{
    private const int Steps = 100;

    private static readonly ElboLoss Loss = ElboLoss.Bernoulli(50, beta: 0.7);

    private static optim.Optimizer AdamW(IEnumerable<Parameter> parameters) => optim.AdamW(parameters, lr: 0.01, weight_decay: 0.01);

    private static BayesianSequential Model(string kind, ScalarType dtype)
    {
        random.manual_seed(17);
        return kind switch
        {
            "linear" => new(new BayesianLinear(6, 40, dtype: dtype), Hardswish(), new BayesianLinear(40, 1, dtype: dtype)),
            "convolution, 1d" =>
                new(Unflatten(1, [1, 6]), new BayesianConv1d(1, 3, 3, dtype: dtype), Tanh(), Flatten(), new BayesianLinear(12, 1, dtype: dtype)),
            "convolution, 2d" =>
                new(Unflatten(1, [1, 2, 3]), new BayesianConv2d(1, 3, 2, dtype: dtype), Tanh(), Flatten(), new BayesianLinear(6, 1, dtype: dtype)),
            "convolution, 3d" => new(Unflatten(1, [1, 1, 2, 3]), new BayesianConv3d(1, 3, (1, 2, 2), dtype: dtype), Tanh(), Flatten(),
                new BayesianLinear(6, 1, dtype: dtype)),
            "transposed convolution" => new(Unflatten(1, [1, 2, 3]), new BayesianConvTranspose2d(1, 2, 2, dtype: dtype), Tanh(), Flatten(),
                new BayesianLinear(24, 1, dtype: dtype)),
            "LSTM" => new(Unflatten(1, [3, 2]), new BayesianLSTM(2, 4, returnsSequence: false, dtype: dtype), new BayesianLinear(4, 1, dtype: dtype)),
            "GRU" => new(Unflatten(1, [3, 2]), new BayesianGRU(2, 4, returnsSequence: false, dtype: dtype), new BayesianLinear(4, 1, dtype: dtype)),
            "a sequence" => new(Unflatten(1, [3, 2]), new BayesianLinear(2, 4, dtype: dtype), Tanh(), Flatten(),
                new BayesianLinear(12, 1, dtype: dtype)),
            "embedding" => new(new BayesianEmbedding(9, 4, dtype: dtype), Flatten(), new BayesianLinear(24, 1, dtype: dtype)),
            "other priors" => new(
                new BayesianLinear(6, 5, prior: new LaplacePrior(0.1, 0.5), dtype: dtype), Hardswish(),
                new BayesianLinear(5, 5, prior: new LearnedScalePrior(), dtype: dtype), Hardswish(),
                new BayesianLinear(5, 5, prior: new NormalPrior(0.4, 0.3),
                    biasPrior: NormalPrior.PerWeight(ones(5, dtype), full(5, 0.5, dtype)), dtype: dtype),
                new BayesianLinear(5, 1, prior: new NormalPrior(-0.3, 2), dtype: dtype)),
            "a layer used twice" => Twice(new BayesianLinear(6, 6, dtype: dtype), () => Hardswish(), new BayesianLinear(6, 1, dtype: dtype)),
            "a small layer used twice" => Twice(new BayesianLinear(6, 6, dtype: dtype), () => Tanh(), new BayesianLinear(6, 1, dtype: dtype)),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };

        static BayesianSequential Twice(BayesianLinear shared, Func<nn.Module<Tensor, Tensor>> function, BayesianLinear last) =>
            new(shared, function(), shared, function(), last);
    }


    private static (Tensor Input, Tensor Target) Batch(string kind, ScalarType dtype)
    {
        random.manual_seed(23);
        var input = randn(5, 6, dtype);
        return (kind == "embedding" ? randint(0, 9, [5, 6]) : input, input.narrow(1, 0, 1).gt(0).to(dtype));
    }

    private static void Compare(string kind, ScalarType dtype, double tolerance, Func<NoiseSource, Estimator> estimator, bool isFast,
        bool isManaged = false)
    {
        using BayesianSequential plain = Model(kind, dtype), flat = Model(kind, dtype), untrained = Model(kind, dtype);
        using TorchNoise noise = new(31), same = new(31);
        var (input, target) = Batch(kind, dtype);
        using (var optimizer = AdamW(plain.parameters()))
        {
            var pass = estimator(noise);
            for (int i = 0; i < Steps; i++)
            {
                using var scope = NewDisposeScope();
                optimizer.zero_grad();
                var (output, divergence) = plain.SampleWithKl(input, pass);
                Loss.forward(output, target, divergence).backward();
                optimizer.step();
            }
        }
        using (var step = new VariationalStep(flat, Loss, AdamW, estimator(same)))
        {
            (step.IsFast, step.IsManaged).Should().Be((isFast, false));
            for (int i = 0; i < Steps; i++)
                step.Run(input, target).Dispose();
            step.IsManaged.Should().Be(isManaged);
        }
        foreach (var (key, value) in plain.state_dict())
        {
            ShouldBeClose(flat.state_dict()[key], value, tolerance, key);
            if (value.requires_grad)
                ShouldDiffer(untrained.state_dict()[key], value, key);
        }
    }

    [Theory]
    [InlineData("linear", 1)]
    [InlineData("linear", 3)]
    [InlineData("convolution, 1d", 1)]
    [InlineData("convolution, 2d", 3)]
    [InlineData("convolution, 3d", 1)]
    [InlineData("transposed convolution", 1)]
    [InlineData("LSTM", 1)]
    [InlineData("GRU", 2)]
    [InlineData("embedding", 1)]
    [InlineData("other priors", 1)]
    [InlineData("a layer used twice", 1)]
    [InlineData("a layer used twice", 3)]
    public void Every_layer_matches_the_plain_path(string kind, int samples)
    {
        Compare(kind, float64, 1e-10, noise => new Reparameterization(samples, noise), isFast: true);
        Compare(kind, float32, 1e-5, noise => new Reparameterization(samples, noise), isFast: true);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_layer_used_twice_is_one_variable_in_managed_code(int samples)
    {
        Compare("a small layer used twice", float64, 1e-10, noise => new Reparameterization(samples, noise), isFast: true, isManaged: true);
        Compare("a small layer used twice", float32, 1e-5, noise => new Reparameterization(samples, noise), isFast: true, isManaged: true);
    }

    [Theory]
    [InlineData("linear", 1)]
    [InlineData("linear", 2)]
    [InlineData("convolution, 2d", 1)]
    [InlineData("convolution, 2d", 2)]
    [InlineData("other priors", 1)]
    [InlineData("other priors", 2)]
    [InlineData("a layer used twice", 1)]
    [InlineData("GRU", 1)]
    [InlineData("a sequence", 1)]
    public void Every_estimator_matches_the_plain_path(string kind, int samples)
    {
        Compare(kind, float64, 1e-10, noise => new LocalReparameterization(samples, noise), isFast: true);
        Compare(kind, float64, 1e-10, noise => new Flipout(samples, noise), isFast: true);
        Compare(kind, float64, 1e-10, noise => PosteriorMean.Instance, isFast: false);
        Compare(kind, float32, 2e-5, noise => new LocalReparameterization(samples, noise), isFast: true);
        Compare(kind, float32, 2e-5, noise => new Flipout(samples, noise), isFast: true);
    }

    /// <summary>Two layers with one input, and one whose input also goes past it, carry their gradients to the layers before.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Layers_with_one_input_add_up_its_gradients(bool isFlipout)
    {
        using Branching plain = new(), fast = new();
        fast.load_state_dict(plain.state_dict());
        using TorchNoise noise = new(5), same = new(5);
        Tensor input = Normal(5, 6), target = ones(5, 1, float64);
        Loss.forward(plain.Sample(input, Pass(noise)), target, plain.KlDivergence()).backward();
        using var step = new VariationalStep(fast, Loss, AdamW, Pass(same));
        step.ComputeGradients(input, target).Dispose();
        step.IsFast.Should().BeTrue();
        foreach (var ((name, parameter), expected) in fast.named_parameters().Zip(plain.parameters()))
            ShouldBeClose(parameter.grad!, expected.grad!, 1e-13, name);

        Estimator Pass(NoiseSource source) => isFlipout ? new Flipout(1, source) : new LocalReparameterization(1, source);
    }

    private sealed class Branching : BayesianModule
    {
        private readonly BayesianLinear first = new(6, 4, dtype: float64);
        private readonly BayesianLinear second = new(4, 4, hasBias: false, dtype: float64);
        private readonly BayesianLinear third = new(4, 4, dtype: float64);
        private readonly BayesianLinear last = new(4, 1, dtype: float64);

        public Branching() : base(nameof(Branching)) => RegisterComponents();

        public override Tensor Propagate(Tensor input, Pass pass)
        {
            using var scope = NewDisposeScope();
            var shared = first.Propagate(input, pass).tanh();
            var branches = shared + second.Propagate(shared, pass) * third.Propagate(shared, pass);
            return last.Propagate(branches, pass).MoveToOuterDisposeScope();
        }
    }

    [Fact]
    public void Gradients_of_other_estimators_are_at_the_layers_parameters()
    {
        using BayesianSequential model = Model("linear", float64), other = Model("linear", float64);
        using TorchNoise noise = new(5), same = new(5);
        var (input, target) = Batch("linear", float64);
        Loss.forward(other.Sample(input, new Flipout(1, noise)), target, other.KlDivergence()).backward();
        using var step = new VariationalStep(model, Loss, AdamW, new Flipout(1, same));
        step.ComputeGradients(input, target).Dispose();
        foreach (var ((name, parameter), expected) in model.named_parameters().Zip(other.parameters()))
            ShouldBeClose(parameter.grad!, expected.grad!, 1e-13, name);
    }

    [Theory]
    [InlineData("Reparameterization")]
    [InlineData("LocalReparameterization")]
    [InlineData("Flipout")]
    [InlineData("PosteriorMean")]
    public void A_schedules_factor_scales_the_divergence_with_every_estimator(string name)
    {
        Estimator Pass(NoiseSource noise) => name switch
        {
            "Reparameterization" => new Reparameterization(1, noise),
            "LocalReparameterization" => new LocalReparameterization(1, noise),
            "Flipout" => new Flipout(1, noise),
            _ => PosteriorMean.Instance,
        };
        using BayesianSequential model = Model("convolution, 2d", float64), other = Model("convolution, 2d", float64);
        using TorchNoise noise = new(5), same = new(5);
        var (input, target) = Batch("convolution, 2d", float64);
        using var expected = Loss.Evaluate(other.Sample(input, Pass(noise)), target, other.KlDivergence(), klFactor: 0.3);
        expected.Total.backward();
        using var step = new VariationalStep(model, Loss, AdamW, Pass(same));
        using var terms = step.ComputeGradients(input, target, klFactor: 0.3);
        step.IsManaged.Should().BeFalse();
        ShouldBeClose(terms.Total, expected.Total.detach(), 1e-13);
        terms.EffectiveBeta.Should().BeApproximately(0.3 * 0.7, 1e-15);
        foreach (var ((key, parameter), there) in model.named_parameters().Zip(other.parameters()))
            ShouldBeClose(parameter.grad!, there.grad!, 1e-13, key);
    }

    [Fact]
    public void Weights_that_a_pass_does_not_draw_follow_only_their_prior()
    {
        using var model = new Choosing();
        using var step = new VariationalStep(model, Loss, parameters => optim.SGD(parameters, learningRate: 0.1));
        Tensor input = Normal(5, 6), target = ones(5, 1, float64);
        // First with both, so that a leftover of that draw could be mistaken for this one's.
        step.Run(input, target).Dispose();
        model.UsesSecond = false;
        using var mean = model.Second.weight_mu.detach().clone();
        step.Run(input, target).Dispose();
        ShouldBeClose(model.Second.weight_mu, mean * (1 - 0.1 * Loss.KlWeight), 1e-14);
        step.IsFast.Should().BeTrue();
    }

    private sealed class Choosing : BayesianModule
    {
        private readonly BayesianLinear first = new(6, 1, dtype: float64);
        private readonly BayesianLinear second = new(6, 1, dtype: float64);

        public Choosing() : base(nameof(Choosing)) => RegisterComponents();

        public bool UsesSecond { get; set; } = true;

        public BayesianLinear Second => second;

        public override Tensor Propagate(Tensor input, Pass pass)
        {
            using var scope = NewDisposeScope();
            var output = first.Propagate(input, pass);
            return (UsesSecond ? output + second.Propagate(input, pass) : output).MoveToOuterDisposeScope();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ApplyGradients_or_the_optimizer_can_finish_a_step(bool byItself)
    {
        using BayesianSequential model = Model("linear", float64), other = Model("linear", float64);
        using TorchNoise noise = new(5), same = new(5);
        using VariationalStep step = new(model, Loss, AdamW, new Reparameterization(1, noise)),
            expected = new(other, Loss, AdamW, new Reparameterization(1, same));
        var (input, target) = Batch("linear", float64);
        for (int i = 0; i < 5; i++)
        {
            expected.Run(input, target).Dispose();
            step.ComputeGradients(input, target).Dispose();
            if (byItself)
                step.Optimizer.step();
            else
                step.ApplyGradients();
        }
        foreach (var (parameter, there) in model.parameters().Zip(other.parameters()))
            ShouldBeClose(parameter, there, 1e-13);
    }
}
