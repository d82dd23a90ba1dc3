using Bayes.Layers.Uncertainty.Methods;

namespace Bayes.Layers.Tests.Uncertainty;

public sealed class StandardizedSplitTests
{
    private static StandardizedSplit Split(double[,] train, double[] targets, double[,] test) =>
        StandardizedSplit.Of(new SplitRows(train, targets, test) { InputNames = [.. Enumerable.Repeat("x", train.GetLength(1))] });

    [Fact]
    public void Only_training_rows_set_the_scale()
    {
        var split = Split(new double[,] { { 1, 5 }, { 3, 5 } }, [10, 20], new double[,] { { 5, 6 } });
        split.Train.Should().BeEquivalentTo(new double[,] { { -1 }, { 1 } }, "the second column is constant in training");
        split.Test.Should().BeEquivalentTo(new double[,] { { 3 } });
        split.Targets.Should().Equal(-1, 1);
        var predicted = split.InOwnUnit([0, 1], [1, 2]);
        predicted.Mean.Should().Equal(15, 20);
        (predicted.Upper[1] - predicted.Mean[1]).Should().BeApproximately(1.96 * 10, 0.01);
    }

    [Fact]
    public void Rows_that_repeat_count_once()
    {
        var split = Split(new double[,] { { 1 }, { 2 }, { 1 }, { 1 } }, [3, 4, 3, 5], new double[,] { { 1 } }).WithoutRepeatedRows();
        split.Rows.Should().Be(3, "the first and the third row are equal, the last has another target");
        split.Train.GetLength(0).Should().Be(3);
    }

    [Fact]
    public void The_error_of_ridge_is_that_without_each_row()
    {
        // With hardly any penalty: the residual over 1 − leverage, compared with least squares on the other rows.
        var random = new Random(2);
        var train = new double[30, 1];
        var targets = new double[30];
        for (int row = 0; row < 30; row++)
            targets[row] = 2 * (train[row, 0] = random.NextDouble()) + 0.1 * random.NextDouble();
        double sum = 0;
        for (int left = 0; left < 30; left++)
        {
            int[] rows = [.. Enumerable.Range(0, 30).Where(row => row != left)];
            double x = rows.Average(row => train[row, 0]), y = rows.Average(row => targets[row]);
            double slope = rows.Sum(row => (train[row, 0] - x) * (targets[row] - y)) / rows.Sum(row => Math.Pow(train[row, 0] - x, 2));
            sum += Math.Pow(targets[left] - y - slope * (train[left, 0] - x), 2);
        }
        var predicted = new RidgeMethod().Predict(
            new SplitRows(train, targets, new double[,] { { 0.5 } }) { InputNames = ["x"] }, 1, CancellationToken.None);
        double stddev = (predicted.Upper[0] - predicted.Mean[0]) / 1.959963984540054;
        stddev.Should().BeApproximately(Math.Sqrt(sum / 30), 1e-3 * stddev);
    }
}
