using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using Bayes.Layers.Training;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Oracles;

/// <summary>
/// Bayesian linear regression with known noise, whose posterior and evidence are known exactly (Bishop 2006, "Pattern Recognition and
/// Machine Learning", section 3.3). A layer, its prior, the likelihood and the loss together must find them.
/// </summary>
public sealed class LinearRegressionTests : TorchTest
{
    private const double PriorMean = 0.3;
    private const double PriorStddev = 0.8;
    private const double Noise = 0.6;
    private const int Rows = 32;

    /// <summary>
    /// Estimators whose draws make the expected log-likelihood of a linear model exact: with drawn weights, by the fast path, and with drawn
    /// outputs.
    /// </summary>
    public static TheoryData<string> Estimators => [nameof(Reparameterization), nameof(LocalReparameterization)];

    /// <summary>If columns are orthogonal to each other and to the bias, the exact posterior has independent weights.</summary>
    [Theory]
    [MemberData(nameof(Estimators))]
    public void With_orthogonal_inputs_the_elbo_is_the_evidence(string estimator)
    {
        var input = stack([Alternating(1).mul(0.3), Alternating(2), Alternating(4).mul(2)], 1);
        using var layer = Layer();
        var found = Train(layer, input, Normal(Rows, 1) + input.sum([1L], keepdim: true), estimator);
        ShouldBeClose(found.Mean, found.ExactMean, 1e-6);
        ShouldBeClose(found.Variance, found.Precision.inverse().diagonal(), 1e-6, "the posterior of each weight");
        found.Elbo.Should().BeApproximately(found.LogEvidence, 1e-6);

        // So the prediction is exact: the variance is that of the noise plus that of the posterior.
        var unseen = Normal(5, 3);
        var design = cat([unseen, ones(5, 1, dtype: float64)], 1);
        using var prediction = Predictive.OfSamples(layer.Sample(unseen, Exact(nameof(Reparameterization))), new GaussianLikelihood(Noise));
        ShouldBeClose(prediction.Mean.flatten(), design.mv(found.ExactMean), 1e-5);
        ShouldBeClose(prediction.EpistemicVariance, design.mm(found.Precision.inverse()).mul(design).sum([1L], keepdim: true), 1e-5);
        ShouldBeClose(prediction.AleatoricVariance, full([5, 1], Noise * Noise, float64), 1e-14);
        var exactStddev = prediction.TotalVariance.sqrt();
        TheDistributionShouldBe(layer, unseen, prediction.Mean, prediction.EpistemicVariance.sqrt(), exactStddev,
            Normal(5, 1).mul(exactStddev).add(prediction.Mean));

        static Tensor Alternating(long every) => arange(Rows, float64).div(every).floor().remainder(2).mul(2).sub(1);
    }

    /// <summary>Otherwise the best independent weights have the posterior's mean, and each has its variance given the others.</summary>
    [Theory]
    [MemberData(nameof(Estimators))]
    public void With_other_inputs_the_elbo_is_less_by_the_divergence_from_the_posterior(string estimator)
    {
        var input = Normal(Rows, 3) + Normal(Rows, 1).mul(0.7) + 0.5;
        using var layer = Layer();
        var found = Train(layer, input, Normal(Rows, 1) + input.sum([1L], keepdim: true), estimator);
        ShouldBeClose(found.Mean, found.ExactMean, 1e-6);
        ShouldBeClose(found.Variance, 1 / found.Precision.diagonal(), 1e-6);

        // KL(q || posterior) with equal means, and with tr(Variance · Precision) the number of weights for the best variances.
        double divergence = -0.5 * (found.Precision.logdet() + found.Variance.log().sum()).ToDouble();
        divergence.Should().BeGreaterThan(0.1);
        found.Elbo.Should().BeApproximately(found.LogEvidence - divergence, 1e-6);
    }

    /// <summary>With uncertain weights, the variance of the output is part of the residual.</summary>
    [Fact]
    public void The_best_noise_is_the_root_of_the_mean_squared_residual_and_the_mean_variance_of_the_output()
    {
        using var layer = Layer();
        using var loss = ElboLoss.Gaussian(Rows, dtype: float64);
        Tensor input = Normal(Rows, 3), target = Normal(Rows, 1);
        using var optimizer = SignsOf(loss.parameters());
        for (int i = 0; i < 150; i++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            loss.forward(layer.Sample(input, Exact(nameof(Reparameterization))), target, layer.KlDivergence()).backward();
            optimizer.step();
        }
        var residual = target - input.mm(layer.weight_mu.T) - layer.bias_mu!;
        var variance = input.square().mm(layer.WeightPosterior.Variance().T) + layer.BiasPosterior!.Variance();
        ((GaussianLikelihood)loss.Likelihood).Stddev.Should().BeApproximately(Math.Sqrt((residual.square() + variance).mean().ToDouble()), 1e-9);
    }

