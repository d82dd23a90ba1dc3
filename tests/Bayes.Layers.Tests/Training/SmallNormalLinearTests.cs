using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using Bayes.Layers.Priors;
using Bayes.Layers.Training;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Training;

/// <summary>Steps of local reparameterization in managed code, compared with Sample, ElboLoss, backward and Adam.</summary>
public sealed class SmallNormalLinearTests : TorchTest
{
    private const int Steps = 40;
    private const int Rows = 11;

    private static readonly string[] Likelihoods =
        ["logits", "categorical", "Gaussian", "learned Gaussian", "Student's t", "heteroscedastic", "mixture"];

    private static optim.Optimizer Adam(IEnumerable<Parameter> parameters) => optim.Adam(parameters, lr: 0.01);

    // Layers with and without a bias, wider than any vector and narrower, a residual connection and three priors.
    private static BayesianSequential Model(ScalarType dtype, long outputs)
    {
        random.manual_seed(17);
        return new BayesianSequential(
            new BayesianLinear(3, 37, prior: new HorseshoePrior(0.5, axis: 1), dtype: dtype), ReLU(),
            new BayesianResidual(new BayesianSequential(new BayesianLinear(37, 37, hasBias: false, dtype: dtype), Tanh())),
            new BayesianLinear(37, outputs, prior: new LearnedScalePrior(0.3), dtype: dtype));
    }

    private static (Tensor Input, Tensor Target) Batch(ScalarType dtype, string likelihood)
    {
        random.manual_seed(23);
        var input = randn(Rows, 3, dtype);
        return (input, likelihood switch
        {
            "categorical" => randint(0, 4, [Rows]),
            "logits" => input.narrow(1, 0, 1).gt(0).to(dtype).contiguous(),
            _ => input.narrow(1, 0, 2).mul(2).contiguous(),
        });
    }

    private static (ElboLoss Loss, long Outputs) Loss(string likelihood, ScalarType dtype) => likelihood switch
    {
        "logits" => (ElboLoss.Bernoulli(50, beta: 0.7), 1),
        "categorical" => (ElboLoss.Categorical(50), 4),
        "Gaussian" => (new(new GaussianLikelihood([0.3, 2]), 50), 2),
        "learned Gaussian" => (new(GaussianLikelihood.Learned(0.8, outputs: 2, dtype: dtype), 50), 2),
        "Student's t" => (new(StudentTLikelihood.Learned(4, 0.8, dtype: dtype), 50), 2),
        "heteroscedastic" => (new(new HeteroscedasticGaussianLikelihood(), 50), 4),
        "mixture" => (new(new GaussianMixtureLikelihood(2, minimumStddev: 0.1), 50), 12),
        _ => throw new ArgumentOutOfRangeException(nameof(likelihood), likelihood, null),
    };

