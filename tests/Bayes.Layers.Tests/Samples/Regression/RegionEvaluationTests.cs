using Bayes.Layers.Likelihoods;
using Bayes.Layers.Samples.Regression;

namespace Bayes.Layers.Tests.Samples.Regression;

public sealed class RegionEvaluationTests : TorchTest
{
    [Fact]
    public void A_prediction_by_the_true_process_has_its_scores()
    {
        var points = SimulatedProcess.BesideGap(new Random(1), 2000);
        var (outputs, target) = Outputs(points, shift: 0);
        using var prediction = Predictive.OfSamples(outputs, new HeteroscedasticGaussianLikelihood(), target);
        var evaluation = RegionEvaluation.Of(prediction, target, points);

        evaluation.Rmse.Should().BeApproximately(evaluation.RmseOfTruth, 1e-6);
        evaluation.LogDensity.Should().BeApproximately(evaluation.LogDensityOfTruth, 1e-6);
        evaluation.Coverage95.Should().BeApproximately(0.95, 0.015);
        evaluation.EpistemicStddev.Should().BeApproximately(0, 1e-6, "both draws are the same");
        evaluation.AleatoricStddev.Should().BeApproximately(points.Average(point => SimulatedProcess.NoiseStddev(point.X)), 1e-6);
        evaluation.IntervalWidth.Should().BeApproximately(2 * 1.959964 * evaluation.AleatoricStddev, 1e-4);
    }

    [Fact]
    public void Different_functions_have_an_epistemic_spread()
    {
        var points = SimulatedProcess.InGap(new Random(2), 50);
        var (outputs, target) = Outputs(points, shift: 3);
        using var prediction = Predictive.OfSamples(outputs, new HeteroscedasticGaussianLikelihood(), target);
        RegionEvaluation.Of(prediction, target, points).EpistemicStddev.Should().BeApproximately(3 / Math.Sqrt(2), 1e-6);
    }

    /// <summary>Returns a prediction from two draws that equal the process, the second one shifted.</summary>
    private static (Tensor Outputs, Tensor Target) Outputs(SimulatedPoint[] points, double shift)
    {
        double[] x = [.. points.Select(point => point.X)];
        var mean = tensor(Array.ConvertAll(x, SimulatedProcess.Mean)).unsqueeze(1);
        var logVariance = tensor(Array.ConvertAll(x, each => 2 * Math.Log(SimulatedProcess.NoiseStddev(each)))).unsqueeze(1);
        var outputs = stack([cat([mean, logVariance], 1), cat([mean + shift, logVariance], 1)], 0);
        return (outputs, tensor(points.Select(point => point.Y).ToArray()).unsqueeze(1));
    }
}
