using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tests.Golden;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Laplace;

/// <summary>Reference numbers in double precision: networks of 17 and 27 weights, all curvatures.</summary>
public sealed class LaplaceGoldenTests : TorchTest
{
    private const double Tolerance = 1e-8;

    public static TheoryData<string, string> Cases => new(
        from name in new[] { "laplace_regression", "laplace_classification" }
        from kind in new[] { "full", "diagonal", "kronecker", "last_layer_full" }
        select (name, kind));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Covariance_of_outputs_and_evidence_are_those_of_the_reference(string name, string kind)
    {
        var golden = GoldenNetwork.OfName(name);
        using var laplace = golden.Fit(kind);
        using var prediction = laplace.Predict(golden.TestInput);
        ShouldBeClose(prediction.OutputCovariance, GoldenData.Tensor("inference", name, kind, "function_covariance"), Tolerance);
        laplace.LogMarginalLikelihood.Should().BeApproximately(GoldenData.Number("inference", name, kind, "log_marginal_likelihood"), Tolerance);
        using var alone = laplace.Predict(golden.TestInput, joint: false);
        ShouldBeClose(alone.OutputVariance, prediction.OutputCovariance.diagonal(0, 1, 2), Tolerance);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_model_has_the_standard_deviations_of_the_reference(string name, string kind)
    {
        var golden = GoldenNetwork.OfName(name);
        using var laplace = golden.Fit(kind);
        using var model = laplace.Model;
        var stddevs = cat([.. model.Posteriors().Select(posterior => posterior.Stddev().flatten())]);
        ShouldBeClose(stddevs, GoldenData.Tensor("inference", name, kind, "marginal_stddev"), Tolerance);
    }

    [Theory]
    [InlineData("full")]
    [InlineData("diagonal")]
    [InlineData("kronecker")]
    [InlineData("last_layer_full")]
    public void Probabilities_are_those_of_the_reference(string kind)
    {
        var golden = GoldenNetwork.Classification();
        using var laplace = golden.Fit(kind);
        using var prediction = laplace.Predict(golden.TestInput);
        ShouldBeClose(prediction.OutputMean, GoldenData.Tensor("inference", golden.Name, "test_logits"), Tolerance);
        ShouldBeClose(prediction.Mean, GoldenData.Tensor("inference", golden.Name, kind, "probit"), Tolerance);
        ShouldBeClose(prediction.LogDensityOf(zeros(4, int64)), prediction.Mean.select(1, 0).log(), 1e-12);
    }

    /// <summary>A linear model with Gaussian noise is its own linearisation, so nothing is approximate.</summary>
    [Fact]
    public void Of_a_linear_model_it_is_the_exact_posterior_and_evidence()
    {
        const string name = "linear_regression_correlated";
        Tensor input = GoldenData.Tensor("inference", name, "input"), target = GoldenData.Tensor("inference", name, "target");
        using var network = Linear(3, 1, hasBias: false, dtype: float64);
        using (no_grad())
            network.weight.copy_(GoldenData.Tensor("inference", name, "posterior_mean").t());
        using var laplace = LaplaceApproximation.Fit(
            network, input, target, new GaussianLikelihood(GoldenData.Number("inference", name, "noise_stddev")),
            new LaplaceOptions { Curvature = CurvatureStructure.Full, PriorPrecision = 1 });
        laplace.LogMarginalLikelihood.Should().BeApproximately(GoldenData.Number("inference", name, "log_evidence"), Tolerance);
        var rows = Normal(5, 3);
        using var prediction = laplace.Predict(rows);
        var covariance = GoldenData.Tensor("inference", name, "posterior_covariance");
        ShouldBeClose(prediction.OutputVariance, rows.mm(covariance).mul(rows).sum(1, keepdim: true), Tolerance);
        using var kronecker = LaplaceApproximation.Fit(
            network, input, target, laplace.Likelihood, new LaplaceOptions { PriorPrecision = 1 });
        kronecker.LogMarginalLikelihood.Should().BeApproximately(laplace.LogMarginalLikelihood, Tolerance, "one output has one Kronecker factor");
    }
}
