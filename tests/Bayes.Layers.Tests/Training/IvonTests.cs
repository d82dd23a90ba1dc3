using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Tests.Golden;
using Bayes.Layers.Training;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Training;

/// <summary>The variational optimizer IVON: its steps, its posterior, and what it leaves alone.</summary>
public sealed class IvonTests : TorchTest
{
    private static Tensor Golden(string name) => GoldenData.Tensor("inference", "ivon", name);

    private static double Number(string name) => GoldenData.Number("inference", "ivon", name);

    private static Tensor Weights(nn.Module network) => cat([.. network.parameters().Select(each => each.detach().flatten())]).clone();

    private static Tensor SumOfSquares(nn.Module network) =>
        network.parameters().Select(each => each.square().sum()).Aggregate((sum, next) => sum.add(next));

    [Theory]
    [InlineData(ScalarType.Float64, 1e-10)]
    [InlineData(ScalarType.Float32, 2e-5)]
    public void Steps_are_the_golden_ones(ScalarType type, double tolerance)
    {
        var (q, b) = (Golden("q").to(type), Golden("b").to(type));
        double size = Number("effective_sample_size"), decay = Number("weight_decay");
        var network = nn.Linear(4, 1, hasBias: false, dtype: type);
        var steps = GoldenData.At("inference", "ivon", "steps").EnumerateArray().ToArray();
        Set(Golden("start"));
        Tensor mean = Golden("start"), hessian = full([4], Number("initial_hessian"), float64);
        // The noise that makes the golden weights of golden means and Hessians.
        var noise = new List<Tensor>();
        foreach (var step in steps)
        {
            var sampled = step.GetProperty("sampled_parameters").ToTensor();
            for (int draw = 0; draw < 2; draw++)
                noise.Add(sampled[draw].sub(mean).mul(hessian.add(decay).mul(size).sqrt()));
            (mean, hessian) = (step.GetProperty("mean").ToTensor(), step.GetProperty("hessian").ToTensor());
        }
        var given = new GivenNoise(noise);
        using var ivon = new Ivon(network, new IvonOptions
        {
            EffectiveSampleSize = size, WeightDecay = decay, LearningRate = Number("learning_rate"), InitialHessian = Number("initial_hessian"),
            Beta1 = Number("beta1"), Beta2 = Number("beta2"), Samples = (int)Number("draws"), Noise = given,
            MaximumGradientNorm = null,
        });
        foreach (var step in steps)
        {
            ivon.Step(() => network.weight.mm(q).mm(network.weight.T).mul(0.5).sub(network.weight.mv(b)).sum());
            ShouldBeClose(network.weight[0], step.GetProperty("mean").ToTensor(), tolerance);
            ShouldBeClose(ivon.HessianOf("weight")[0], step.GetProperty("hessian").ToTensor(), tolerance);
        }
        given.Left.Should().Be(0);
        ivon.StepCount.Should().Be(steps.Length);
        ShouldBeClose(ivon.VarianceOf("weight")[0], hessian.add(decay).mul(size).reciprocal(), tolerance);

        void Set(Tensor value)
        {
            using var _ = no_grad();
            network.weight.copy_(value);
        }
    }

