using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Oracles;

/// <summary>
/// Bayesian linear regression with inputs that are not orthogonal, whose exact posterior has weights that depend on each other (Bishop 2006,
/// "Pattern Recognition and Machine Learning", section 3.3): mean field is too narrow, and enough directions are exact. All weights are in one
/// tensor, the last that of an input of ones, since a bias has a posterior of its own.
/// </summary>
public sealed class CorrelatedRegressionTests : TorchTest
{
    private const double PriorMean = 0.3;
    private const double PriorStddev = 0.8;
    private const double Noise = 0.6;
    private const int Rows = 32;
    private const int Weights = 4;

    private readonly Tensor _design = cat([Normal(Rows, 3) + Normal(Rows, 1).mul(1.5) + 0.5, ones(Rows, 1, dtype: float64)], 1);
    private readonly Tensor _target;

    public CorrelatedRegressionTests() => _target = Normal(Rows, 1).mul(Noise) + _design.sum([1L], keepdim: true);

    private Tensor Precision =>
        eye(Weights, dtype: float64) / (PriorStddev * PriorStddev) + _design.T.mm(_design) / (Noise * Noise);

    private Tensor Mean => Precision.inverse().mm(_design.T.mm(_target) / (Noise * Noise) + PriorMean / (PriorStddev * PriorStddev)).flatten();

    private double LogEvidence()
    {
        var covariance = eye(Rows, dtype: float64) * (Noise * Noise) + _design.mm(_design.T) * (PriorStddev * PriorStddev);
        var residual = _target - _design.sum([1L], keepdim: true) * PriorMean;
        return -0.5 * (covariance.logdet() + residual.T.mm(covariance.inverse()).mm(residual).sum() + Rows * Math.Log(2 * Math.PI)).ToDouble();
    }

    /// <summary>For n weights, n − 1 directions are enough: the smallest eigenvalue of the covariance is the independent noise.</summary>
    [Fact]
    public void With_enough_directions_the_covariance_and_the_elbo_are_exact()
    {
        using var layer = Layer(new LowRankFamily(Weights - 1));
        double elbo = Train(layer, noise: new CubatureNoise(Weights + Weights - 1), steps: 3_000);
        elbo.Should().BeApproximately(LogEvidence(), 1e-5);
        ShouldBeClose(layer.weight_mu.flatten(), Mean, 1e-4);
        var covariance = Covariance((LowRankNormal)layer.WeightPosterior);
        Values((covariance - Precision.inverse()).abs().max() / Precision.inverse().abs().max()).Single().Should().BeLessThan(1e-3);

        // So is the prediction's variance for inputs unlike all training rows.
        using var noGrad = no_grad();
        const int draws = 20_000;
        var unseen = Normal(5, Weights);
        var exact = unseen.mm(Precision.inverse()).mul(unseen).sum([1L]);
        using var prediction = new MonteCarloPredictive(layer, new GaussianLikelihood(Noise), draws, seed: 4).Predict(unseen);
        Values(prediction.EpistemicVariance.flatten().div(exact).sub(1).abs()).Max().Should().BeLessThan(5 * Math.Sqrt(2.0 / draws) + 2e-3);
    }

    /// <summary>The best independent weights have the inverse of the diagonal of the precision, and not the diagonal of its inverse.</summary>
    [Fact]
    public void Mean_field_is_too_narrow_and_one_direction_is_closer()
    {
        using BayesianLinear meanField = Layer(PosteriorFamily.MeanField), one = Layer(new LowRankFamily(1));
        double elbo = Train(meanField, new CubatureNoise(Weights), steps: 400), elboOfOne = Train(one, new CubatureNoise(Weights + 1), steps: 3_000);
        ShouldBeClose(meanField.WeightPosterior.Variance().flatten(), 1 / Precision.diagonal(), 1e-6);
        var exact = Precision.inverse().diagonal();
        double[] shares = Values(meanField.WeightPosterior.Variance().flatten().div(exact));
        double[] sharesOfOne = Values(one.WeightPosterior.Variance().flatten().div(exact));
        shares.Should().OnlyContain(share => share < 1);
        shares.Min().Should().BeLessThan(0.5);
        sharesOfOne.Average().Should().BeGreaterThan(shares.Average());
        elbo.Should().BeLessThan(LogEvidence() - 0.1);
        elboOfOne.Should().BeInRange(elbo + 0.05, LogEvidence());
    }

    private static BayesianLinear Layer(PosteriorFamily family) => new(
        Weights, 1, hasBias: false, prior: new NormalPrior(PriorMean, PriorStddev),
        initializer: new NormalInitializer(0.1, -2, 0) { Family = family }, dtype: float64);

    private static Tensor Covariance(LowRankNormal posterior)
    {
        var directions = posterior.Factor.flatten(1);
        return diag(posterior.LogVariance.exp().flatten()) + directions.T.mm(directions);
    }

    // Steps by the signs of gradients, which shrink while the signs change, reach the last digits in few steps.
    private double Train(BayesianLinear layer, CubatureNoise noise, int steps)
    {
        var loss = new ElboLoss(new GaussianLikelihood(Noise), Rows);
        using var step = new VariationalStep(
            layer, loss, parameters => optim.Rprop(parameters, lr: 0.05, min_step: 1e-12, max_step: 0.5),
            new Reparameterization(noise.Samples, noise));
        double total = 0;
        for (int i = 0; i < steps; i++)
        {
            using var terms = step.Run(_design, _target);
            total = terms.Total.ToDouble();
        }
        return -Rows * total;
    }
}
