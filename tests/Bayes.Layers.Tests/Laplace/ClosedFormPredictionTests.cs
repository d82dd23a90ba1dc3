using Bayes.Layers.Likelihoods;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Laplace;

public sealed class ClosedFormPredictionTests : TorchTest
{
    [Fact]
    public void With_gaussian_noise_everything_is_normal()
    {
        var network = Sequential(Linear(3, 4, dtype: float64), Tanh(), Linear(4, 2, dtype: float64));
        Tensor input = Normal(20, 3), target = Normal(20, 2);
        using var laplace = LaplaceApproximation.Fit(
            network, input, target, new GaussianLikelihood([0.3, 0.5]), new LaplaceOptions { Layers = LaplaceLayers.All, PriorPrecision = 1 });
        var rows = Normal(4, 3);
        using var prediction = laplace.Predict(rows);
        ShouldBeClose(prediction.Mean, network.call(rows).detach(), 1e-14);
        ShouldBeClose(prediction.EpistemicVariance, prediction.OutputVariance, 0);
        ShouldBeClose(prediction.AleatoricVariance, tensor(new[] { 0.09, 0.25 }, float64).expand(4, 2), 1e-14);
        ShouldBeClose(prediction.TotalVariance, prediction.EpistemicVariance + prediction.AleatoricVariance, 1e-14);
        var (lower, upper) = prediction.PredictionInterval(0.95);
        ShouldBeClose((upper - lower).div(prediction.TotalStddev), full([4, 2], 2 * 1.959963984540054, float64), 1e-12);

        // The density is that of both targets together.
        var other = Normal(4, 2);
        var covariance = prediction.OutputCovariance + diag_embed(prediction.AleatoricVariance);
        var residual = (other - prediction.Mean).unsqueeze(-1);
        var wanted = residual.transpose(1, 2).bmm(covariance.inverse()).bmm(residual).view(-1).add(covariance.logdet())
            .add(2 * Math.Log(2 * Math.PI)).mul(-0.5);
        ShouldBeClose(prediction.LogDensityOf(other), wanted, 1e-10);
        using var one = laplace.Predict(rows, joint: false);
        one.Invoking(each => each.OutputCovariance).Should().Throw<InvalidOperationException>().WithMessage("*expected joint: true*");
        using var drawn = prediction.ByDraws(20_000, target: other);
        ShouldBeClose(drawn.LogPredictiveDensity, wanted, 0.1);
        ShouldBeClose(drawn.TotalStddev, prediction.TotalStddev, 0.02);
    }

    [Fact]
    public void One_output_needs_no_covariance()
    {
        var golden = GoldenNetwork.Regression();
        using var laplace = golden.Fit("kronecker");
        using Bayes.Layers.ClosedFormPrediction joint = laplace.Predict(golden.Input), alone = laplace.Predict(golden.Input, joint: false);
        ShouldBeClose(alone.LogDensityOf(golden.Target), joint.LogDensityOf(golden.Target), 1e-12);
        joint.Invoking(each => each.TotalEntropy).Should().Throw<InvalidOperationException>().WithMessage("*is not over classes*");
    }

    [Fact]
    public void Probabilities_of_classes_are_close_to_those_of_draws()
    {
        var golden = GoldenNetwork.Classification();
        using var laplace = golden.Fit("last_layer_full");
        using var prediction = laplace.Predict(golden.TestInput);
        using var drawn = prediction.ByDraws(20_000);
        ShouldBeClose(prediction.Mean, drawn.Mean, 0.05);
        ShouldBeClose(prediction.TotalEntropy, prediction.Mean.mul(prediction.Mean.log()).sum(1L).neg(), 1e-12);
        prediction.Invoking(each => each.PredictionInterval()).Should().Throw<InvalidOperationException>().WithMessage("*expected ByDraws*");
        using var bernoulli = Sequential(Linear(2, 1, dtype: float64));
        using var binary = LaplaceApproximation.Fit(
            bernoulli, golden.Input, golden.Target.gt(0).to(float64).unsqueeze(1), new BernoulliLikelihood());
        using var probability = binary.Predict(golden.TestInput);
        using var ofDraws = probability.ByDraws(20_000);
        ShouldBeClose(probability.Mean, ofDraws.Mean, 0.03);
    }

