using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Priors;

public sealed class LearnedScalePriorTests : HierarchicalPriorLaws
{
    private const double Guess = 0.5;
    private const double DegreesOfFreedom = 3;
    private const double Start = 0.8;

    protected override Prior Prior => new LearnedScalePrior(Guess, DegreesOfFreedom, Start);

    protected override double[] Scales(Prior prior) => [prior.Stddev];

    protected override (double, double) Range => (Guess * 1e-4, Guess * 1e4);

    private static double Spread(long count) => 1 / (2 * (count + DegreesOfFreedom));

    /// <summary>Returns KL(q(tau²) ‖ p(tau²)) by summation over tau², plus E[log tau] − log E[1/tau²]^(−½) for each weight.</summary>
    protected override double OnceForTensor(params long[] shape)
    {
        long count = shape.Aggregate(1L, (all, size) => all * size);
        double mean = 2 * (Math.Log(Start) + Spread(count)), variance = 4 * Spread(count);
        // Over u = log tau².
        var logs = linspace(mean - 12 * Math.Sqrt(variance), mean + 12 * Math.Sqrt(variance), 4_001, float64);
        var own = LogNormalDensity(logs, tensor(mean), tensor(variance));
        var prior = Hyperprior(logs).add(logs);
        double step = 24 * Math.Sqrt(variance) / 4_000;
        return own.exp().mul(own.sub(prior)).sum().mul(step).ToDouble() + count * Spread(count);
    }

    private static Tensor Hyperprior(Tensor logSquare) =>
        LogInverseGamma(logSquare, tensor(DegreesOfFreedom / 2), tensor(DegreesOfFreedom / 2 * Guess * Guess));

    /// <summary>Returns log p(w | tau) + log p(tau²) − log q(tau²) at draws of tau.</summary>
    protected override Tensor LogPrior(Prior prior, Tensor weights)
    {
        var (log, own) = DrawScale(weights.shape[0], tensor(Math.Log(Start)), Spread(weights[0].numel()));
        var given = LogNormalDensity(weights, tensor(0.0), log.mul(2).exp().unsqueeze(1)).sum(1L);
        return given.add(Hyperprior(log.mul(2))).sub(own);
    }

    [Fact]
    public void The_scale_follows_the_weights_to_the_exact_posteriors_optimum()
    {
        using var layer = new BayesianLinear(30, 20, hasBias: false, prior: new LearnedScalePrior(scale: 1, degreesOfFreedom: 2),
            initializer: new NormalInitializer(), dtype: float64);
        var posterior = layer.WeightPosterior;
        using var optimizer = optim.Adam(layer.WeightPrior.Parameters!.parameters(), lr: 0.02);
        for (int i = 0; i < 600; i++)
        {
            optimizer.zero_grad();
            layer.KlDivergence().backward();
            optimizer.step();
        }
        // Given the weights, tau² is inverse gamma (conjugate): E[1/tau²] = (n/2 + ν/2) / (Σ/2 + ν scale²/2).
        double squares = (posterior.Mean.square() + posterior.Variance()).sum().ToDouble();
        layer.WeightPrior.Stddev.Should().BeApproximately(Math.Sqrt((squares + 2) / (600 + 2)), 1e-6);
        layer.WeightPrior.Stddev.Should().BeInRange(0.3, 0.5, "the weights' sigma is e^−1 and the prior's guess 1");
    }

    [Fact]
    public void The_spread_of_the_scale_is_optimal()
    {
        // KL = (n + ν) E[log tau] + ½ (Σ + ν scale²) E[1/tau²] − ½ log(spread) + …: at its optimum in both, as the class documents.
        const double count = 40, squares = 90;
        double best = double.PositiveInfinity, bestSpread = 0;
        for (double spread = 0.002; spread < 0.05; spread += 1e-5)
        {
            double logScale = 0.5 * Math.Log((squares + DegreesOfFreedom * Guess * Guess) / (count + DegreesOfFreedom));
            double value = (count + DegreesOfFreedom) * (logScale + spread) - 0.5 * Math.Log(spread);
            if (value < best)
                (best, bestSpread) = (value, spread);
        }
        bestSpread.Should().BeApproximately(1 / (2 * (count + DegreesOfFreedom)), 2e-5);
    }

    [Fact]
    public void The_divergence_almost_matches_the_exact_posterior_of_the_scale()
    {
        // The optimum differs from log p(w) with tau integrated out under E[w²] by Stirling's error of the gamma function.
        var posterior = Posterior(10, 5);
        double count = 50, squares = (posterior.Mean.square() + posterior.Variance()).sum().ToDouble();
        double shape = DegreesOfFreedom / 2, rate = shape * Guess * Guess;
        double LogGamma(double x) => lgamma(tensor(x, float64)).ToDouble();
        double exact = -0.5 * posterior.LogVariance.sum().ToDouble() - count / 2
            - (shape * Math.Log(rate) - LogGamma(shape) + LogGamma(shape + count / 2) - (shape + count / 2) * Math.Log(rate + squares / 2));
        var prior = For(10, 5);
        using (no_grad())
            prior.Parameters!.parameters().Single().fill_(0.5 * Math.Log((squares + DegreesOfFreedom * Guess * Guess) / (count + DegreesOfFreedom)));
        double found = prior.KlDivergence(posterior).ToDouble();
        found.Should().BeGreaterThanOrEqualTo(exact, "a log-normal is not the exact posterior").And.BeApproximately(exact, 0.01);
    }

    [Fact]
    public void The_scale_is_a_standard_deviation_and_not_a_variance()
    {
        Prior.Stddev.Should().BeApproximately(Start, 1e-15);
        Prior.LogProbability(zeros(1, float64)).ToDouble().Should().BeApproximately(-Math.Log(Start * Math.Sqrt(2 * Math.PI)), 1e-14);
    }

    [Fact]
    public void A_layers_weight_and_bias_learn_a_scale_each()
    {
        using var layer = new BayesianLinear(4, 3, prior: new LearnedScalePrior(), dtype: float64);
        layer.state_dict().Keys.Should().Contain(["weight_prior.log_scale", "bias_prior.log_scale"]);
        layer.WeightPrior.Should().NotBeSameAs(layer.BiasPrior);
        layer.ToString().Should().Contain("(weight_prior): PriorState(log_scale=[])");
    }

    [Theory]
    [InlineData(0, 1, null, "scale is 0; expected a finite number above 0*")]
    [InlineData(1, 0, null, "degreesOfFreedom is 0; expected a finite number above 0*")]
    [InlineData(1, 1, 0.0, "initialScale is 0; expected a number above 0.0001 and below 10000, the range of the scale*")]
    [InlineData(1, 1, 1e5, "initialScale is 100000; expected a number above 0.0001 and below 10000*")]
    [InlineData(1, 1, double.NaN, "initialScale is NaN; expected a number above*")]
    public void Values_outside_their_range_are_refused(double scale, double degreesOfFreedom, double? initialScale, string message)
    {
        var act = () => new LearnedScalePrior(scale, degreesOfFreedom, initialScale);
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage(message);
    }
}
