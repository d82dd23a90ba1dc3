using Bayes.Layers.Evaluation;
using Bayes.Layers.Tests.Golden;

namespace Bayes.Layers.Tests.Evaluation;

public sealed class BinaryEvaluationTests : TorchTest
{
    private static Tensor Probability => GoldenData.Tensor("metrics", "probability");

    private static Tensor Target => GoldenData.Tensor("metrics", "target");

    [Fact]
    public void Confusion_matrix_and_accuracy_match()
    {
        var matrix = ConfusionMatrix.Of(Probability, Target);
        var golden = GoldenData.Tensor("metrics", "confusion_matrix_rows_true");
        Values(golden).Should().Equal(matrix.ToArray().Cast<long>().Select(count => (double)count));
        matrix.Accuracy.Should().BeApproximately(GoldenData.Number("metrics", "accuracy"), 1e-15);
        matrix.Total.Should().Be(200);
    }

    [Fact]
    public void Area_under_the_curve_matches_with_ties() =>
        RocAuc.Of(Probability, Target).Should().BeApproximately(GoldenData.Number("metrics", "roc_auc"), 1e-14);

    [Fact]
    public void Area_under_the_curve_knows_perfect_reversed_and_constant_scores()
    {
        var target = tensor(new[] { 0.0, 0, 1, 1 });
        RocAuc.Of(tensor(new[] { 0.1, 0.2, 0.3, 0.4 }), target).Should().Be(1);
        RocAuc.Of(tensor(new[] { 0.4, 0.3, 0.2, 0.1 }), target).Should().Be(0);
        RocAuc.Of(tensor(new[] { 0.5, 0.5, 0.5, 0.5 }), target).Should().Be(0.5);
    }

    [Fact]
    public void A_rising_transformation_of_the_score_changes_nothing() =>
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
    public void Bad_outcomes_are_refused()
    {
        Func<double>[] all =
        [
            () => RocAuc.Of(ones(3), ones(3, 1)),
            () => RocAuc.Of(ones(0), ones(0)),
            () => RocAuc.Of(tensor(new[] { double.NaN, 1 }), tensor(new[] { 0.0, 1 })),
            () => RocAuc.Of(ones(2), tensor(new[] { 0.5, 1 })),
        ];
        string[] messages = ["*expected equal shapes*", "There are no examples*", "A probability is NaN*", "A target is 0.5; expected 0 or 1*"];
        foreach (var (act, message) in all.Zip(messages))
            act.Should().Throw<ArgumentException>().WithMessage(message);
    }

    [Theory]
    [InlineData(0.2, 0, 2, 0, 2)]
    [InlineData(0.5, 1, 1, 1, 1)]
    [InlineData(0.9, 2, 0, 2, 0)]
    public void The_threshold_is_that_given(double threshold, long trueNegatives, long falsePositives, long falseNegatives, long truePositives) =>
        ConfusionMatrix.Of(tensor(new[] { 0.3, 0.6, 0.4, 0.8 }), tensor(new[] { 0.0, 0, 1, 1 }), threshold)
            .Should().Be(new ConfusionMatrix(trueNegatives, falsePositives, falseNegatives, truePositives));

    [Fact]
    public void The_area_is_the_share_of_pairs_in_order_with_ties_as_half()
    {
        Tensor score = randint(0, 10, 300).to(float64), target = (rand(300) < 0.4).to(float64);
        double[] scores = Values(score), classes = Values(target);
        var pairs =
            from positive in scores.Zip(classes).Where(pair => pair.Second == 1)
            from negative in scores.Zip(classes).Where(pair => pair.Second == 0)
            select (1 + Math.Sign(positive.First - negative.First)) / 2.0;
        RocAuc.Of(score, target).Should().BeApproximately(pairs.Average(), 1e-12);
    }
}
