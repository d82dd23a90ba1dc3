using Bayes.Layers.Evaluation;

namespace Bayes.Layers.Tests.Golden;

/// <summary>Metrics of a binary classifier with tied probabilities, compared with scikit-learn and NumPy.</summary>
public sealed class MetricsGoldenTests : TorchTest
{
    private const double Tolerance = 1e-12;

    private static Tensor Probability => GoldenData.Tensor("metrics", "probability");

    private static Tensor Target => GoldenData.Tensor("metrics", "target");

    private static void ShouldMatch(double actual, string key) => actual.Should().BeApproximately(GoldenData.Number("metrics", key), Tolerance);

    [Fact]
    public void Accuracy_matches() => ShouldMatch(Accuracy.Of(Probability, Target), "accuracy");

    [Fact]
    public void Area_under_the_curve_matches() => ShouldMatch(RocAuc.Of(Probability, Target), "roc_auc");

    /// <summary>With two classes, the area is the same by the probability of either class.</summary>
    [Fact]
    public void Area_of_several_classes_matches()
    {
        Tensor rows = stack([1 - Probability, Probability], 1);
        ShouldMatch(RocAuc.OneVsRest(rows, Target), "roc_auc");
        ShouldMatch(RocAuc.OneVsOne(rows, Target), "roc_auc");
    }

    [Fact]
    public void A_single_label_has_the_metrics_of_a_binary_classifier()
    {
        var report = MultiLabelReport.Of(Probability.unsqueeze(1), Target.unsqueeze(1));
        ShouldMatch(report.ExactMatch, "accuracy");
        ShouldMatch(report.MacroF1!.Value, "f1");
        ShouldMatch(report.MacroRocAuc!.Value, "roc_auc");
        ShouldMatch(report.MacroAveragePrecision!.Value, "average_precision");
    }

    [Fact]
    public void Average_precision_matches() => ShouldMatch(AveragePrecision.Of(Probability, Target), "average_precision");

    [Fact]
    public void Brier_score_matches() => ShouldMatch(BrierScore.Of(Probability, Target), "brier");

    [Fact]
    public void Negative_log_likelihood_matches() => ShouldMatch(NegativeLogLikelihood.Of(Probability, Target), "nll");

    [Fact]
    public void Expected_calibration_error_matches() =>
        ShouldMatch(Calibration.OfConfidence(Probability, Target).ExpectedError, "ece_10_equal_width_confidence");

    [Fact]
    public void Confusion_matrix_matches()
    {
        var matrix = ConfusionMatrix.Of(Probability, Target);
        Values(GoldenData.Tensor("metrics", "confusion_matrix_rows_true"))
            .Should().Equal(matrix.ToArray().Cast<long>().Select(count => (double)count));
        ShouldMatch(matrix.Accuracy, "accuracy");
        ShouldMatch(matrix.Precision!.Value, "precision");
        ShouldMatch(matrix.Recall!.Value, "recall");
        ShouldMatch(matrix.F1!.Value, "f1");
    }

    [Fact]
    public void The_report_has_all_metrics()
    {
        var report = ClassificationReport.Of(Probability, Target);
        ShouldMatch(report.Accuracy, "accuracy");
        ShouldMatch(report.NegativeLogLikelihood, "nll");
        ShouldMatch(report.BrierScore, "brier");
        ShouldMatch(report.Calibration.ExpectedError, "ece_10_equal_width_confidence");
        ShouldMatch(report.RocAuc!.Value, "roc_auc");
        ShouldMatch(report.AveragePrecision!.Value, "average_precision");
        report.ConfusionMatrix.Should().Be(ConfusionMatrix.Of(Probability, Target));
        report.Count.Should().Be(200);
        report.Classes.Should().Be(2);
    }
}
