using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using Bayes.Layers.Training;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Training;

/// <summary>Steps of small fully connected networks in managed code, compared with Sample, ElboLoss, backward and AdamW.</summary>
public sealed class SmallNetworkTests : TorchTest
{
    private const int Steps = 100;
    private const int Rows = 7;

    private static optim.Optimizer AdamW(IEnumerable<Parameter> parameters) => optim.AdamW(parameters, lr: 0.01, weight_decay: 0.01);

    private static BayesianSequential Model(ScalarType dtype, long outputs = 1, bool endsInSigmoid = false)
    {
        random.manual_seed(17);
        // A layer used twice, a nested sequence, two priors, layers with and without a bias, and one wider than any vector.
        var shared = new BayesianLinear(5, 5, prior: new NormalPrior(0.2, 0.5), dtype: dtype);
        return new BayesianSequential(
            new BayesianLinear(3, 5, hasBias: false, dtype: dtype), Tanh(), shared, ReLU(),
            new BayesianSequential(shared, Sigmoid(), new BayesianLinear(5, 21, dtype: dtype)),
            Tanh(), new BayesianLinear(21, outputs, dtype: dtype), endsInSigmoid ? Sigmoid() : new BayesianSequential());
    }

    private static (Tensor Input, Tensor Target) Batch(ScalarType dtype, string likelihood, int rows = Rows)
    {
        random.manual_seed(23);
        var input = randn(rows, 3, dtype);
        return (input, likelihood switch
        {
            "categorical" => randint(0, 4, [rows]),
            "Gaussian" or "Gaussian, by dimension" => input.narrow(1, 0, 2).mul(2).contiguous(),
            _ => input.narrow(1, 0, 1).gt(0).to(dtype).contiguous(),
        });
    }

    private static (ElboLoss Loss, long Outputs) Loss(string likelihood) => likelihood switch
    {
        "logits" => (ElboLoss.Bernoulli(50, beta: 0.7), 1),
        "probabilities" => (new(new BernoulliLikelihood(BernoulliOutput.Probabilities), 50), 1),
        "categorical" => (ElboLoss.Categorical(50), 4),
        "Gaussian" => (new(new GaussianLikelihood(0.3), 50), 2),
        "Gaussian, by dimension" => (new(new GaussianLikelihood([0.3, 2]), 50), 2),
        _ => throw new ArgumentOutOfRangeException(nameof(likelihood), likelihood, null),
    };

    private static void TrainPlainly(BayesianModule model, ElboLoss loss, Reparameterization estimator, Tensor input, Tensor target)
    {
        using var optimizer = AdamW(model.parameters());
        for (int i = 0; i < Steps; i++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            loss.forward(model.Sample(input, estimator), target, model.KlDivergence()).backward();
            optimizer.step();
        }
    }

    private static StepStrategy? Find(BayesianModule model, ElboLoss loss, Reparameterization estimator) =>
        StepStrategies.For(new StepContext(model, loss, estimator)) is var found and (ManagedStrategy<float> or ManagedStrategy<double>)
            ? found
            : null;

