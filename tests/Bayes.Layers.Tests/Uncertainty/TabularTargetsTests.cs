using Bayes.Layers.Tabular;
using Bayes.Layers.Uncertainty.Methods;
using Bayes.Layers.Uncertainty.Uci;

namespace Bayes.Layers.Tests.Uncertainty;

public sealed class TabularTargetsTests : TorchTest
{
    [Fact]
    public void A_model_of_a_table_is_scored_in_the_unit_of_its_target()
    {
        double[,] inputs = new double[100, 1];
        var targets = new double[100];
        for (int row = 0; row < 100; row++)
            (inputs[row, 0], targets[row]) = (row / 100.0, 1000 * (row / 100.0) + 50 * Math.Sin(37 * row));
        var options = new TabularOptions { Members = 2, Steps = 400, Hidden = [8], Draws = 50 };
        var model = TabularRegression.Train(Table.Of(inputs, "x0").With("target", targets), "target", options);
        using var predicted = new TabularTargets(model, Table.Of(inputs, "x0"), CancellationToken.None);
        var (rmse, logDensity, coverage) = SplitScore.Of(predicted, targets);
        // The noise has a standard deviation of 35, and the targets have 291.
        rmse.Should().BeInRange(25, 150);
        logDensity.Should().BeInRange(-Math.Log(291) - 1.5, -Math.Log(35) - 1.2);
        coverage.Should().BeGreaterThan(0.8);
        predicted.Lower.Zip(predicted.Upper).Should().OnlyContain(ends => ends.First < ends.Second);
    }
}