    /// <summary>
    /// The mean-field normal nearest to the posterior N(μ, Λ⁻¹) has the mean μ and the variances 1 / Λ_ii, and both are where the optimizer stands
    /// still.
    /// </summary>
    [Theory]
    [InlineData(1.0)]
    [InlineData(0.2)]
    public void Of_a_linear_regression_the_posterior_is_the_exact_diagonal_one(double priorStddev)
    {
        const int rows = 40;
        const double noise = 0.7;
        var input = Normal(rows, 3).mm(tensor(new[,] { { 1.0, 0.4, 0 }, { 0, 1, -0.3 }, { 0, 0, 1.5 } }));
        var target = input.mm(tensor(new[,] { { 1.0 }, { -0.5 }, { 0.3 } })).add(Normal(rows, 1).mul(noise));
        var precision = input.T.mm(input).div(noise * noise).add(eye(3, dtype: float64).div(priorStddev * priorStddev));
        var exact = linalg.solve(precision, input.T.mm(target).div(noise * noise)).flatten();
        var network = nn.Linear(3, 1, hasBias: false, dtype: float64);
        using var ivon = new Ivon(network, new IvonOptions
        {
            EffectiveSampleSize = rows, WeightDecay = 1 / (rows * priorStddev * priorStddev), Samples = 2, Antithetic = true, Beta2 = 0.998,
            LearningRate = 0.1, InitialHessian = 1,
        });
        ivon.PriorStddev.Should().BeApproximately(priorStddev, 1e-12);
        for (int step = 0; step < 2_500; step++)
            ivon.Step(() => (network.call(input) - target).square().mean().mul(0.5 / (noise * noise)));
        // The loss is a parabola, so that mirrored draws leave no noise in the gradient.
        ShouldBeClose(network.weight[0], exact, 1e-6);
        var ratio = ivon.VarianceOf("weight")[0].mul(precision.diagonal());
        Values(ratio).Should().OnlyContain(each => Math.Abs(each - 1) < 0.12);
        using var model = ivon.ToModel();
        var posterior = model.PosteriorOf("weight").Should().BeOfType<MeanFieldNormal>().Subject;
        ShouldBeClose(posterior.LogVariance.exp(), ivon.VarianceOf("weight"), 1e-12);
        model.NetworkVariables.Single().Prior.Stddev.Should().BeApproximately(priorStddev, 1e-12);
    }

    [Theory]
    [InlineData(ScalarType.Float64, 1e-13)]
    [InlineData(ScalarType.Float32, 1e-5)]
    public void Managed_loops_compute_what_the_operations_of_torch_do(ScalarType type, double tolerance)
    {
        var settings = IvonSettings.Of(new IvonOptions { WeightDecay = 0.2 }, 30);
        var parameter = Random();
        Tensor mean = Random(), hessian = Random().abs(), momentum = Random(), noise = Random(), gradient = Random();
        var managed = All(IvonWeights.ArithmeticFor(parameter, settings));
        var torch = All(new IvonTensorArithmetic(settings));
        IvonWeights.ArithmeticFor(parameter, settings).Should().NotBeOfType<IvonTensorArithmetic>();
        foreach (var (found, expected) in managed.Zip(torch))
            ShouldBeClose(found, expected, tolerance);

        Tensor Random() => Normal(3, 37).to(type);

        Tensor[] All(IvonArithmetic arithmetic)
        {
            Tensor deviation = noise.clone(), weight = Random(), estimate = full_like(mean, double.NaN);
            arithmetic.Draw(mean, hessian, deviation, weight);
            arithmetic.Estimate(hessian, gradient, deviation, estimate, isFirst: true);
            arithmetic.Estimate(hessian, gradient, deviation, estimate, isFirst: false);
            // The next Hessian may take the memory of the estimate.
            var (sum, next) = (estimate.clone(), (Mean: Random(), Hessian: estimate, Momentum: Random()));
            var check = arithmetic.Step(new(0.2, 0.9, 0.99, 1.5, 0.03), gradient, estimate, (mean, hessian, momentum), next);
            return [deviation, weight, sum, next.Mean, next.Hessian, next.Momentum, check.to(type)];
        }
    }

    [Fact]
    public void A_loss_that_curves_down_leaves_every_variance_above_zero()
    {
        var network = nn.Linear(3, 2, dtype: float64);
        using var ivon = new Ivon(network, new IvonOptions { EffectiveSampleSize = 10, Beta2 = 0.5, LearningRate = 1e-6, InitialHessian = 0.1 });
        for (int step = 0; step < 40; step++)
        {
            Tensor before = ivon.HessianOf("weight").add(ivon.WeightDecay);
            ivon.Step(() => SumOfSquares(network).mul(-30));
            var after = ivon.HessianOf("weight").add(ivon.WeightDecay);
            Values(after.div(before)).Should().OnlyContain(ratio => ratio >= 0.5 - 1e-9);
        }
        Values(ivon.VarianceOf("weight")).Should().OnlyContain(variance => variance > 0 && double.IsFinite(variance));
    }

