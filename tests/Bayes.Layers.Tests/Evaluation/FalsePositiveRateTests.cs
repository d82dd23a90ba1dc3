using Bayes.Layers.Evaluation;

namespace Bayes.Layers.Tests.Evaluation;

public sealed class FalsePositiveRateTests : TorchTest
{
    [Fact]
    public void A_threshold_at_which_enough_of_class_1_are_found_has_the_rate()
    {
        Tensor score = tensor(new[] { 5.0, 4, 3, 2, 1, 4.5, 3.5, 0.5 }), target = tensor(new[] { 1, 1, 1, 1, 1, 0, 0, 0 });
        FalsePositiveRate.Of(score, target, 0.2).Should().Be(0);
        FalsePositiveRate.Of(score, target, 0.21).Should().Be(1.0 / 3);
        FalsePositiveRate.Of(score, target, 0.6).Should().Be(2.0 / 3);
        FalsePositiveRate.Of(score, target, 1).Should().Be(2.0 / 3);
    }

    /// <summary>The smallest rate of all thresholds that find enough, one threshold after the other.</summary>
    [Fact]
    public void The_rate_is_the_smallest_of_all_thresholds_with_ties()
    {
        for (int trial = 0; trial < 20; trial++)
        {
            Tensor score = randint(0, 12, [60]), target = randint(0, 2, [60]);
            double[] scores = Values(score), targets = Values(target);
            foreach (double wanted in new[] { 0.05, 0.5, 0.8, 0.95, 1 })
                FalsePositiveRate.Of(score, target, wanted).Should().Be(
                    scores.Distinct().Where(threshold => Rate(1, threshold) >= wanted).Min(threshold => Rate(0, threshold)));

            double Rate(int index, double threshold) =>
                (double)Enumerable.Range(0, 60).Count(row => targets[row] == index && scores[row] >= threshold)
                / targets.Count(each => each == index);
        }
    }

    /// <summary>19 of 20 are 95 %, though 0.95 · 20 is rounded.</summary>
    [Fact]
    public void Rounding_does_not_ask_for_one_more()
    {
        foreach (int positives in new[] { 20, 40, 60, 100, 1000 })
            for (int percent = 1; percent <= 100; percent++)
                if (positives * percent % 100 == 0)
                    FalsePositiveRate.Of(cat([arange(positives, float64).neg(), tensor(new[] { 0.5 - positives * percent / 100 })]), cat([
                        ones(positives), zeros(1)]), percent / 100.0).Should().Be(0, "{0} % of {1}", percent, positives);
    }

    [Fact]
    public void Equal_scores_let_all_pass() => FalsePositiveRate.Of(zeros(6), tensor(new[] { 0, 1, 0, 1, 1, 0 })).Should().Be(1);

    [Fact]
    public void Bad_input_is_refused_in_a_sentence()
    {
        Refuses(() => FalsePositiveRate.Of(zeros(3), ones(3)), "All 3 targets are of class 1; the false positive rate needs both classes.*");
        Refuses(() => FalsePositiveRate.Of(full(2, double.NaN), tensor(new[] { 0, 1 })), "A score is NaN; *");
        Refuses(() => FalsePositiveRate.Of(zeros(2), tensor(new[] { 0, 1 }), 0), "truePositiveRate is 0; expected a number above 0, at most 1.*");
        static void Refuses(Action act, string message) => act.Should().Throw<ArgumentException>().WithMessage(message);
    }
}