    /// <summary>With many draws, every number of the prediction is that of N(mean, stddev²), within five of its standard errors.</summary>
    private static void TheDistributionShouldBe(BayesianLinear layer, Tensor input, Tensor mean, Tensor epistemicStddev, Tensor stddev, Tensor target)
    {
        const int draws = 20_000;
        double root = Math.Sqrt(draws);
        using var prediction = new MonteCarloPredictive(layer, new GaussianLikelihood(Noise), draws, seed: 4)
            .Predict(input, target, keepSamples: true);
        ShouldBeWithin(prediction.Mean, mean, epistemicStddev.div(root));
        ShouldBeWithin(prediction.EpistemicStddev, epistemicStddev, epistemicStddev.div(root * Math.Sqrt(2)));
        ShouldBeClose(prediction.StandardErrorOfMean, prediction.EpistemicStddev.div(root), 1e-12);

        // log p(y) is the logarithm of a mean of densities.
        var densities = new GaussianLikelihood(Noise).LogProbability(prediction.Samples, target).exp();
        var score = target.sub(mean).div(stddev);
        var exact = score.square().mul(-0.5).sub(stddev.log()).sub(0.5 * Math.Log(2 * Math.PI)).flatten();
        ShouldBeWithin(prediction.LogPredictiveDensity, exact, densities.std(0).div(densities.mean([0L])).div(root));

        // The error of a share among draws is binomial; that of a mean of probabilities is smaller.
        foreach (double mass in new[] { 0.5, 0.8, 0.95 })
        {
            var error = full_like(mean, Math.Sqrt((1 - mass) / 2 * (1 + mass) / 2) / root);
            var (lower, upper) = prediction.PredictionInterval(mass);
            ShouldBeWithin(special.ndtr(lower.sub(mean).div(stddev)), full_like(mean, (1 - mass) / 2), error);
            ShouldBeWithin(special.ndtr(upper.sub(mean).div(stddev)), full_like(mean, (1 + mass) / 2), error);
            var (lowest, highest) = prediction.CredibleInterval(mass);
            ShouldBeWithin(special.ndtr(lowest.sub(mean).div(epistemicStddev)), full_like(mean, (1 - mass) / 2), error);
            ShouldBeWithin(special.ndtr(highest.sub(mean).div(epistemicStddev)), full_like(mean, (1 + mass) / 2), error);
        }
    }

    private static void ShouldBeWithin(Tensor found, Tensor exact, Tensor standardError) =>
        Values(found.sub(exact).div(standardError)).Should().OnlyContain(errors => Math.Abs(errors) < 5);

    private static BayesianLinear Layer() =>
        new(3, 1, prior: new NormalPrior(PriorMean, PriorStddev), initializer: new NormalInitializer(0.1, -2, 0), dtype: float64);

    private static Estimator Exact(string estimator)
    {
        if (estimator == nameof(LocalReparameterization))
            return new LocalReparameterization(2, new PlusMinusOne());
        var noise = new CubatureNoise(dimensions: 4);
        return new Reparameterization(noise.Samples, noise);
    }

    // Steps by the signs of gradients, which shrink while the signs change, reach the last digits in few steps.
    private static optim.Optimizer SignsOf(IEnumerable<Parameter> parameters) => optim.Rprop(parameters, lr: 0.05, min_step: 1e-12, max_step: 0.5);

    private static Found Train(BayesianLinear layer, Tensor input, Tensor target, string estimator)
    {
        var loss = new ElboLoss(new GaussianLikelihood(Noise), Rows);
        using var step = new VariationalStep(layer, loss, SignsOf, Exact(estimator));
        step.IsFast.Should().BeTrue();
        double total = 0;
        for (int i = 0; i < 400; i++)
        {
            using var terms = step.Run(input, target);
            total = terms.Total.ToDouble();
        }

        var design = cat([input, ones(Rows, 1, dtype: float64)], 1);
        var identity = eye(4, dtype: float64);
        var precision = identity / (PriorStddev * PriorStddev) + design.T.mm(design) / (Noise * Noise);
        var mean = precision.inverse().mm(design.T.mm(target) / (Noise * Noise) + PriorMean / (PriorStddev * PriorStddev)).flatten();
        var covariance = eye(Rows, dtype: float64) * (Noise * Noise) + design.mm(design.T) * (PriorStddev * PriorStddev);
        var residual = target - design.sum([1L], keepdim: true) * PriorMean;
        double logEvidence = -0.5 * (covariance.logdet() + residual.T.mm(covariance.inverse()).mm(residual).sum() + Rows * Math.Log(2 * Math.PI))
            .ToDouble();
        return new Found(
            cat([layer.weight_mu.flatten(), layer.bias_mu!], 0).detach(),
            cat([layer.weight_log_var.flatten(), layer.bias_log_var!], 0).exp().detach(),
            -Rows * total, mean, precision, logEvidence);
    }

    /// <param name="Mean">The means of the trained weights, the bias last.</param>
    /// <param name="Variance">The variances of the trained weights.</param>
    /// <param name="Elbo">The ELBO of all rows, in nats.</param>
    /// <param name="ExactMean">The exact posterior's mean.</param>
    /// <param name="Precision">The exact posterior's precision matrix.</param>
    /// <param name="LogEvidence">log p(targets).</param>
    private sealed record Found(Tensor Mean, Tensor Variance, double Elbo, Tensor ExactMean, Tensor Precision, double LogEvidence);
}
