using Bayes.Layers.Likelihoods;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using Bayes.Layers.Tests.Golden;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Prediction;

/// <summary>The bound and the predictions of a last layer of given weights, compared with numbers of PyTorch.</summary>
public sealed class VariationalLastLayerGoldenTests : TorchTest
{
    [Fact]
    public void Regression_matches()
    {
        const string Key = "variational_last_layer_regression";
        var golden = (string name) => GoldenData.Tensor("inference", Key, name);
        double prior = GoldenData.Number("inference", Key, "prior_stddev"), variance = GoldenData.Number("inference", Key, "noise_variance");
        Tensor mean = golden("mean"), features = golden("features"), target = golden("target").unsqueeze(1);
        using var layer = LayerOf(mean.unsqueeze(0), golden("covariance").unsqueeze(0), new NormalPrior(0, prior));
        using var loss = new ElboLoss(new GaussianLikelihood(Math.Sqrt(variance)), features.shape[0]);
        using var step = StepOf(layer, loss);
        using var terms = step.ComputeGradients(features, target);
        (-terms.NegativeLogLikelihood.ToDouble()).Should().BeApproximately(
            GoldenData.Number("inference", Key, "expected_log_likelihood_mean"), 1e-8);
        terms.KlDivergence.ToDouble().Should().BeApproximately(GoldenData.Number("inference", Key, "kl"), 1e-8);

        using var prediction = VariationalLastLayer.Predict(layer, loss.Likelihood, features);
        ShouldBeClose(prediction.Mean.squeeze(1), golden("predictive_mean"), 1e-8);
        ShouldBeClose(prediction.TotalVariance.squeeze(1), golden("predictive_variance"), 1e-8);
        ShouldBeClose(prediction.OutOfDistributionScores(), golden("predictive_variance") - variance, 1e-8);
    }

    [Fact]
    public void Classification_matches()
    {
        const string Key = "variational_last_layer_classification";
        var golden = (string name) => GoldenData.Tensor("inference", Key, name);
        Tensor features = golden("features"), target = golden("target").to(int64);
        using var layer = LayerOf(golden("mean"), golden("covariance"), NormalPrior.Standard);
        using var loss = ElboLoss.Categorical(features.shape[0]);
        using var step = StepOf(layer, loss);
        using var terms = step.ComputeGradients(features, target);
        (-terms.NegativeLogLikelihood.ToDouble()).Should().BeApproximately(GoldenData.Number("inference", Key, "bound_mean"), 1e-8);

        using var prediction = VariationalLastLayer.Predict(layer, loss.Likelihood, features);
        ShouldBeClose(prediction.OutputVariance, golden("logit_variance"), 1e-8);
        ShouldBeClose(prediction.OutputMean, features.mm(golden("mean").t()), 1e-12);
    }

    private static VariationalStep StepOf(BayesianModule layer, ElboLoss loss) =>
        new(layer, loss, parameters => optim.Adam(parameters), VariationalLastLayer.Instance);

    // A layer without bias of rows with these means and covariances.
    private static BayesianLinear LayerOf(Tensor mean, Tensor covariance, Prior prior)
    {
        var layer = new BayesianLinear(
            mean.shape[1], mean.shape[0], hasBias: false, prior, initializer: new FanInInitializer(gain: 1) { Family = new RowFamily() },
            dtype: float64);
        var root = linalg.cholesky(covariance);
        using var noGrad = no_grad();
        layer.weight_mu.copy_(mean);
        layer.weight_log_var.copy_(root.diagonal(0, 1, 2).log().mul(2));
        layer.get_parameter("weight_factor")!.copy_(root);
        return layer;
    }
}
