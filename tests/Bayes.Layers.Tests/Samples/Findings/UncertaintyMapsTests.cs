using Bayes.Layers.Likelihoods;
using Bayes.Layers.Samples.Support.Figures;
using Bayes.Layers.Samples.Support.Findings;

namespace Bayes.Layers.Tests.Samples.Findings;

public sealed class UncertaintyMapsTests : TorchTest
{
    [Fact]
    public void Maps_have_the_layout_of_their_grid_and_the_values_of_their_names()
    {
        var grid = new PlaneGrid(-1, 1, 10, 20, Columns: 3, Rows: 2);
        Values(UncertaintyMaps.Points(grid, CPU)).Should().Equal(-1, 10, 0, 10, 1, 10, -1, 20, 0, 20, 1, 20);
        using var prediction = Predictive.OfSamples(Normal(20, 6, 1), new BernoulliLikelihood());
        var maps = UncertaintyMaps.Of(grid, prediction);
        foreach (var (map, values) in new[]
        {
            (maps.Probability, prediction.Mean), (maps.EpistemicStddev, prediction.EpistemicStddev), (maps.Total, prediction.TotalEntropy),
            (maps.Aleatoric, prediction.ExpectedEntropy), (maps.Epistemic, prediction.MutualInformation),
        })
        {
            map.Cast<double>().Should().Equal(Values(values));
            map[1, 0].Should().Be(Values(values)[3]);
        }
    }
}
