using Bayes.Layers.Likelihoods;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Laplace;

public sealed class EvidenceTests : TorchTest
{
    public static TheoryData<CurvatureStructure, bool> Cases => new(
        from curvature in Enum.GetValues<CurvatureStructure>() from each in new[] { false, true } select (curvature, each));

    [Theory]
    [MemberData(nameof(Cases))]
    public void At_the_highest_evidence_its_slopes_are_zero(CurvatureStructure curvature, bool forEachLayer)
    {
        var golden = GoldenNetwork.Regression();
        using var laplace = LaplaceApproximation.Fit(
            golden.Network, golden.Input, golden.Target, golden.Likelihood,
            new LaplaceOptions { Curvature = curvature, Layers = LaplaceLayers.All, PriorPrecision = 1 });
        double before = laplace.LogMarginalLikelihood;
        double reached = laplace.OptimizeEvidence(forEachLayer, noise: true);
        reached.Should().BeGreaterThan(before).And.Be(laplace.LogMarginalLikelihood);
        double[] precisions = forEachLayer ? [.. laplace.PriorPrecisions] : [laplace.PriorPrecisions[0]];
        laplace.PriorPrecisions.Distinct().Should().HaveCount(forEachLayer ? 2 : 1);
        using var logs = tensor(precisions, float64).log().requires_grad_();
        using var logStddev = tensor(((GaussianLikelihood)laplace.Likelihood).Stddev, float64).log().requires_grad_();
        var evidence = laplace.LogMarginalLikelihoodOf(logs.exp(), logStddev.exp());
        evidence.item<double>().Should().BeApproximately(reached, 1e-9);
        evidence.backward();
        Values(logs.grad!).Should().OnlyContain(slope => Math.Abs(slope) < 1e-3);
        Values(logStddev.grad!).Should().OnlyContain(slope => Math.Abs(slope) < 1e-3);
    }

    /// <summary>The evidence with other noise is that of a fit with this noise.</summary>
    [Theory]
    [InlineData(CurvatureStructure.Full)]
    [InlineData(CurvatureStructure.Kronecker)]
    [InlineData(CurvatureStructure.Diagonal)]
    public void Other_noise_scales_the_curvature(CurvatureStructure curvature)
    {
        var golden = GoldenNetwork.Regression();
        var options = new LaplaceOptions { Curvature = curvature, PriorPrecision = 3 };
        using var one = LaplaceApproximation.Fit(golden.Network, golden.Input, golden.Target, new GaussianLikelihood(0.3), options);
        using var other = LaplaceApproximation.Fit(golden.Network, golden.Input, golden.Target, new GaussianLikelihood(0.8), options);
        one.LogMarginalLikelihoodOf(tensor(3.0, float64), tensor(0.8, float64)).item<double>()
            .Should().BeApproximately(other.LogMarginalLikelihood, 1e-10);
    }

    [Fact]
    public void By_default_the_evidence_chooses_one_precision_for_the_last_layer()
    {
        var golden = GoldenNetwork.Classification();
        using var laplace = LaplaceApproximation.Fit(golden.Network, golden.Input, golden.Target, golden.Likelihood);
        laplace.Paths.Should().Equal("2");
        double best = laplace.LogMarginalLikelihood, precision = laplace.PriorPrecisions.Single();
        foreach (double other in new[] { precision / 1.1, precision * 1.1 })
            laplace.LogMarginalLikelihoodOf(tensor(other, float64)).item<double>().Should().BeLessThan(best);
    }

    [Fact]
    public void Validation_data_choose_the_precision_of_the_highest_density()
    {
        var golden = GoldenNetwork.Regression();
        using var laplace = golden.Fit("kronecker");
        double[] candidates = [0.01, 1, 100];
        var densities = candidates.Select(each =>
        {
            laplace.SetPriorPrecisions(each);
            using var prediction = laplace.Predict(golden.Input);
            return prediction.LogDensityOf(golden.Target).mean().item<double>();
        }).ToArray();
        laplace.OptimizeOnValidation(golden.Input, golden.Target, candidates).Should().Be(densities.Max());
        laplace.PriorPrecisions.Distinct().Should().Equal(candidates[Array.IndexOf(densities, densities.Max())]);
    }

    /// <summary>Batches, and blocks that fit a small memory, add up to the same curvature.</summary>
    [Fact]
    public void Batches_add_up()
    {
        var golden = GoldenNetwork.Classification();
        using var whole = golden.Fit("kronecker");
        using var parts = LaplaceApproximation.Fit(
            golden.Network, [(golden.Input[..4], golden.Target[..4]), (golden.Input[4..], golden.Target[4..])], golden.Likelihood,
            golden.Options("kronecker"));
        parts.Rows.Should().Be(15);
        parts.LogMarginalLikelihood.Should().BeApproximately(whole.LogMarginalLikelihood, 1e-10);
    }

    /// <summary>Random directions have the right curvature on average, and are the same in any batches.</summary>
    [Fact]
    public void Random_directions_estimate_the_curvature()
    {
        using var network = Sequential(Linear(3, 4, dtype: float64), Tanh(), Linear(4, 6, dtype: float64));
        Tensor input = Normal(400, 3), target = randint(0, 6, 400, int64);
        var options = new LaplaceOptions { Layers = LaplaceLayers.All, PriorPrecision = 1, Curvature = CurvatureStructure.Full };
        using var exact = LaplaceApproximation.Fit(network, input, target, new CategoricalLikelihood(), options);
        using var estimated = LaplaceApproximation.Fit(network, input, target, new CategoricalLikelihood(), options with { MostDirections = 2 });
        using var again = LaplaceApproximation.Fit(
            network, [(input[..150], target[..150]), (input[150..], target[150..])], new CategoricalLikelihood(),
            options with { MostDirections = 2 });
        estimated.LogMarginalLikelihood.Should().BeApproximately(exact.LogMarginalLikelihood, 3).And.NotBe(exact.LogMarginalLikelihood);
        again.LogMarginalLikelihood.Should().BeApproximately(estimated.LogMarginalLikelihood, 1e-9);
    }
}