    [Fact]
    public void A_long_gradient_is_scaled_down_and_the_Hessian_is_not()
    {
        var network = nn.Linear(1, 1, hasBias: false, dtype: float64);
        var (found, hessian) = Stepped(null);
        var (limited, same) = Stepped(0.5);
        same.Should().Be(hessian);
        // The prior's pull, α (h₀ + δ) δ m / (h + δ), is the same.
        double pull = 0.1 * 0.2 * 0.1 * 2 / (hessian + 0.1);
        (2 - limited - pull).Should().BeApproximately((2 - found - pull) * 0.5 / Slope, 1e-9);

        (double Weight, double Hessian) Stepped(double? maximum)
        {
            using (no_grad())
                network.weight.fill_(2);
            using var ivon = new Ivon(network, new IvonOptions
            {
                EffectiveSampleSize = 10, LearningRate = 0.1, InitialHessian = 0.1, MaximumGradientNorm = maximum,
                Noise = new GivenNoise(tensor(new[] { 0.7 })),
            });
            ivon.Step(() => network.weight.mul(Slope).sum());
            return (Values(network.weight).Single(), Values(ivon.HessianOf("weight")).Single());
        }
    }

    private const double Slope = 40;

    [Fact]
    public void A_seed_repeats_the_bits_and_another_one_does_not()
    {
        Trained(1).Should().Equal(Trained(1)).And.NotEqual(Trained(2));

        static double[] Trained(long seed)
        {
            random.manual_seed(3);
            var network = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1));
            var (input, target) = (randn(8, 2), randn(8, 1));
            using var noise = new TorchNoise(seed);
            using var ivon = new Ivon(network, new IvonOptions { EffectiveSampleSize = 8, Noise = noise, Samples = 3, Antithetic = true });
            for (int step = 0; step < 5; step++)
                ivon.Step(() => (network.call(input) - target).square().mean());
            return [.. Values(Weights(network)), .. Values(ivon.HessianOf("2.weight"))];
        }
    }

    [Fact]
    public void Drawn_weights_are_in_the_network_for_the_loss_alone_also_after_an_exception()
    {
        var network = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1));
        var frozen = ((Linear)network[2]).bias!;
        frozen.requires_grad = false;
        using var ivon = new Ivon(network, new IvonOptions { EffectiveSampleSize = 10, Samples = 2 });
        ivon.RandomParameters.Should().Equal("0.weight", "0.bias", "1.weight", "1.bias", "2.weight");
        var input = randn(4, 2);
        Tensor before = Weights(network), buffers = ((BatchNorm)network[1]).running_mean!.clone(), fixedBias = frozen.clone();
        int call = 0;
        FluentActions.Invoking(() => ivon.Step(() =>
        {
            ShouldDiffer(Weights(network), before);
            ShouldBeClose(frozen, fixedBias, 0);
            var loss = network.call(input).square().mean();
            return ++call == 2 ? throw new TimeoutException("at the second draw") : loss;
        })).Should().Throw<TimeoutException>();
        Unchanged();
        FluentActions.Invoking(() => ivon.Step(() => network.call(input))).Should().Throw<InvalidOperationException>()
            .WithMessage("The loss has shape [4, 1]; expected a scalar, the mean over the examples of the batch.");
        Unchanged();
        FluentActions.Invoking(() => ivon.Step(() => network.call(input).mean().detach())).Should().Throw<InvalidOperationException>()
            .WithMessage("The loss has no gradient, so nothing would be learned from the data: *");
        Unchanged();
        ivon.StepCount.Should().Be(0);
        ivon.Step(() => network.call(input).square().mean()).Should().BeGreaterThan(0);
        ShouldDiffer(Weights(network), before);
        ShouldDiffer(((BatchNorm)network[1]).running_mean!, buffers);
        ShouldBeClose(frozen, fixedBias, 0);

        void Unchanged()
        {
            ShouldBeClose(Weights(network), before, 0);
            ShouldBeClose(((BatchNorm)network[1]).running_mean!, buffers, 0);
            network.parameters().Count(each => each.grad is not null).Should().Be(0);
        }
    }

    [Fact]
    public void A_step_that_is_not_finite_changes_nothing_and_ten_in_a_row_end_the_loop()
    {
        var network = nn.Linear(2, 1);
        using var ivon = new Ivon(network, new IvonOptions { EffectiveSampleSize = 10 });
        ivon.Step(() => SumOfSquares(network));
        Tensor before = Weights(network), hessian = ivon.HessianOf("weight");
        // A finite loss with an infinite gradient, and a loss that is not a number.
        ivon.Step(() => SumOfSquares(network).sub(SumOfSquares(network).detach()).sqrt());
        ivon.Step(() => SumOfSquares(network).mul(double.NaN)).Should().Be(double.NaN);
        ShouldBeClose(Weights(network), before, 0);
        ShouldBeClose(ivon.HessianOf("weight"), hessian, 0);
        (ivon.StepCount, ivon.RefusedSteps).Should().Be((1, 2));
        ivon.Step(() => SumOfSquares(network));
        FluentActions.Invoking(() =>
        {
            for (int step = 0; step < 11; step++)
                ivon.Step(() => SumOfSquares(network).mul(double.PositiveInfinity));
        }).Should().Throw<InvalidOperationException>().WithMessage("The last 10 steps in a row were refused, *");
        (ivon.StepCount, ivon.RefusedSteps).Should().Be((2, 12));
    }

    [Fact]
    public void A_step_leaves_no_tensors_behind()
    {
        var network = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1));
        var input = randn(8, 2);
        using var ivon = new Ivon(network, new IvonOptions { EffectiveSampleSize = 8, Samples = 2 });
        Step();
        long live = LiveTensors();
        Step();
        Step();
        LiveTensors().Should().Be(live);

        void Step()
        {
            using var scope = NewDisposeScope();
            ivon.Step(() => network.call(input).square().mean());
        }
    }

    [Fact]
    public void Modules_that_share_a_parameter_draw_it_once_and_padding_stays_zero()
    {
        var network = new Shared();
        using var ivon = new Ivon(network, new IvonOptions { EffectiveSampleSize = 10 });
        ivon.RandomParameters.Should().Equal("words.weight", "first.weight", "first.bias");
        for (int step = 0; step < 3; step++)
            ivon.Step(() =>
            {
                Values(network.Words.weight![0].abs().sum()).Single().Should().Be(0);
                network.First.weight.equal(network.Second.weight).all().item<bool>().Should().BeTrue();
                return network.call(tensor(new long[,] { { 0, 1 }, { 2, 3 } })).square().mean();
            });
        using var model = ivon.ToModel();
        using var draws = new PosteriorDraws(1, 3);
        model.Sample(tensor(new long[,] { { 0, 0 } }), draws).shape.Should().Equal(3, 1, 4);
        Values(model.DrawWeights(draws)["words.weight"].select(1, 0).abs().sum()).Single().Should().Be(0);
    }

    [Fact]
    public void A_network_without_an_effective_size_or_with_nothing_to_train_is_refused()
    {
        FluentActions.Invoking(() => new Ivon(nn.Linear(1, 1), new IvonOptions())).Should().Throw<ArgumentException>()
            .WithMessage("EffectiveSampleSize is null; expected the number of training examples, *");
        FluentActions.Invoking(() => new Ivon(new BayesianLinear(1, 1), new() { EffectiveSampleSize = 1 })).Should().Throw<ArgumentException>()
            .WithMessage("The network contains a BayesianLinear, which is Bayesian already; expected a plain network.*");
        FluentActions.Invoking(() => new Ivon(nn.Tanh(), new() { EffectiveSampleSize = 1 })).Should().Throw<ArgumentException>()
            .WithMessage("No parameter of the Tanh requires a gradient, so there is nothing to train; expected at least one.*");
        FluentActions.Invoking(() => new IvonOptions { Beta2 = 1 }).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("Beta2 is 1; expected a number in [0, 1).*");
        var moved = nn.Linear(1, 1);
        using var ivon = new Ivon(moved, new() { EffectiveSampleSize = 1 });
        moved.to(float64);
        FluentActions.Invoking(() => ivon.Step(() => SumOfSquares(moved))).Should().Throw<InvalidOperationException>()
            .WithMessage("*make a new Ivon after moving the model.");
    }

    private sealed class Shared : nn.Module<Tensor, Tensor>
    {
        private readonly Embedding words = nn.Embedding(5, 4, padding_idx: 0);
        private readonly Linear first = nn.Linear(4, 4);
        private readonly Linear second = nn.Linear(4, 4);

        public Shared() : base(nameof(Shared))
        {
            (second.weight, second.bias) = (first.weight, first.bias);
            RegisterComponents();
        }

        public Embedding Words => words;

        public Linear First => first;

        public Linear Second => second;

        public override Tensor forward(Tensor input) => second.call(first.call(words.call(input).mean([1])).tanh());
    }
}
