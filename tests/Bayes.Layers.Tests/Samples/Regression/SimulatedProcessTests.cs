using Bayes.Layers.Samples.Regression;

namespace Bayes.Layers.Tests.Samples.Regression;

public sealed class SimulatedProcessTests
{
    private const int Many = 40_000;

    [Fact]
    public void No_point_lies_in_the_gap_and_both_sides_have_equally_many()
    {
        var points = SimulatedProcess.BesideGap(new Random(1), Many);
        points.Should().OnlyContain(
            point => point.X >= SimulatedProcess.Low && point.X <= SimulatedProcess.High && !SimulatedProcess.IsInGap(point.X));
        points.Count(point => point.X < 0).Should().BeCloseTo(Many / 2, 400);
        points.Where(point => point.X > 0).Average(point => point.X).Should().BeApproximately(2, 0.02);
    }

    [Fact]
    public void Points_in_the_gap_lie_in_the_gap()
    {
        var points = SimulatedProcess.InGap(new Random(1), Many);
        points.Should().OnlyContain(point => SimulatedProcess.IsInGap(point.X));
        points.Average(point => point.X).Should().BeApproximately(0, 0.02);
    }

    [Fact]
    public void The_noise_is_normal_with_a_standard_deviation_that_depends_on_x()
    {
        double[] scores = [.. SimulatedProcess.BesideGap(new Random(2), Many)
            .Select(point => (point.Y - SimulatedProcess.Mean(point.X)) / SimulatedProcess.NoiseStddev(point.X))];
        scores.Average().Should().BeApproximately(0, 0.02);
        scores.Average(score => score * score).Should().BeApproximately(1, 0.03);
        scores.Average(score => Math.Pow(score, 4)).Should().BeApproximately(3, 0.2);
        SimulatedProcess.NoiseStddev(-3).Should().BeLessThan(SimulatedProcess.NoiseStddev(3) / 5);
    }

    [Fact]
    public void More_training_points_do_not_change_the_test_points()
    {
        using RegressionData few = new(10, seed: 3, CPU), many = new(20, seed: 3, CPU), other = new(10, seed: 4, CPU);
        many.Test.Should().Equal(few.Test);
        many.Gap.Should().Equal(few.Gap);
        many.Train.Take(10).Should().Equal(few.Train);
        other.Train.Should().NotEqual(few.Train);
        few.Train.Should().NotIntersectWith(few.Test);
        few.TrainInput.shape.Should().Equal(10, 1);
        few.TestTarget[999, 0].item<float>().Should().Be((float)few.Test[999].Y);
    }
}
