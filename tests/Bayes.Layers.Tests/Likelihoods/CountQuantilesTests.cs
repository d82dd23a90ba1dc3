using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Tests.Likelihoods;

/// <summary>Quantiles of counts by adding up probabilities equal those by bisection.</summary>
public sealed class CountQuantilesTests : TorchTest
{
    private static readonly double[] Levels = [0.95, 0.001, 0.05, 0.5, 0.9999];

    private static readonly Dictionary<string, CountLikelihood> Likelihoods = new()
    {
        ["Poisson"] = new PoissonLikelihood(), ["negative binomial"] = new NegativeBinomialLikelihood(0.7),
        ["two dispersions"] = new NegativeBinomialLikelihood([0.001, 3]),
    };

    public static TheoryData<string> Names => [.. Likelihoods.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Both_ways_agree(string name)
    {
        var likelihood = Likelihoods[name];
        Tensor[] cases =
            [randn([30, 200, 2], float64), randn([1, 5, 2], float64).add(4), randn([7, 2, 2], float64).add(9), full([2, 1, 2], -30.0, float64)];
        foreach (var outputs in cases)
        {
            var found = likelihood.QuantilesOfMixture(outputs, Levels)!;
            for (int i = 0; i < Levels.Length; i++)
                ShouldBeClose(found[i], CountQuantiles.Of(likelihood, outputs, Levels[i]), 0);
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