    public static TheoryData<string, int, bool, int> Cases
    {
        get
        {
            var cases = new TheoryData<string, int, bool, int>();
            foreach (string likelihood in new[] { "logits", "probabilities", "categorical", "Gaussian", "Gaussian, by dimension" })
            {
                cases.Add(likelihood, 1, false, 1);
                cases.Add(likelihood, 1, false, Rows);
                cases.Add(likelihood, 3, false, Rows);
                cases.Add(likelihood, 2, true, Rows);
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void It_matches_the_plain_path(string likelihood, int samples, bool antithetic, int rows)
    {
        foreach (var (dtype, tolerance) in new[] { (float64, 1e-10), (float32, 1e-5) })
        {
            var (loss, outputs) = Loss(likelihood);
            bool endsInSigmoid = likelihood == "probabilities";
            using BayesianSequential plain = Model(dtype, outputs, endsInSigmoid), managed = Model(dtype, outputs, endsInSigmoid),
                untrained = Model(dtype, outputs, endsInSigmoid);
            using TorchNoise noise = new(31), same = new(31);
            var (input, target) = Batch(dtype, likelihood, rows);
            TrainPlainly(plain, loss, new Reparameterization(samples, noise, antithetic), input, target);
            using var step = new VariationalStep(managed, loss, AdamW, new Reparameterization(samples, same, antithetic));
            for (int i = 0; i < Steps; i++)
                step.Run(input, target).Dispose();
            step.IsManaged.Should().BeTrue();
            foreach (var (key, value) in plain.state_dict())
            {
                ShouldBeClose(managed.state_dict()[key], value, tolerance, key);
                ShouldDiffer(untrained.state_dict()[key], value, key);
            }
        }
    }

    [Theory]
    [InlineData("logits")]
    [InlineData("probabilities")]
    [InlineData("categorical")]
    [InlineData("Gaussian, by dimension")]
    public void Loss_and_gradients_match_autograd(string likelihood)
    {
        var (loss, outputs) = Loss(likelihood);
        using BayesianSequential model = Model(float64, outputs, likelihood == "probabilities"),
            other = Model(float64, outputs, likelihood == "probabilities");
        using TorchNoise noise = new(5), same = new(5);
        var (input, target) = Batch(float64, likelihood);
        using var expected = loss.Evaluate(other.Sample(input, new Reparameterization(2, noise)), target, other.KlDivergence(), klFactor: 0.3);
        expected.Total.backward();
        using var step = new VariationalStep(model, loss, AdamW, new Reparameterization(2, same));
        using var terms = step.ComputeGradients(input, target, klFactor: 0.3);
        step.IsManaged.Should().BeTrue();
        ShouldBeClose(terms.NegativeLogLikelihood, expected.NegativeLogLikelihood.detach(), 1e-13);
        ShouldBeClose(terms.KlDivergence, expected.KlDivergence.detach(), 1e-13);
        ShouldBeClose(terms.Total, expected.Total.detach(), 1e-13);
        terms.EffectiveBeta.Should().Be(expected.EffectiveBeta);
        double squares = 0;
        foreach (var ((name, parameter), wanted) in model.named_parameters().Zip(other.parameters()))
        {
            ShouldBeClose(parameter.grad!, wanted.grad!, 1e-13, name);
            squares += Values(wanted.grad!).Sum(value => value * value);
        }
        step.GradientNorm().Should().BeApproximately(Math.Sqrt(squares), 1e-12);
    }

    [Fact]
    public void Probabilities_of_0_and_1_match_torch()
    {
        // Its sigmoid is exactly 0 or 1, on the target's side and on the other.
        foreach (var (bias, target) in new[] { (200.0, 0.0), (200.0, 1.0), (-800.0, 0.0), (-800.0, 1.0) })
        {
            BayesianSequential Make()
            {
                var layer = new BayesianLinear(1, 1,
                    initializer: new NormalInitializer(meanStddev: 0, logVarianceMean: -30, logVarianceStddev: 0), dtype: float64);
                using var noGrad = no_grad();
                layer.bias_mu!.fill_(bias);
                return new(layer, Sigmoid());
            }
            using BayesianSequential model = Make(), other = Make();
            var loss = Loss("probabilities").Loss;
            using TorchNoise noise = new(5), same = new(5);
            Tensor input = ones(1, 1, float64), wanted = full([1, 1], target, float64);
            using var expected = loss.Evaluate(other.Sample(input, new Reparameterization(1, noise)), wanted, other.KlDivergence());
            expected.Total.backward();
            using var step = new VariationalStep(model, loss, AdamW, new Reparameterization(1, same));
            using var terms = step.ComputeGradients(input, wanted);
            step.IsManaged.Should().BeTrue();
            ShouldBeClose(terms.NegativeLogLikelihood, expected.NegativeLogLikelihood.detach(), 1e-13);
            foreach (var (parameter, there) in model.parameters().Zip(other.parameters()))
                ShouldBeClose(parameter.grad!, there.grad!, 1e-12);
        }
    }

    [Fact]
    public void Other_models_and_likelihoods_are_left_to_autograd()
    {
        var estimator = new Reparameterization();
        var logits = Loss("logits").Loss;
        using (var known = Model(float64))
            Find(known, logits, estimator).Should().NotBeNull();
        foreach (var model in new BayesianModule[]
        {
            new BayesianSequential(Tanh(), new BayesianLinear(3, 1)),
            new BayesianSequential(new BayesianLinear(3, 5), nn.Linear(5, 1), new BayesianLinear(1, 1)),
            new BayesianSequential(new BayesianLinear(3, 5), AlphaDropout(), new BayesianLinear(5, 1)),
            new BayesianSequential(Dropout(), new BayesianLinear(3, 1)),
            new BayesianSequential(new BayesianLinear(3, 5), new BayesianResidual(Hardswish()), new BayesianLinear(5, 1)),
            new BayesianSequential(new BayesianLinear(3, 6), LayerNorm([2, 3]), new BayesianLinear(6, 1)),
            new BayesianSequential(new BayesianLinear(3, 5), Hardswish(), new BayesianLinear(5, 1)),
            new BayesianSequential(new BayesianLinear(3, 4), new BayesianLinear(5, 1)),
            new BayesianSequential(new BayesianConv1d(3, 1, 1)),
            new BayesianSequential(new BayesianLinear(3, 1, dtype: bfloat16)),
        })
            using (model)
                Find(model, logits, estimator).Should().BeNull(model.ToString());
        using var two = Model(float64, outputs: 2);
        Find(two, new ElboLoss(new PoissonLikelihood(), 50), estimator).Should().BeNull();
        Find(two, new ElboLoss(new NegativeBinomialLikelihood(0.5), 50), estimator).Should().BeNull();
    }

    [Fact]
    public void Unsupported_inputs_and_targets_are_left_to_autograd()
    {
        var (loss, _) = Loss("logits");
        var (input, target) = Batch(float64, "logits");
        foreach (var (name, x, y) in new (string, Tensor, Tensor)[]
        {
            ("an input that is not contiguous", input.t().contiguous().t(), target),
            ("an input whose gradient is wanted", input.clone().requires_grad_(), target),
            ("an input with an axis more", input.reshape(Rows, 1, 3), target.reshape(Rows, 1, 1)),
            ("a target of another type", input, target.to(int64)),
            ("many rows", input.repeat(1000, 1), target.repeat(1000, 1)),
        })
        {
            using BayesianSequential model = Model(float64), other = Model(float64);
            using TorchNoise noise = new(5), same = new(5);
            using var step = new VariationalStep(model, loss, AdamW, new Reparameterization(1, noise));
            step.Run(x, y).Dispose();
            step.IsManaged.Should().BeFalse(name);
            step.Run(input, target).Dispose();
            step.IsManaged.Should().BeTrue(name);
            using var optimizer = AdamW(other.parameters());
            foreach (var (given, wanted) in new[] { (x.detach(), y), (input, target) })
            {
                optimizer.zero_grad();
                loss.forward(other.Sample(given, new Reparameterization(1, same)), wanted, other.KlDivergence()).backward();
                optimizer.step();
            }
            foreach (var (parameter, there) in model.parameters().Zip(other.parameters()))
                ShouldBeClose(parameter, there, 1e-10, name);
            if (x.requires_grad)
                x.grad!.count_nonzero().ToInt64().Should().BePositive();
        }
    }

    [Fact]
    public void A_hook_is_called_from_the_next_step_on()
    {
        var tanh = Tanh();
        using var model = new BayesianSequential(new BayesianLinear(3, 5, dtype: float64), tanh, new BayesianLinear(5, 1, dtype: float64));
        var (input, target) = Batch(float64, "logits");
        using var step = new VariationalStep(model, Loss("logits").Loss, AdamW);
        step.Run(input, target).Dispose();
        step.IsManaged.Should().BeTrue();
        int calls = 0;
        var hook = tanh.register_forward_hook((_, _, result) =>
        {
            calls++;
            return result;
        });
        step.Run(input, target).Dispose();
        (step.IsManaged, calls).Should().Be((false, 1));
        hook.remove();
        step.Run(input, target).Dispose();
        (step.IsManaged, calls).Should().Be((true, 1));
    }

    [Fact]
    public void Refusals_have_the_message_of_the_plain_path()
    {
        var (input, target) = Batch(float64, "logits");
        void Refused(BayesianModule model, ElboLoss loss, Tensor x, Tensor y, string message)
        {
            using (model)
            {
                using var step = new VariationalStep(model, loss, AdamW);
                double[][] before = [.. model.parameters().Select(Values)];
                long live = LiveTensors();
                step.Invoking(s => s.Run(x, y)).Should().Throw<ArgumentException>().WithMessage(message);
                LiveTensors().Should().BeLessThanOrEqualTo(live + 40, "what a step draws is kept for the next");
                foreach (var (parameter, was) in model.parameters().Zip(before))
                    Values(parameter).Should().Equal(was);
            }
        }
        Refused(Model(float64), Loss("logits").Loss, input, full_like(target, 1.5), "target has the value 1.5*");
        Refused(Model(float64), Loss("logits").Loss, input, full_like(target, double.NaN), "target has a NaN*");
        Refused(Model(float64), Loss("logits").Loss, input, target.squeeze(1), "The target has shape ?7? and*");
        Refused(Model(float64), Loss("logits").Loss, input.narrow(1, 0, 2).contiguous(), target, "*so 2 features; expected 3*");
        Refused(Model(float64, 4), Loss("categorical").Loss, input, full([Rows], 4L), "target has the value 4; expected classes 0 to 3*");
        Refused(Model(float64, 2), Loss("Gaussian").Loss, input, full([Rows, 2], double.PositiveInfinity, float64),
            "target has the value*expected finite*");
        Refused(Model(float64, 1, endsInSigmoid: true), Loss("probabilities").Loss, input * double.NaN, target, "output has a NaN*");
        // Either an input or its negative has an output below 0.
        Refused(
            new BayesianSequential(new BayesianLinear(3, 1, hasBias: false, dtype: float64)), Loss("probabilities").Loss, cat([input, -input], 0),
            cat([target, target], 0),
            "output has the value*");
    }

    [Fact]
    public void A_pass_without_recorded_gradients_is_refused()
    {
        using var model = Model(float64);
        var (input, target) = Batch(float64, "logits");
        using var step = new VariationalStep(model, Loss("logits").Loss, AdamW);
        using var noGrad = no_grad();
        step.Invoking(s => s.Run(input, target)).Should().Throw<InvalidOperationException>().WithMessage("The likelihood has no gradient*");
    }

    public static TheoryData<string> Priors => ["fixed", "learned"];

    [Theory]
    [MemberData(nameof(Priors))]
    public void Other_priors_and_custom_noise_match_the_plain_path(string kind)
    {
        BayesianSequential Make(ScalarType dtype)
        {
            random.manual_seed(17);
            return kind == "fixed"
                ? new(
                    new BayesianLinear(3, 5, prior: new LaplacePrior(0.1, 0.5), dtype: dtype), Tanh(),
                    new BayesianLinear(5, 5, biasPrior: NormalPrior.PerWeight(ones(5, dtype), full(5, 0.5, dtype)), dtype: dtype), Tanh(),
                    new BayesianLinear(5, 1, dtype: dtype))
                : new(
                    new BayesianLinear(3, 5, prior: new LearnedScalePrior(), dtype: dtype), Tanh(),
                    new BayesianLinear(5, 5, prior: new HorseshoePrior(0.3), biasPrior: new LearnedScalePrior(0.2), dtype: dtype), Tanh(),
                    new BayesianLinear(5, 5, prior: new HorseshoePrior(0.4, axis: 1), dtype: dtype), Tanh(),
                    new BayesianLinear(5, 1, prior: new HorseshoePrior(0.5, axis: 0), dtype: dtype));
        }
        foreach (var (dtype, tolerance) in new[] { (float64, 1e-10), (float32, 1e-5) })
        {
            using BayesianSequential plain = Make(dtype), managed = Make(dtype);
            ShouldTrainAlike(plain, managed, new Reparameterization(2, new Strided()), new Reparameterization(2, new Strided()), tolerance);
        }
    }

    public static TheoryData<string> Activations =>
        ["GELU", "GELU by tanh", "SiLU", "ELU", "SELU", "CELU", "Softplus", "LogSigmoid", "Mish", "LeakyReLU", "ReLU6", "Softsign"];

    [Theory]
    [MemberData(nameof(Activations))]
    public void Every_activation_matches_the_plain_path(string name)
    {
        Module<Tensor, Tensor> Activation() => name switch
        {
            "GELU" => GELU(),
            "GELU by tanh" => GELU(TorchSharp.Modules.GELU.Approximate.tanh),
            "SiLU" => SiLU(),
            "ELU" => ELU(0.7),
            "SELU" => SELU(),
            "CELU" => CELU(2),
            "Softplus" => Softplus(1.5, 3),
            "LogSigmoid" => LogSigmoid(),
            "Mish" => Mish(),
            "LeakyReLU" => LeakyReLU(0.1),
            "ReLU6" => ReLU6(),
            _ => Softsign(),
        };
        BayesianSequential Make(ScalarType dtype)
        {
            random.manual_seed(17);
            return new(
                new BayesianLinear(3, 5, dtype: dtype), Activation(), new BayesianLinear(5, 21, dtype: dtype), Activation(),
                new BayesianLinear(21, 1, dtype: dtype));
        }
        foreach (var (dtype, tolerance) in new[] { (float64, 1e-10), (float32, 1e-5) })
        {
            using BayesianSequential plain = Make(dtype), managed = Make(dtype);
            using TorchNoise noise = new(31), same = new(31);
            ShouldTrainAlike(plain, managed, new Reparameterization(2, noise), new Reparameterization(2, same), tolerance);
        }
    }

    public static TheoryData<string> Parts =>
    [
        "normalization", "normalization without a shift", "normalization without parameters", "normalization used twice", "frozen normalization",
        "dropout", "dropout in place", "dropout of nothing", "dropout in evaluation mode", "drawn dropout", "drawn dropout used twice",
        "drawn dropout of nothing", "residual", "residual of everything", "residual in a residual",
    ];

    [Theory]
    [MemberData(nameof(Parts))]
    public void Every_part_matches_the_plain_path(string name)
    {
        BayesianSequential Make(ScalarType dtype)
        {
            random.manual_seed(17);
            var one = Part(name, dtype);
            var another = name.EndsWith("twice", StringComparison.Ordinal) ? one : Part(name, dtype);
            var model = new BayesianSequential(
                new BayesianLinear(3, 5, dtype: dtype), one, Tanh(), new BayesianLinear(5, 5, dtype: dtype), another, Tanh(),
                new BayesianLinear(5, 1, dtype: dtype));
            if (name == "dropout in evaluation mode")
                one.eval();
            return model;
        }
        foreach (var (dtype, tolerance) in new[] { (float64, 1e-10), (float32, 1e-5) })
        {
            // The noise is that of torch's generator, from which dropout takes its own.
            using BayesianSequential plain = Make(dtype), managed = Make(dtype);
            ShouldTrainAlike(plain, managed, new Reparameterization(2), new Reparameterization(2), tolerance);
            using BayesianSequential plainOfOne = Make(dtype), managedOfOne = Make(dtype);
            ShouldTrainAlike(plainOfOne, managedOfOne, new Reparameterization(), new Reparameterization(), tolerance);
        }
    }

    private static Module<Tensor, Tensor> Part(string name, ScalarType dtype)
    {
        switch (name)
        {
            case "normalization without a shift":
                return LayerNorm(5, bias: false, dtype: dtype);
            case "normalization without parameters":
                return LayerNorm(5, eps: 0.1, elementwise_affine: false, dtype: dtype);
            case "frozen normalization":
                var frozen = LayerNorm(5, dtype: dtype);
                frozen.weight!.requires_grad = false;
                return frozen;
            case "dropout":
                return Dropout(0.3);
            case "dropout in place":
                return Dropout(0.3, inplace: true);
            case "dropout of nothing":
                return Dropout(0);
            case "dropout in evaluation mode":
                return Dropout(0.3);
            case "drawn dropout" or "drawn dropout used twice":
                return new MonteCarloDropout(0.3);
            case "drawn dropout of nothing":
                return new MonteCarloDropout(0);
            case "residual":
                return new BayesianResidual(GELU(), new BayesianLinear(5, 5, dtype: dtype));
            case "residual of everything":
                return new BayesianResidual(
                    LayerNorm(5, dtype: dtype), new BayesianLinear(5, 9, dtype: dtype), SiLU(), Dropout(0.2), new BayesianLinear(9, 5, dtype: dtype),
                    new MonteCarloDropout(0.2));
            case "residual in a residual":
                return new BayesianResidual(
                    new BayesianLinear(5, 5, dtype: dtype), new BayesianResidual(new BayesianLinear(5, 5, dtype: dtype), Tanh()), Sigmoid());
            default:
                return LayerNorm(5, dtype: dtype);
        }
    }

    private static void ShouldTrainAlike(
        BayesianSequential plain, BayesianSequential managed, Reparameterization estimator, Reparameterization same, double tolerance)
    {
        var loss = Loss("logits").Loss;
        var (input, target) = Batch(plain.parameters().First().dtype, "logits");
        double[][] before = [.. plain.parameters().Select(Values)];
        random.manual_seed(4);
        TrainPlainly(plain, loss, estimator, input, target);
        random.manual_seed(4);
        using var step = new VariationalStep(managed, loss, AdamW, same);
        for (int i = 0; i < Steps; i++)
            step.Run(input, target).Dispose();
        step.IsManaged.Should().BeTrue();
        foreach (var ((name, found), (wanted, start)) in managed.named_parameters().Zip(plain.parameters().Zip(before)))
        {
            ShouldBeClose(found, wanted, tolerance, name);
            if (wanted.requires_grad)
                Values(wanted).Should().NotEqual(start, name);
        }
    }

    /// <summary>Noise that is not contiguous.</summary>
    private sealed class Strided : NoiseSource
    {
        private readonly TorchNoise _noise = new(7);

        public override Tensor StandardNormal(ReadOnlySpan<long> shape, ScalarType dtype, Device device)
        {
            using var scope = NewDisposeScope();
            return _noise.StandardNormal([.. shape, 2], dtype, device).select(-1, 0).MoveToOuterDisposeScope();
        }
    }

    [Fact]
    public void Steps_leave_no_tensor_alive_and_disposing_frees_everything()
    {
        var (input, target) = Batch(float32, "logits");
        long atFirst = LiveTensors();
        using (var model = Model(float32))
        {
            long made = LiveTensors();
            using (var step = new VariationalStep(model, Loss("logits").Loss, AdamW, new Reparameterization(2)))
            {
                step.Run(input, target).Dispose();
                step.IsManaged.Should().BeTrue();
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
    public void The_trainer_uses_it_and_a_seed_repeats_the_training()
    {
        double[] Train(bool isHooked)
        {
            using var model = Model(float64);
            if (isHooked)
                ((Tanh)model.children().ElementAt(1)).register_forward_hook((_, _, result) => result);
            var (input, target) = Batch(float64, "logits", rows: 50);
            random.manual_seed(5);
            var history = new VariationalTrainer(model, Loss("logits").Loss, new() { Epochs = 3, BatchSize = 1, MaximumGradientNorm = 1 })
                .Fit(input, target);
            return [.. history.Epochs.SelectMany(epoch => new[] { epoch.Loss, epoch.KlDivergence, epoch.GradientNorm })];
        }
        double[] managed = Train(isHooked: false), byAutograd = Train(isHooked: true);
        managed.Should().Equal(Train(isHooked: false));
        foreach (var (here, there) in managed.Zip(byAutograd))
            here.Should().BeApproximately(there, 1e-10 * Math.Max(1, Math.Abs(there)));
    }
}
