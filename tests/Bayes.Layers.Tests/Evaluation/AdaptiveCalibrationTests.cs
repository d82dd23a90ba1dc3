using Bayes.Layers.Evaluation;

namespace Bayes.Layers.Tests.Evaluation;

/// <summary>Bins of equal mass, and calibration class by class.</summary>
public sealed class AdaptiveCalibrationTests : TorchTest
{
    [Fact]
    public void Bins_of_equal_mass_match_a_calculation_by_hand()
    {
        Tensor probability = tensor(new[] { 0.9, 0.1, 0.2, 0.8, 0.3, 0.4 }), target = tensor(new[] { 1, 0, 1, 1, 0, 0 });
        var calibration = Calibration.OfProbability(probability, target, bins: 3, Binning.EqualMass);
        calibration.Bins.Select(bin => (bin.Lower, bin.Upper, bin.Count, bin.Frequency)).Should().Equal((0.1, 0.2, 2, 0.5), (0.3, 0.4, 2, 0),
            (0.8, 0.9, 2, 1));
        calibration.Bins.Select(bin => bin.MeanProbability!.Value).Should().Equal([0.15, 0.35, 0.85], (found, wanted) =>
            Math.Abs(found - wanted) < 1e-15);
        calibration.ExpectedError.Should().BeApproximately((0.35 + 0.35 + 0.15) / 3, 1e-15);
        calibration.MaximumError.Should().BeApproximately(0.35, 1e-15);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(30)]
    public void Without_ties_the_bins_differ_by_at_most_one_example(int bins)
    {
        Tensor probability = rand(1_000, float64), target = rand(1_000).lt(0.5);
        var calibration = Calibration.OfProbability(probability, target, bins, Binning.EqualMass);
        calibration.Bins.Should().HaveCount(bins);
        calibration.Bins.Sum(bin => bin.Count).Should().Be(1_000);
        (calibration.Bins.Max(bin => bin.Count) - calibration.Bins.Min(bin => bin.Count)).Should().BeLessThanOrEqualTo(1);
        calibration.Bins.Zip(calibration.Bins.Skip(1)).All(pair => pair.First.Upper < pair.Second.Lower).Should().BeTrue();
    }

    [Fact]
    public void Equal_probabilities_share_a_bin_in_any_order_of_the_examples()
    {
        Tensor probability = randint(0, 6, [500], int64).div(5.0).to(float64), target = rand(500).lt(0.4).to(int64), order = randperm(500, int64);
        var calibration = Calibration.OfProbability(probability, target, bins: 4, Binning.EqualMass);
        calibration.Bins.Should().HaveCountLessThanOrEqualTo(4).And.OnlyContain(bin => bin.Count > 0);
        calibration.Bins.Zip(calibration.Bins.Skip(1)).All(pair => pair.First.Upper < pair.Second.Lower).Should().BeTrue();
        Calibration.OfProbability(probability[order], target[order], bins: 4, Binning.EqualMass).Bins
            .Should().Equal(calibration.Bins, (found, wanted) => found.Count == wanted.Count && found.Frequency == wanted.Frequency);
        Calibration.OfProbability(tensor(new[] { 0.1, 0.5, 0.5, 0.5, 0.5, 0.9 }), ones(6), bins: 3, Binning.EqualMass).Bins.Select(bin => bin.Count)
            .Should().Equal(new long[] { 1, 4, 1 }, "equal probabilities are in the bin of their middle");
        Calibration.OfConfidence(full(20, 0.7), full(20, 1), bins: 5, Binning.EqualMass).Bins.Should().ContainSingle();
    }

    [Fact]
    public void Classwise_calibration_is_that_of_each_class_against_the_others()
    {
        Tensor rows = rand(200, 3, dtype: float64).softmax(1), target = randint(0, 3, [200], int64);
        foreach (var binning in new[] { Binning.EqualWidth, Binning.EqualMass })
        {
            var all = Calibration.OfEachClass(rows, target, bins: 5, binning);
            all.Should().HaveCount(3);
            for (int index = 0; index < 3; index++)
                all[index].Bins.Should().Equal(Calibration.OfProbability(rows.select(1, index).contiguous(), target == index, bins: 5,
                    binning).Bins);
            Calibration.ClassWiseError(rows, target, bins: 5, binning).Should().BeApproximately(all.Average(each => each.ExpectedError), 1e-15);
        }
        var (exact, classes) = ExactlyCalibrated.ThreeClasses();
        Calibration.ClassWiseError(exact, classes).Should().BeLessThan(1e-15);
    }

    [Fact]
    public void An_invalid_binning_is_refused()
    {
        var act = () => Calibration.OfConfidence(ones(2), ones(2), 10, (Binning)7);
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage("binning is 7; expected EqualWidth or EqualMass.*");
    }

    [Fact]
    public void The_text_is_a_table_in_every_culture()
    {
        using var foreign = new ForeignCulture();
        Calibration.OfProbability(tensor(new[] { 0.1, 0.2, 0.9 }), tensor(new[] { 0, 1, 1 }), bins: 2).ToString().Should().Be(
            """
            3 examples
              expected calibration error        0.2667  2 bins
              maximum calibration error         0.3500
              0.0000 to 0.5000                  0.5000  came true of 0.1500 predicted, 2 examples
              0.5000 to 1.0000                  1.0000  came true of 0.9000 predicted, 1 examples
            """.ReplaceLineEndings("\n"));
        RejectionCurve.Of(tensor(new[] { 0.1, 0.9 }), tensor(new[] { 0.9, 0.6 }), tensor(new[] { 1, 0 })).ToString().Should().StartWith(
            """
            2 examples
              area under the curve              0.7500
              accuracy of all                   0.5000
              accuracy without worst 10 %       0.5000
            """.ReplaceLineEndings("\n"));
        new TemperatureScaling(1.25).ToString().Should().Be("TemperatureScaling(1.25)");
    }
}
