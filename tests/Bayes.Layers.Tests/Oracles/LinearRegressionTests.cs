using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Oracles;

/// <summary>
/// Bayesian linear regression with known noise, whose posterior and evidence are known exactly (Bishop 2006, "Pattern Recognition and
/// Machine Learning", section 3.3): what a layer, its prior, the likelihood and the loss find together must be that.
/// </summary>
public sealed class LinearRegressionTests : TorchTest
{
    private const double PriorMean = 0.3;
    private const double PriorStddev = 0.8;
    private const double Noise = 0.6;
    private const int Rows = 32;

    /// <summary>With columns that are orthogonal, also to the bias, the posterior itself has independent weights.</summary>
    [Fact]
    public void With_orthogonal_inputs_the_elbo_is_the_evidence()
    {
        var input = stack([Alternating(1).mul(0.3), Alternating(2), Alternating(4).mul(2)], 1);
        var found = Train(input, Normal(Rows, 1) + input.sum([1L], keepdim: true));
        ShouldBeClose(found.Mean, found.ExactMean, 1e-6);
        ShouldBeClose(found.Variance, found.Precision.inverse().diagonal(), 1e-6, "the posterior of each weight");
        found.Elbo.Should().BeApproximately(found.LogEvidence, 1e-6);

        static Tensor Alternating(long every) => arange(Rows, float64).div(every).floor().remainder(2).mul(2).sub(1);
    }

    /// <summary>Else the best independent weights have the mean of the posterior, and each the variance that it has given the others.</summary>
    [Fact]
    public void With_other_inputs_the_elbo_is_less_by_the_divergence_from_the_posterior()
    {
        var input = Normal(Rows, 3) + Normal(Rows, 1).mul(0.7) + 0.5;
        var found = Train(input, Normal(Rows, 1) + input.sum([1L], keepdim: true));
        ShouldBeClose(found.Mean, found.ExactMean, 1e-6);
        ShouldBeClose(found.Variance, 1 / found.Precision.diagonal(), 1e-6);

        // KL(q || posterior) with equal means, and with tr(Variance · Precision) the number of weights for the best variances.
        double divergence = -0.5 * (found.Precision.logdet() + found.Variance.log().sum()).ToDouble();
        divergence.Should().BeGreaterThan(0.1);
        found.Elbo.Should().BeApproximately(found.LogEvidence - divergence, 1e-6);
    }

    private static Found Train(Tensor input, Tensor target)
    {
        using var layer = new BayesianLinear(3, 1, prior: new NormalPrior(PriorMean, PriorStddev), initializer: new NormalInitializer(0.1, -2, 0), dtype: float64);
        var loss = new ElboLoss(new GaussianLikelihood(Noise), Rows);
        // Steps by the signs of gradients, which shrink as long as these change: to the last digits in few steps.
        using var step = new VariationalStep(layer, loss, p => optim.Rprop(p, lr: 0.05, min_step: 1e-12, max_step: 0.5), new LocalReparameterization(2, new PlusMinusOne()));
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
        double logEvidence = -0.5 * (covariance.logdet() + residual.T.mm(covariance.inverse()).mm(residual).sum() + Rows * Math.Log(2 * Math.PI)).ToDouble();
        return new Found(
            cat([layer.weight_mu.flatten(), layer.bias_mu!], 0).detach(), cat([layer.weight_log_var.flatten(), layer.bias_log_var!], 0).exp().detach(),
            -Rows * total, mean, precision, logEvidence);
    }

    /// <param name="Mean">Of the trained weights, the bias last.</param>
    /// <param name="Variance">Of the trained weights.</param>
    /// <param name="Elbo">In nats, of all rows.</param>
    /// <param name="ExactMean">Of the posterior.</param>
    /// <param name="Precision">The posterior's precision matrix.</param>
    /// <param name="LogEvidence">log p(targets).</param>
    private sealed record Found(Tensor Mean, Tensor Variance, double Elbo, Tensor ExactMean, Tensor Precision, double LogEvidence);

    /// <summary>Two draws that have the mean and the variance of normal noise: with them the mean of a square is exact.</summary>
    private sealed class PlusMinusOne : NoiseSource
    {
        public override Tensor StandardNormal(ReadOnlySpan<long> shape, ScalarType dtype, Device device)
        {
            shape[0].Should().Be(2);
            var sign = tensor(new[] { 1.0, -1 }, dtype, device).reshape([2, .. Enumerable.Repeat(1L, shape.Length - 1)]);
            return sign.expand(shape.ToArray()).clone();
        }
    }
}
