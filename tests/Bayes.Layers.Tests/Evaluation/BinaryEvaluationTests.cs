using Bayes.Layers.Evaluation;
using Bayes.Layers.Tests.Golden;

namespace Bayes.Layers.Tests.Evaluation;

public sealed class BinaryEvaluationTests : TorchTest
{
    private static Tensor Probability => GoldenData.Tensor("metrics", "probability");

    private static Tensor Target => GoldenData.Tensor("metrics", "target");

    [Fact]
    public void Area_under_the_curve_is_right_for_perfect_reversed_and_constant_scores()
    {
        var target = tensor(new[] { 0.0, 0, 1, 1 });
        RocAuc.Of(tensor(new[] { 0.1, 0.2, 0.3, 0.4 }), target).Should().Be(1);
        RocAuc.Of(tensor(new[] { 0.4, 0.3, 0.2, 0.1 }), target).Should().Be(0);
        RocAuc.Of(tensor(new[] { 0.5, 0.5, 0.5, 0.5 }), target).Should().Be(0.5);
    }

    [Fact]
    public void An_increasing_transformation_of_the_score_changes_nothing() =>
        RocAuc.Of(Probability.logit(), Target).Should().Be(RocAuc.Of(Probability, Target));

    [Fact]
    public void A_probability_at_the_threshold_is_class_zero() =>
        ConfusionMatrix.Of(tensor(new[] { 0.5, 0.51 }), tensor(new[] { 1.0, 1 })).Should().Be(new ConfusionMatrix(0, 0, 1, 1));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void One_class_alone_has_no_area(double only)
    {
        var act = () => RocAuc.Of(ones(3), full(3, only));
        act.Should().Throw<ArgumentException>().WithMessage($"All 3 targets are of class {only}*needs both classes*");
    }

    [Fact]
    public void Bad_scores_are_refused()
    {
        foreach (var metric in new Func<Tensor, Tensor, double>[] { RocAuc.Of, AveragePrecision.Of })
        {
            Func<double>[] all =
            [
                () => metric(ones(3), ones(3, 1)),
                () => metric(ones(0), ones(0)),
                () => metric(ones(2, 2), ones(2, 2)),
                () => metric(tensor(new[] { double.NaN, 1 }), tensor(new[] { 0.0, 1 })),
                () => metric(ones(2), tensor(new[] { 0.5, 1 })),
            ];
            string[] messages =
            [
                "*target has shape [3, 1] and the score [3]; expected equal shapes*", "There are no examples*",
                "The score has shape [2, 2]; expected [N] or [N, 1]*", "A score is NaN*", "A target is 0.5; expected 0 or 1*",
            ];
            foreach (var (act, message) in all.Zip(messages))
                act.Should().Throw<ArgumentException>().WithMessage(message);
        }
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void A_confusion_matrix_refuses_values_that_are_not_probabilities(double value)
    {
        var act = () => ConfusionMatrix.Of(tensor(new[] { 0.5, value }), ones(2));
        act.Should().Throw<ArgumentException>().WithMessage("probability has *; expected values in [0, 1].*");
    }

    [Fact]
    public void A_threshold_of_NaN_is_refused()
    {
        var act = () => ConfusionMatrix.Of(ones(2), ones(2), double.NaN);
        act.Should().Throw<ArgumentException>().WithMessage("The threshold is NaN*");
    }

    [Theory]
    [InlineData(0.2, 0, 2, 0, 2)]
    [InlineData(0.5, 1, 1, 1, 1)]
    [InlineData(0.9, 2, 0, 2, 0)]
    public void The_given_threshold_is_used(double threshold, long trueNegatives, long falsePositives, long falseNegatives, long truePositives) =>
        ConfusionMatrix.Of(tensor(new[] { 0.3, 0.6, 0.4, 0.8 }), tensor(new[] { 0.0, 0, 1, 1 }), threshold)
            .Should().Be(new ConfusionMatrix(trueNegatives, falsePositives, falseNegatives, truePositives));

    [Fact]
    public void The_area_is_the_share_of_ordered_pairs_with_ties_as_half()
    {
        Tensor score = randint(0, 10, 300).to(float64), target = (rand(300) < 0.4).to(float64);
        double[] scores = Values(score), classes = Values(target);
        var pairs =
            from positive in scores.Zip(classes).Where(pair => pair.Second == 1)
            from negative in scores.Zip(classes).Where(pair => pair.Second == 0)
            select (1 + Math.Sign(positive.First - negative.First)) / 2.0;
        RocAuc.Of(score, target).Should().BeApproximately(pairs.Average(), 1e-12);
    }

    [Fact]
    public void Precision_recall_and_F1_follow_from_the_counts()
    {
        var matrix = new ConfusionMatrix(TrueNegatives: 5, FalsePositives: 1, FalseNegatives: 3, TruePositives: 2);
        matrix.Precision.Should().BeApproximately(2.0 / 3, 1e-15);
        matrix.Recall.Should().Be(0.4);
        matrix.F1.Should().Be(0.5);
    }

    [Fact]
    public void Precision_is_undefined_without_predictions_and_recall_without_examples()
    {
        var nothingPredicted = new ConfusionMatrix(5, 0, 3, 0);
        nothingPredicted.Precision.Should().BeNull();
        nothingPredicted.Recall.Should().Be(0);
        nothingPredicted.F1.Should().Be(0);

        var nothingThere = new ConfusionMatrix(5, 2, 0, 0);
        nothingThere.Precision.Should().Be(0);
        nothingThere.Recall.Should().BeNull();
        nothingThere.F1.Should().Be(0);

        var neither = new ConfusionMatrix(5, 0, 0, 0);
        neither.F1.Should().BeNull();
        neither.ToString().Should().Contain("Precision = ,");
    }

    [Fact]
    public void Average_precision_is_the_sum_over_thresholds()
    {
        Tensor score = randint(0, 10, 300).to(float64), target = (rand(300) < 0.4).to(float64);
        double[] scores = Values(score), classes = Values(target);
        double sum = 0, lastRecall = 0;
        foreach (double threshold in scores.Distinct().OrderDescending())
        {
            double[] taken = [.. classes.Where((_, i) => scores[i] >= threshold)];
            double recall = taken.Sum() / classes.Sum();
            sum += (recall - lastRecall) * taken.Average();
            lastRecall = recall;
        }
        AveragePrecision.Of(score, target).Should().BeApproximately(sum, 1e-12);
    }

    [Fact]
    public void Average_precision_is_right_for_perfect_reversed_and_constant_scores()
    {
        var target = tensor(new[] { 0.0, 0, 0, 1 });
        AveragePrecision.Of(tensor(new[] { 0.1, 0.2, 0.3, 0.4 }), target).Should().Be(1);
        AveragePrecision.Of(tensor(new[] { 0.4, 0.3, 0.2, 0.1 }), target).Should().Be(0.25);
        AveragePrecision.Of(zeros(4), target).Should().Be(0.25);
        AveragePrecision.Of(rand(4), ones(4)).Should().Be(1);
    }

    [Fact]
    public void Average_precision_is_undefined_without_class_one()
    {
        var act = () => AveragePrecision.Of(ones(3), zeros(3));
        act.Should().Throw<ArgumentException>().WithMessage("All 3 targets are of class 0; *needs examples of class 1*");
    }
}
