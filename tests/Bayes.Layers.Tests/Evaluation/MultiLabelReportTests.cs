using Bayes.Layers.Evaluation;

namespace Bayes.Layers.Tests.Evaluation;

public sealed class MultiLabelReportTests : TorchTest
{
    private static Tensor Probability => tensor(new[,] { { 0.9, 0.2, 0.6 }, { 0.4, 0.7, 0.1 }, { 0.8, 0.8, 0.3 }, { 0.3, 0.6, 0.4 } });

    private static Tensor Target => tensor(new[,] { { 1, 0, 0 }, { 0, 1, 0 }, { 1, 1, 1 }, { 1, 0, 0 } });

    /// <summary>Counts: label 0 has 2 hits, 1 miss; label 1 has 2 hits and 1 false alarm; label 2 has 1 miss and 1 false alarm.</summary>
    [Fact]
    public void Averages_match_a_calculation_by_hand()
    {
        var report = MultiLabelReport.Of(Probability, Target, bins: 5);
        report.Count.Should().Be(4);
        report.Labels.Select(label => label.ConfusionMatrix).Should().Equal(new ConfusionMatrix(1, 0, 1, 2), new ConfusionMatrix(1, 1, 0, 2),
            new ConfusionMatrix(2, 1, 1, 0));
        report.Micro.ConfusionMatrix.Should().Be(new ConfusionMatrix(4, 2, 2, 4));
        report.ExactMatch.Should().Be(0.25);
        report.HammingLoss.Should().BeApproximately(4.0 / 12, 1e-15);
        report.MacroPrecision.Should().BeApproximately((1 + 2.0 / 3 + 0) / 3, 1e-15);
        report.MacroRecall.Should().BeApproximately((2.0 / 3 + 1 + 0) / 3, 1e-15);
        report.MacroF1.Should().BeApproximately((0.8 + 0.8 + 0) / 3, 1e-15);
        report.Micro.ConfusionMatrix!.F1.Should().BeApproximately(2.0 / 3, 1e-15);
        report.Micro.RocAuc.Should().Be(RocAuc.Of(Probability.flatten(), Target.flatten()));
        double[] areas = [.. Enumerable.Range(0, 3).Select(label => RocAuc.Of(Probability.select(1, label).contiguous(), Target.select(1,
            label).contiguous()))];
        report.MacroRocAuc.Should().BeApproximately(areas.Average(), 1e-15);
        report.Labels.Select(label => label.Calibration.Bins.Count).Should().Equal(5, 5, 5);
    }

    [Fact]
    public void A_label_without_examples_is_left_out_of_the_averages()
    {
        Tensor target = Target.clone();
        target[TensorIndex.Colon, 2] = 0;
        var report = MultiLabelReport.Of(Probability, target);
        report.MacroRecall.Should().BeApproximately((2.0 / 3 + 1) / 2, 1e-15);
        report.MacroRocAuc.Should().NotBeNull();
        var never = MultiLabelReport.Of(full([4, 2], 0.1), zeros(4, 2));
        (never.MacroPrecision, never.MacroRecall, never.MacroF1, never.MacroRocAuc).Should().Be(((double?)null, (double?)null, (double?)null,
            (double?)null));
        never.ExactMatch.Should().Be(1);
        never.ToString().Should().NotContain("macro");
    }

    [Fact]
    public void Bad_labels_are_refused()
    {
        foreach (var (probability, target, message) in new[]
        {
            (Probability, Target[0], "The target has shape [3] and the probability [4, 3]; expected equal shapes.*"),
            (rand(4), ones(4), "The probability has shape [4]; expected [N, L], a column for each label.*"),
            (Probability, Target * 2, "A target is 2; expected 0 or 1.*"),
            (Probability * 2, Target, "probability has the value *; expected values in [0, 1].*"),
        })
        {
            var act = () => MultiLabelReport.Of(probability, target);
            act.Should().Throw<ArgumentException>().WithMessage(message);
        }
    }

    [Fact]
    public void The_text_is_a_table_in_every_culture()
    {
        using var foreign = new ForeignCulture();
        MultiLabelReport.Of(Probability, Target).ToString().Should().StartWith(
            """
            4 examples, 3 labels
              all labels right                  0.2500
              Hamming loss                      0.3333
              micro precision                   0.6667
              micro recall                      0.6667
              micro F1                          0.6667
              macro precision                   0.5556
              macro recall                      0.5556
              macro F1                          0.5333
            """.ReplaceLineEndings("\n")).And.EndWith(
            """
              label 0: F1                       0.8000  3 examples
              label 1: F1                       0.8000  2 examples
              label 2: F1                       0.0000  1 examples
            """.ReplaceLineEndings("\n"));
    }
}
