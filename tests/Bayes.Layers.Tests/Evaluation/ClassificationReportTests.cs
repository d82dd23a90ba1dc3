using Bayes.Layers.Evaluation;

namespace Bayes.Layers.Tests.Evaluation;

public sealed class ClassificationReportTests : TorchTest
{
    private static Tensor Probability => tensor(new[] { 0.9, 0.8, 0.3, 0.4, 0.6 });

    private static Tensor Target => tensor(new[] { 1, 1, 0, 1, 0 });

    [Fact]
    public void The_numbers_are_those_of_the_metrics()
    {
        var report = ClassificationReport.Of(Probability, Target, bins: 5);
        report.Count.Should().Be(5);
        report.Classes.Should().Be(2);
        report.Accuracy.Should().Be(Accuracy.Of(Probability, Target));
        report.NegativeLogLikelihood.Should().Be(NegativeLogLikelihood.Of(Probability, Target));
        report.BrierScore.Should().Be(BrierScore.Of(Probability, Target));
        report.Calibration.Bins.Should().Equal(Calibration.OfConfidence(Probability, Target, bins: 5).Bins);
        report.ConfusionMatrix.Should().Be(ConfusionMatrix.Of(Probability, Target));
        report.RocAuc.Should().Be(RocAuc.Of(Probability, Target));
        report.AveragePrecision.Should().Be(AveragePrecision.Of(Probability, Target));
        report.MulticlassConfusionMatrix.Should().BeNull();
        report.MacroF1.Should().BeNull();
    }

    [Fact]
    public void Three_classes_have_a_confusion_matrix_and_no_curve()
    {
        var rows = tensor(new[,] { { 0.5, 0.25, 0.25 }, { 0.1, 0.8, 0.1 } });
        var report = ClassificationReport.Of(rows, tensor(new[] { 0, 2 }));
        report.Classes.Should().Be(3);
        report.Accuracy.Should().Be(0.5);
        report.ConfusionMatrix.Should().BeNull();
        report.RocAuc.Should().BeNull();
        report.AveragePrecision.Should().BeNull();
        report.MulticlassConfusionMatrix!.Counts[2].Should().Equal(0, 1, 0);
        report.MacroF1.Should().Be(1.0 / 3);
        report.ToString().Should().StartWith("2 examples, 3 classes\n").And.NotContain("ROC").And.EndWith(
            """
              macro precision                   0.5000
              macro recall                      0.5000
              macro F1                          0.3333
              true class, predicted       0       1       2  recall
              0                           1       0       0  1.0000
              1                           0       0       0       -
              2                           0       1       0  0.0000
              precision              1.0000  0.0000       -
              F1                     1.0000  0.0000  0.0000
            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Two_classes_given_as_rows_have_no_multiclass_matrix() =>
        ClassificationReport.Of(stack([1 - Probability, Probability], 1), Target).MulticlassConfusionMatrix.Should().BeNull();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void One_class_alone_has_no_curve(int only)
    {
        var report = ClassificationReport.Of(Probability, full(5, only));
        report.RocAuc.Should().BeNull();
        report.AveragePrecision.Should().BeNull();
        report.ConfusionMatrix!.Total.Should().Be(5);
    }

    [Fact]
    public void The_text_is_a_table_in_every_culture()
    {
        using var foreign = new ForeignCulture();
        ClassificationReport.Of(Probability, Target).ToString().Should().Be(
            """
            5 examples, 2 classes
              accuracy                          0.6000
              negative log-likelihood           0.5036  nats per example
              Brier score                       0.1720
              expected calibration error        0.3600  10 bins
              maximum calibration error         0.6000
              area under the ROC curve          0.8333
              average precision                 0.9167
              precision                         0.6667
              recall                            0.6667
              F1                                0.6667
              true class 0, predicted 0, 1           1         1
              true class 1, predicted 0, 1           1         2
            """.ReplaceLineEndings("\n"));
    }
}