    public static TheoryData<string, int, bool> Cases
    {
        get
        {
            var cases = new TheoryData<string, int, bool>();
            foreach (string likelihood in Likelihoods)
            {
                cases.Add(likelihood, 1, false);
                cases.Add(likelihood, 4, true);
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Managed_steps_match_the_plain_path(string likelihood, int samples, bool antithetic)
    {
        foreach (var (dtype, tolerance) in new[] { (float64, 1e-9), (float32, 2e-4) })
        {
            var (loss, outputs) = Loss(likelihood, dtype);
            var (same, _) = Loss(likelihood, dtype);
            using BayesianSequential plain = Model(dtype, outputs), managed = Model(dtype, outputs);
            using TorchNoise noise = new(31), sameNoise = new(31);
            var (input, target) = Batch(dtype, likelihood);
            var estimator = new LocalReparameterization(samples, noise, antithetic);
            using (var optimizer = Adam(plain.parameters().Concat(loss.parameters())))
                for (int i = 0; i < Steps; i++)
                {
                    using var scope = NewDisposeScope();
                    optimizer.zero_grad();
                    loss.forward(plain.Sample(input, estimator), target, plain.KlDivergence()).backward();
                    optimizer.step();
                }
            using var step = new VariationalStep(managed, same, Adam, new LocalReparameterization(samples, sameNoise, antithetic));
            for (int i = 0; i < Steps; i++)
                step.Run(input, target).Dispose();
            step.IsManaged.Should().BeTrue();
            foreach (var (key, value) in plain.state_dict())
                ShouldBeClose(managed.state_dict()[key], value, tolerance, $"{likelihood}, {key}");
            foreach (var (key, value) in loss.state_dict())
                ShouldBeClose(same.state_dict()[key], value, tolerance, $"{likelihood}, {key}");
            loss.Dispose();
            same.Dispose();
        }
    }

    [Theory]
    [InlineData("Student's t")]
    [InlineData("mixture")]
    [InlineData("categorical")]
    public void Rows_with_weights_match_autograd(string likelihood)
    {
        var (loss, outputs) = Loss(likelihood, float64);
        var (_, target) = Batch(float64, likelihood);
        var (input, _) = Batch(float64, likelihood);
        var joined = WeightedLikelihood.Join(target, linspace(0, 2, Rows, float64));
        var weighted = new ElboLoss(loss, new WeightedLikelihood(loss.Likelihood, target));
        using BayesianSequential model = Model(float64, outputs), other = Model(float64, outputs);
        using TorchNoise noise = new(5), same = new(5);
        using var expected = weighted.Evaluate(other.Sample(input, new LocalReparameterization(2, noise)), joined, other.KlDivergence());
        expected.Total.backward();
        var learned = loss.parameters().Select(parameter => parameter.grad!.clone()).ToArray();
        loss.zero_grad();
        using var step = new VariationalStep(model, weighted, Adam, new LocalReparameterization(2, same));
        using var terms = step.ComputeGradients(input, joined);
        step.IsManaged.Should().BeTrue();
        ShouldBeClose(terms.NegativeLogLikelihood, expected.NegativeLogLikelihood.detach(), 1e-12);
        foreach (var ((name, parameter), wanted) in model.named_parameters().Zip(other.parameters()))
            ShouldBeClose(parameter.grad!, wanted.grad!, 1e-11, name);
        foreach (var (parameter, wanted) in loss.parameters().Zip(learned))
            ShouldBeClose(parameter.grad!, wanted, 1e-11);
    }

    [Fact]
    public void A_row_of_zeros_has_finite_gradients()
    {
        using var model = new BayesianSequential(
            new BayesianLinear(2, 3, hasBias: false), Tanh(), new BayesianLinear(3, 1, hasBias: false));
        using var loss = new ElboLoss(new GaussianLikelihood(1), 4);
        using var step = new VariationalStep(model, loss, Adam, new LocalReparameterization());
        step.ComputeGradients(zeros(4, 2), zeros(4, 1)).Dispose();
        step.IsManaged.Should().BeTrue();
        foreach (var parameter in model.parameters())
            ShouldBeFinite(parameter.grad!);
    }

    [Fact]
    public void Weights_that_are_used_twice_are_not_computed_in_managed_code()
    {
        var shared = new BayesianLinear(3, 3);
        using var model = new BayesianSequential(shared, Tanh(), shared);
        using var loss = new ElboLoss(new GaussianLikelihood(1), 4);
        using var step = new VariationalStep(model, loss, Adam, new LocalReparameterization());
        step.ComputeGradients(randn(4, 3), randn(4, 3)).Dispose();
        step.IsManaged.Should().BeFalse();
    }

    [Fact]
    public void Steps_leave_no_tensor()
    {
        using var model = Model(float32, 12);
        using var loss = new ElboLoss(new GaussianMixtureLikelihood(2), 50);
        var (input, target) = Batch(float32, "mixture");
        using var step = new VariationalStep(model, loss, Adam, new LocalReparameterization());
        step.Run(input, target).Dispose();
        long before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        for (int i = 0; i < 5; i++)
            step.Run(input, target).Dispose();
        DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount.Should().Be(before);
    }
}
