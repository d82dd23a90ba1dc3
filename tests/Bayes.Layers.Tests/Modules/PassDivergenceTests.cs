using Bayes.Layers.Estimators;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using Bayes.Layers.Training;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Modules;

/// <summary>The KL divergence that a pass returns with its output.</summary>
public sealed class PassDivergenceTests : TorchTest
{
    private static readonly Prior Mixture = new ScaleMixturePrior();

    private readonly BayesianLinear _first = new(3, 4, prior: Mixture, dtype: float64);
    private readonly BayesianLinear _last = new(4, 2, prior: new StudentTPrior(), biasPrior: new NormalPrior(0.1, 2), dtype: float64);
    private readonly Tensor _input = Normal(5, 3);

    private BayesianSequential Model() => new(_first, Tanh(), _last);

    private static Tensor ByHand(WeightPosterior posterior, Prior prior, Tensor weights)
    {
        double entropy = 0.5 * (posterior.Variance().log() + Math.Log(2 * Math.PI * Math.E)).sum().ToDouble();
        return prior.LogProbability(weights).sum().div(-weights.shape[0]) - entropy;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void The_divergence_is_estimated_from_the_draws_of_the_pass(int samples)
    {
        Tensor[] noise = [Normal(samples, 4, 3), Normal(samples, 4), Normal(samples, 2, 4), Normal(samples, 2)];
        var (output, divergence) = Model().SampleWithKl(_input, new Reparameterization(samples, new GivenNoise(noise)));
        output.shape.Should().Equal(samples, 5, 2);

        WeightPosterior[] posteriors = [_first.WeightPosterior, _first.BiasPosterior!, _last.WeightPosterior];
        Tensor[] weights = [.. posteriors.Zip(noise, (posterior, eps) => posterior.Mean + posterior.Stddev() * eps)];
        var expected = ByHand(posteriors[0], Mixture, weights[0]) + ByHand(posteriors[1], Mixture, weights[1])
            + ByHand(posteriors[2], new StudentTPrior(), weights[2]) + _last.BiasPrior!.KlDivergence(_last.BiasPosterior!);
        ShouldBeClose(divergence, expected, 1e-12);
        ShouldDiffer(divergence, Model().KlDivergence());
        ShouldBeClose(output, ByWeights(), 1e-12, "the same draws made the output");

        Tensor ByWeights()
        {
            var hidden = (_input.unsqueeze(0).matmul(weights[0].transpose(1, 2)) + weights[1].unsqueeze(1)).tanh();
            var bias = _last.bias_mu! + _last.BiasPosterior!.Stddev() * noise[3];
            return hidden.matmul(weights[2].transpose(1, 2)) + bias.unsqueeze(1);
        }
    }

    [Fact]
    public void Flipouts_draws_are_used_as_well()
    {
        Tensor epsilon = Normal(2, 4, 3), bias = Normal(2, 4);
        var (_, divergence) = _first.SampleWithKl(_input, new Flipout(2, new GivenNoise(epsilon, bias, Normal(2, 5, 3), Normal(2, 5, 4))));
        WeightPosterior weight = _first.WeightPosterior, biasPosterior = _first.BiasPosterior!;
        ShouldBeClose(
            divergence,
            ByHand(weight, Mixture, weight.Mean + weight.Stddev() * epsilon)
            + ByHand(biasPosterior, Mixture, biasPosterior.Mean + biasPosterior.Stddev() * bias), 1e-12);
    }

    [Fact]
    public void The_gradient_of_the_divergence_reaches_the_parameters()
    {
        var (_, divergence) = _first.SampleWithKl(_input, new Reparameterization(4));
        divergence.backward();
        foreach (var (name, parameter) in _first.named_parameters())
            parameter.grad!.abs().min().ToDouble().Should().BeGreaterThan(0, name);
    }

    [Fact]
    public void An_estimator_without_weight_draws_gives_the_integral()
    {
        var expected = Model().KlDivergence();
        ShouldBeClose(Model().SampleWithKl(_input, new LocalReparameterization(3)).KlDivergence, expected, 0);
        ShouldBeClose(Model().SampleWithKl(_input, PosteriorMean.Instance).KlDivergence, expected, 0);
    }

    [Fact]
    public void The_mean_of_the_estimates_is_the_integral()
    {
        using var _ = no_grad();
        double[] estimates =
            [.. Enumerable.Range(0, 400).Select(_ => Model().SampleWithKl(_input, new Reparameterization(2)).KlDivergence.ToDouble())];
        double mean = estimates.Average(), error = Math.Sqrt(estimates.Average(each => (each - mean) * (each - mean)) / estimates.Length);
        mean.Should().BeApproximately(Model().KlDivergence().ToDouble(), 5 * error);
    }

    [Fact]
    public void A_layer_used_twice_is_counted_once()
    {
        var shared = new BayesianLinear(3, 3, hasBias: false, prior: Mixture, dtype: float64);
        using var model = new BayesianSequential(shared, Tanh(), shared);
        Tensor first = Normal(2, 3, 3), second = Normal(2, 3, 3);
        var (_, divergence) = model.SampleWithKl(_input, new Reparameterization(2, new GivenNoise(first, second)));
        var posterior = shared.WeightPosterior;
        ShouldBeClose(divergence, ByHand(posterior, Mixture, posterior.Mean + posterior.Stddev() * first), 1e-12);
    }

    [Fact]
    public void Weights_fixed_for_several_uses_count_once()
    {
        using var model = new Twice();
        var epsilon = Normal(2, 3, 3);
        var (_, divergence) = model.SampleWithKl(_input, new Reparameterization(2, new GivenNoise(epsilon)));
        var posterior = model.Layer.WeightPosterior;
        ShouldBeClose(divergence, ByHand(posterior, Mixture, posterior.Mean + posterior.Stddev() * epsilon), 1e-12);
        // Local reparameterization draws the weights that are used more than once.
        var (_, local) = model.SampleWithKl(_input, new LocalReparameterization(2, new GivenNoise(epsilon)));
        ShouldBeClose(local, divergence, 0);
    }

    [Fact]
    public void Priors_with_a_closed_form_are_exact_in_every_pass()
    {
        using var model = new BayesianSequential(
            new BayesianLinear(3, 4, prior: new LaplacePrior(), dtype: float64), Tanh(),
            new BayesianLinear(4, 2, prior: new LearnedScalePrior(), dtype: float64));
        ShouldBeClose(model.SampleWithKl(_input, new Reparameterization(3)).KlDivergence, model.KlDivergence(), 0);
    }

    [Fact]
    public void A_pass_leaves_only_its_two_results()
    {
        using var model = Model();
        model.SampleWithKl(_input, new Reparameterization(3));
        long before = LiveTensors();
        var (output, divergence) = model.SampleWithKl(_input, new Reparameterization(3));
        LiveTensors().Should().Be(before + 2);
        output.Dispose();
        divergence.backward();
        divergence.Dispose();
        LiveTensors().Should().Be(before);
    }

    [Fact]
    public void An_exception_during_a_pass_leaves_no_tensor_behind()
    {
        using var model = new BayesianSequential(_first, new Failing(), _last);
        var exact = model.KlDivergence();
        long before = LiveTensors();
        model.Invoking(m => m.SampleWithKl(_input, new Reparameterization(2))).Should().Throw<InvalidTimeZoneException>();
        LiveTensors().Should().Be(before);
        ShouldBeClose(model.KlDivergence(), exact, 0, "the draws of the failed pass are discarded");
    }

    [Fact]
    public void A_nested_pass_keeps_its_draws_separate()
    {
        Tensor outer = Normal(1, 3, 3), inner = Normal(1, 3, 3);
        using var model = new PassWithin(new Reparameterization(1, new GivenNoise(inner)));
        var (_, divergence) = model.SampleWithKl(_input, new Reparameterization(1, new GivenNoise(outer)));
        var posterior = model.Layer.WeightPosterior;
        ShouldBeClose(divergence, ByHand(posterior, Mixture, posterior.Mean + posterior.Stddev() * outer), 1e-12);
        ShouldBeClose(model.Inner!, ByHand(posterior, Mixture, posterior.Mean + posterior.Stddev() * inner), 1e-12);
    }

    [Fact]
    public void It_trains_with_VariationalStep()
    {
        using var model = Model();
        var loss = ElboLoss.Bernoulli(datasetSize: 20);
        using var step = new VariationalStep(model, loss, parameters => optim.Adam(parameters, lr: 0.02), new Reparameterization(4));
        step.IsFast.Should().BeFalse("the priors have no gradient in closed form");
        var target = ones([5, 2], float64);
        double[] losses = new double[60];
        for (int i = 0; i < losses.Length; i++)
        {
            using var terms = step.Run(_input, target);
            losses[i] = terms.Total.ToDouble();
        }
        losses[^10..].Average().Should().BeLessThan(losses[..10].Average());
    }

    private sealed class Failing() : Module<Tensor, Tensor>(nameof(Failing))
    {
        public override Tensor forward(Tensor input) => throw new InvalidTimeZoneException();
    }

    private sealed class Twice : BayesianModule
    {
        public Twice() : base(nameof(Twice)) => RegisterComponents();

        public readonly BayesianLinear Layer = new(3, 3, hasBias: false, prior: Mixture, dtype: float64);

        public override Tensor Propagate(Tensor input, Pass pass)
        {
            using var scope = NewDisposeScope();
            var apply = Layer.Fix(pass);
            return apply(apply(input).tanh()).MoveToOuterDisposeScope();
        }
    }

    private sealed class PassWithin : BayesianModule
    {
        private readonly Estimator _inner;

        public PassWithin(Estimator inner) : base(nameof(PassWithin))
        {
            _inner = inner;
            RegisterComponents();
        }

        public readonly BayesianLinear Layer = new(3, 3, hasBias: false, prior: Mixture, dtype: float64);

        public Tensor? Inner { get; private set; }

        public override Tensor Propagate(Tensor input, Pass pass)
        {
            var output = Layer.Propagate(input, pass);
            Inner = Layer.SampleWithKl(input.squeeze(0), _inner).KlDivergence.DetachFromDisposeScope();
            return output;
        }
    }
}