    /// <summary>A network that ends in the layer needs no gradients; one that computes something after it, even nothing, does.</summary>
    [Theory]
    [InlineData(CurvatureStructure.Kronecker)]
    [InlineData(CurvatureStructure.Diagonal)]
    [InlineData(CurvatureStructure.Full)]
    public void Closed_forms_of_the_last_layer_are_those_of_gradients(CurvatureStructure curvature)
    {
        var layers = new (string, nn.Module<Tensor, Tensor>)[]
            { ("0", Linear(3, 4, dtype: float64)), ("1", Tanh()), ("2", Linear(4, 5, dtype: float64)) };
        Sequential direct = Sequential(layers), further = Sequential([.. layers, ("3", Identity())]);
        Tensor input = Normal(12, 3), target = arange(12, int64).remainder(5);
        var options = new LaplaceOptions { Paths = ["2"], Curvature = curvature, PriorPrecision = 1 };
        foreach (var likelihood in new Likelihood[] { new CategoricalLikelihood(), new GaussianLikelihood(0.4) })
        {
            var own = likelihood is CategoricalLikelihood ? target : Normal(12, 5);
            using var closed = LaplaceApproximation.Fit(direct, input, own, likelihood, options);
            using var general = LaplaceApproximation.Fit(further, input, own, likelihood, options);
            closed.LogMarginalLikelihood.Should().BeApproximately(general.LogMarginalLikelihood, 1e-10);
            using ClosedFormPrediction one = closed.Predict(input), other = general.Predict(input);
            ShouldBeClose(one.OutputCovariance, other.OutputCovariance, 1e-10);
            using ClosedFormPrediction alone = closed.Predict(input, joint: false), single = general.Predict(input, joint: false);
            ShouldBeClose(alone.OutputVariance, one.OutputVariance, 1e-10);
            ShouldBeClose(single.OutputVariance, one.OutputVariance, 1e-10);
        }
    }

    /// <summary>Places of a sequence are places of a layer, and a trailing axis of the output.</summary>
    [Theory]
    [InlineData(CurvatureStructure.Kronecker)]
    [InlineData(CurvatureStructure.Diagonal)]
    [InlineData(CurvatureStructure.Full)]
    public void Outputs_of_several_places_have_variances_and_covariances(CurvatureStructure curvature)
    {
        var network = Sequential(Linear(3, 4, dtype: float64), Tanh(), Linear(4, 2, dtype: float64));
        Tensor input = Normal(6, 5, 3), target = Normal(6, 5, 2);
        foreach (var layers in Enum.GetValues<LaplaceLayers>())
        {
            using var laplace = LaplaceApproximation.Fit(
                network, input, target, new GaussianLikelihood(0.3),
                new LaplaceOptions { Curvature = curvature, Layers = layers, PriorPrecision = 1 });
            using ClosedFormPrediction joint = laplace.Predict(input), alone = laplace.Predict(input, joint: false);
            joint.OutputVariance.shape.Should().Equal(6, 5, 2);
            ShouldBeClose(alone.OutputVariance, joint.OutputVariance, 1e-10);
            ShouldBeClose(joint.OutputCovariance, joint.OutputCovariance.transpose(1, 2), 1e-10);
            // A place is a row of a network without places, if the weights have the same posterior.
            var (row, place) = (input[2, 3].unsqueeze(0), joint.OutputVariance[2, 3]);
            using var single = laplace.Predict(row);
            ShouldBeClose(single.OutputVariance[0], place, 1e-10);
        }
    }
}
