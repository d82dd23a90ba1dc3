using Bayes.Layers.Checkpoints;
using Bayes.Layers.Estimators;

namespace Bayes.Layers.Tests.Laplace;

/// <summary>The network with drawn weights.</summary>
public sealed class LaplaceModelTests : TorchTest
{
    public static TheoryData<CurvatureStructure> Curvatures => [.. Enum.GetValues<CurvatureStructure>()];

    public static TheoryData<CurvatureStructure, LaplaceLayers> Cases => new(
        from curvature in Enum.GetValues<CurvatureStructure>() from layers in Enum.GetValues<LaplaceLayers>() select (curvature, layers));

    private static LaplaceApproximation Fit(GoldenNetwork golden, CurvatureStructure curvature, LaplaceLayers layers) =>
        LaplaceApproximation.Fit(
            golden.Network, golden.Input, golden.Target, golden.Likelihood,
            new LaplaceOptions { Curvature = curvature, Layers = layers, PriorPrecision = 2 });

    /// <summary>A network is linear in the weights of its last layer, so draws of weights and the closed form are one distribution.</summary>
    [Theory]
    [MemberData(nameof(Curvatures))]
    public void Draws_of_the_last_layer_have_the_covariance_of_the_closed_form(CurvatureStructure curvature)
    {
        const int count = 20_000;
        var golden = GoldenNetwork.Classification();
        using var laplace = Fit(golden, curvature, LaplaceLayers.LastLayer);
        using var prediction = laplace.Predict(golden.TestInput);
        using var model = laplace.Model;
        model.LastLayerPath.Should().Be("2");
        using var noGrad = no_grad();
        using PosteriorDraws draws = new(seed: 3, count);
        var outputs = model.Sample(golden.TestInput, draws);
        var centred = outputs.sub(prediction.OutputMean).transpose(0, 1);
        var covariance = prediction.OutputCovariance;
        var variances = prediction.OutputVariance;
        var error = covariance.square().add(variances.unsqueeze(1) * variances.unsqueeze(2)).div(count).sqrt();
        Values((centred.transpose(1, 2).bmm(centred).div(count) - covariance).div(error).abs()).Max().Should().BeLessThan(5);
        var drawn = prediction.OutputDraws(count).sub(prediction.OutputMean).transpose(0, 1);
        Values((drawn.transpose(1, 2).bmm(drawn).div(count) - covariance).div(error).abs()).Max().Should().BeLessThan(5);
    }

    /// <summary>With a small posterior the network is close to its linearisation.</summary>
    [Theory]
    [MemberData(nameof(Curvatures))]
    public void Draws_of_all_layers_tend_to_the_closed_form_with_a_large_precision(CurvatureStructure curvature)
    {
        const int count = 2_000;
        var golden = GoldenNetwork.Regression();
        using var laplace = Fit(golden, curvature, LaplaceLayers.All);
        laplace.SetPriorPrecisions(1e6);
        using var prediction = laplace.Predict(golden.TestInput);
        using var model = laplace.Model;
        using var noGrad = no_grad();
        using PosteriorDraws draws = new(seed: 3, count);
        var found = model.Sample(golden.TestInput, draws).var(0L, unbiased: false);
        Values(found.div(prediction.OutputVariance).log().abs()).Max().Should().BeLessThan(5 * Math.Sqrt(2.0 / count));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_model_from_its_file_predicts_the_same(CurvatureStructure curvature, LaplaceLayers layers)
    {
        var golden = GoldenNetwork.Regression();
        using var laplace = Fit(golden, curvature, layers);
        using var model = laplace.Model;
        using var stream = new MemoryStream();
        Checkpoint.Save(model, stream);
        stream.Position = 0;
        using var loaded = Checkpoint.LoadModel(stream).Model;
        using var expected = new MonteCarloPredictive(model, golden.Likelihood, samples: 20, seed: 1).Predict(golden.TestInput);
        using var found = new MonteCarloPredictive((BayesianModule)loaded, golden.Likelihood, samples: 20, seed: 1).Predict(golden.TestInput);
        ShouldBeClose(found.Mean, expected.Mean, 0);
        ShouldBeClose(found.EpistemicVariance, expected.EpistemicVariance, 0);
    }

    [Fact]
    public void A_change_of_the_prior_makes_another_model()
    {
        var golden = GoldenNetwork.Regression();
        using var laplace = Fit(golden, CurvatureStructure.Kronecker, LaplaceLayers.All);
        var first = laplace.Model;
        laplace.Model.Should().BeSameAs(first);
        double before = first.Posteriors().First().Stddev().mean().item<double>();
        laplace.SetPriorPrecisions(200);
        laplace.Model.Posteriors().First().Stddev().mean().item<double>().Should().BeLessThan(before);
        first.Posteriors().First().Stddev().mean().item<double>().Should().Be(before);
        laplace.ToString().Should().Be(FormattableString.Invariant(
            $"LaplaceApproximation(Kronecker curvature of '0', '2', 12 rows, prior precision 200, ")
            + FormattableString.Invariant($"log evidence {laplace.LogMarginalLikelihood:F2} nats)"));
    }
}
