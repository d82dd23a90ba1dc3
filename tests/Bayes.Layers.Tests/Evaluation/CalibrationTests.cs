using Bayes.Layers.Evaluation;

namespace Bayes.Layers.Tests.Evaluation;

public sealed class CalibrationTests : TorchTest
{
    [Fact]
    public void Outcomes_as_frequent_as_predicted_have_no_error()
    {
        var (probability, target) = ExactlyCalibrated.Binary();
        foreach (var calibration in new[] { Calibration.OfProbability(probability, target), Calibration.OfConfidence(probability, target) })
        {
            calibration.ExpectedError.Should().BeLessThan(1e-15);
            calibration.MaximumError.Should().BeLessThan(1e-15);
            calibration.Count.Should().Be(90);
        }
        var (rows, classes) = ExactlyCalibrated.ThreeClasses();
        Calibration.OfConfidence(rows, classes).ExpectedError.Should().BeLessThan(1e-15);
    }

    [Fact]
    public void A_calibrated_simulation_has_a_small_error_and_a_distorted_one_a_large_one()
    {
        Tensor probability = rand(20_000, float64), target = rand(20_000, float64) < probability;
        Calibration.OfProbability(probability, target).ExpectedError.Should().BeLessThan(0.02);
        Calibration.OfConfidence(probability, target).ExpectedError.Should().BeLessThan(0.02);
        // E|p - p²| = 1/6.
        Calibration.OfProbability(probability.pow(2), target).ExpectedError.Should().BeApproximately(1.0 / 6, 0.02);
    }

    [Fact]
    public void Bins_match_a_calculation_by_hand()
    {
        Tensor probability = tensor(new[] { 0, 0.125, 0.25, 0.375, 1 }), target = tensor(new[] { 0, 1, 0, 1, 1 });
        var calibration = Calibration.OfProbability(probability, target, bins: 4);
        calibration.Bins.Should().Equal(
            new ReliabilityBin(0, 0.25, 3, 0.125, 1.0 / 3), new ReliabilityBin(0.25, 0.5, 1, 0.375, 1),
            new ReliabilityBin(0.5, 0.75, 0, null, null), new ReliabilityBin(0.75, 1, 1, 1, 1));
        calibration.ExpectedError.Should().BeApproximately((3 * (1.0 / 3 - 0.125) + 0.625) / 5, 1e-15);
        calibration.MaximumError.Should().Be(0.625);
    }

    [Fact]
    public void Confidence_is_that_of_the_predicted_class()
    {
        Tensor probability = tensor(new[] { 0.25, 0.75 }), target = tensor(new[] { 0, 0 });
        Calibration.OfConfidence(probability, target, bins: 2).Bins.Should().Equal(
            new ReliabilityBin(0, 0.5, 0, null, null), new ReliabilityBin(0.5, 1, 2, 0.75, 0.5));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(49)]
    [InlineData(100)]
    public void An_edge_belongs_to_the_bin_below_it(int bins)
    {
        double[] edges = [.. Enumerable.Range(0, bins + 1).Select(k => (double)k / bins)];
        double[] above = [.. edges.SkipLast(1).Select(Math.BitIncrement)];
        var atEdges = Calibration.OfProbability(tensor(edges), zeros(bins + 1), bins);
        atEdges.Bins.Select(bin => bin.Count).Should().Equal(Enumerable.Range(0, bins).Select(k => k == 0 ? 2L : 1));
        Calibration.OfProbability(tensor(above), zeros(bins), bins).Bins.Should().OnlyContain(bin => bin.Count == 1);
        atEdges.Bins.Select(bin => bin.Lower).Should().Equal(edges.SkipLast(1));
        atEdges.Bins.Select(bin => bin.Upper).Should().Equal(edges.Skip(1));
    }

    [Fact]
    public void With_one_bin_the_error_is_that_of_the_mean()
    {
        Tensor probability = rand(100, float64), target = (rand(100) < 0.3).to(float64);
        var calibration = Calibration.OfProbability(probability, target, bins: 1);
        calibration.ExpectedError.Should().BeApproximately(Math.Abs(probability.mean().ToDouble() - target.mean().ToDouble()), 1e-14);
        calibration.MaximumError.Should().Be(calibration.ExpectedError);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_number_of_bins_below_one_is_refused(int bins)
    {
        Action[] all =
        [
            () => Calibration.OfConfidence(ones(2), ones(2), bins),
            () => Calibration.OfProbability(ones(2), ones(2), bins),
            () => ClassificationReport.Of(ones(2), ones(2), bins),
        ];
        foreach (var act in all)
            act.Should().Throw<ArgumentOutOfRangeException>().WithMessage($"bins is {bins}; expected a whole number of at least 1.*");
    }

    [Fact]
    public void The_probability_of_class_one_needs_the_binary_form()
    {
        var act = () => Calibration.OfProbability(full(2, 2, 0.5), ones(2, 2));
        act.Should().Throw<ArgumentException>().WithMessage("The probability has shape [2, 2]; expected [N] or [N, 1]*");
        act = () => Calibration.OfProbability(tensor(new[] { 2.0 }), ones(1));
        act.Should().Throw<ArgumentException>().WithMessage("probability has the value 2; expected values in [0, 1].*");
    }

    [Fact]
    public void The_bins_cannot_be_changed()
    {
        var bins = Calibration.OfProbability(ones(2), ones(2)).Bins;
        var act = () => ((IList<ReliabilityBin>)bins)[0] = bins[1];
        act.Should().Throw<NotSupportedException>();
    }
}
