using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Tests.Likelihoods;

/// <summary>Quantiles of mixtures by torch's operations, which likelihoods of one's own use, equal those in managed code.</summary>
public sealed class MixtureQuantilesTests : TorchTest
{
    // No multiples of a share of the draws, where the distribution function may be flat.
    private static readonly double[] Levels = [0.001, 0.0521, 0.511, 0.9787];

    private static readonly Dictionary<string, ContinuousLikelihood> Likelihoods = new()
    {
        ["normal"] = new GaussianLikelihood(0.3), ["normal with two scales"] = new GaussianLikelihood([0.3, 2]),
        ["Student's t"] = new StudentTLikelihood(3, 0.5), ["normal with its own variance"] = new HeteroscedasticGaussianLikelihood(),
    };

    public static TheoryData<string> Names => [.. Likelihoods.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Both_ways_agree(string name)
    {
        var likelihood = Likelihoods[name];
        foreach (var outputs in new[] { randn([40, 300, 2], float64).mul(3), randn([1, 5, 2], float64), randn([7, 2, 2], float64).add(1e6) })
        {
            var managed = likelihood.QuantilesOfMixture(outputs, Levels)!;
            for (int i = 0; i < Levels.Length; i++)
                ShouldBeClose(managed[i], MixtureQuantiles.Of(likelihood, outputs, Levels[i]), 1e-10 * (1 + managed[i].abs().max().item<double>()));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_NaN_stays_in_its_element(string name)
    {
        var outputs = randn([9, 4, 2], float64);
        outputs[3, 1, 0] = double.NaN;
        var quantiles = Likelihoods[name].QuantilesOfMixture(outputs, Levels)!;
        quantiles[TensorIndex.Colon, 1, 0].isnan().all().item<bool>().Should().BeTrue();
        quantiles.isnan().sum().item<long>().Should().Be(Levels.Length);
    }
}
