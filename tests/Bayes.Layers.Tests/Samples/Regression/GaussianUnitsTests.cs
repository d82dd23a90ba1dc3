using Bayes.Layers.Samples.Regression;

namespace Bayes.Layers.Tests.Samples.Regression;

public sealed class GaussianUnitsTests : TorchTest
{
    [Fact]
    public void A_unit_responds_only_near_its_centre()
    {
        using var units = new GaussianUnits();
        var input = tensor([0.0, 1, -1, 6]);
        ShouldBeClose(units.forward(input), tensor([1, Math.Exp(-0.5), Math.Exp(-0.5), Math.Exp(-18)]), 1e-12);
        Values(input).Should().Equal([0, 1, -1, 6], "the input is left as it is");
    }
}
