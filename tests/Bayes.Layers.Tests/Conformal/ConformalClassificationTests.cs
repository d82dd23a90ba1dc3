using Bayes.Layers.Conformal;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tests.Golden;

namespace Bayes.Layers.Tests.Conformal;

public sealed class ConformalClassificationTests : TorchTest
{
    private static readonly ClassScore[] Scores = [ClassScore.Threshold, ClassScore.AdaptiveSets, ClassScore.RandomizedAdaptiveSets];

    private static Tensor Probability => GoldenData.Tensor("inference", "conformal_classes", "probability");

    private static Tensor Target => GoldenData.Tensor("inference", "conformal_classes", "target").to(int64);

    /// <summary>Logits as the network's only draw: their softmax is the mean.</summary>
    private static Predictive Predicted(Tensor probability) => Predictive.OfSamples(probability.log().unsqueeze(0), new CategoricalLikelihood());

    private static Tensor Uniform(long rows) => full(rows, 0.5, float64);

    [Theory]
    [InlineData(0, "score_threshold")]
    [InlineData(1, "score_adaptive")]
    public void Scores_match(int index, string key)
    {
        var scores = Scores[index].Of(Probability, Uniform(Probability.shape[0]));
        ShouldBeClose(scores.gather(1, Target.unsqueeze(1)).squeeze(1), GoldenData.Tensor("inference", "conformal_classes", key), 1e-12);
    }

    /// <summary>With the golden scores, a set has the classes whose score is at most the 11th of 12.</summary>
    [Theory]
    [InlineData(0, "score_threshold")]
    [InlineData(1, "score_adaptive")]
    public void Sets_have_the_classes_up_to_the_quantile(int index, string key)
    {
        using Predictive calibration = Predicted(Probability), prediction = Predicted(Normal(9, 4).softmax(1));
        var conformal = ConformalClassification.Calibrate(calibration, Target, new ConformalClassificationOptions { Score = Scores[index] });
        using var sets = conformal.Sets(prediction, coverage: 0.8);
        double quantile = Values(GoldenData.Tensor("inference", "conformal_classes", key)).Order().ElementAt(10);
        Values(sets.Contains).Should().Equal(Values(Scores[index].Of(prediction.Mean, Uniform(9)).le(quantile)));
        Values(sets.Sizes).Should().Equal(Values(sets.Contains.sum([1L])));
        sets.Contains.dtype.Should().Be(ScalarType.Bool);
        sets.Sizes.dtype.Should().Be(int64);
    }

    [Fact]
    public void Randomization_counts_a_part_of_the_class_itself()
    {
        Tensor none = zeros(12, float64), all = ones(12, float64), some = rand(12, float64);
        Tensor plain = ClassScore.AdaptiveSets.Of(Probability, some);
        ShouldBeClose(ClassScore.RandomizedAdaptiveSets.Of(Probability, all), plain, 1e-15);
        ShouldBeClose(ClassScore.RandomizedAdaptiveSets.Of(Probability, none), plain - Probability, 1e-15);
        ShouldBeClose(ClassScore.RandomizedAdaptiveSets.Of(Probability, some), plain - (1 - some.unsqueeze(1)) * Probability, 1e-15);
        Values(plain).Should().Equal(Values(ClassScore.AdaptiveSets.Of(Probability, none)));
    }

    /// <summary>Equal probabilities are in the order of their classes, and none counts twice.</summary>
    [Fact]
    public void Equal_probabilities_have_scores() => ShouldBeClose(
        ClassScore.AdaptiveSets.Of(tensor(new double[,] { { 0.25, 0.5, 0.25 } }), Uniform(1)), tensor(new double[,] { { 0.75, 0.5, 1 } }), 1e-15);

    /// <summary>Classes are drawn from other probabilities than the predicted ones. Scores with randomization have no ties.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Coverage_holds_over_many_calibrations(int index)
    {
        const int trials = 150, rows = 49, tested = 100, classes = 5;
        double share = 0;
        for (int trial = 0; trial < trials; trial++)
        {
            using var scope = NewDisposeScope();
            Tensor logits = 2 * Normal(rows + tested, classes), observed = (0.5 * logits + 0.3 * Normal(rows + tested, classes)).softmax(1)
                .multinomial(1).squeeze(1);
            using Predictive calibration = Predicted(logits[..rows].softmax(1)), prediction = Predicted(logits[rows..].softmax(1));
            var options = new ConformalClassificationOptions { Score = Scores[index], Seed = trial };
            using var sets = ConformalClassification.Calibrate(calibration, observed[..rows], options).Sets(prediction, 0.88);
            share += sets.Contains.gather(1, observed[rows..].unsqueeze(1)).to(float64).mean().item<double>() / trials;
        }
        // 50 · 0.88 = 44 of 50.
        double spread = Math.Sqrt(0.88 * 0.12 * (1.0 / (rows + 2) + 1.0 / tested) / trials);
        share.Should().BeInRange(0.88 - 4 * spread, 0.88 + 1.0 / (rows + 1) + 4 * spread);
        if (Scores[index] != ClassScore.AdaptiveSets)
            share.Should().BeApproximately(0.88, 4 * spread);
    }

    [Fact]
    public void Sets_of_higher_coverage_contain_those_of_lower()
    {
        using Predictive calibration = Predicted(Normal(60, 4).softmax(1)), prediction = Predicted(Normal(30, 4).softmax(1));
        Tensor target = arange(60).remainder(4);
        foreach (var score in Scores)
        {
            var conformal = ConformalClassification.Calibrate(calibration, target, new ConformalClassificationOptions { Score = score, Seed = 3 });
            Tensor before = zeros(30, 4, ScalarType.Bool);
            foreach (double coverage in new[] { 0.1, 0.3, 0.5, 0.7, 0.9, 0.98, 0.99 })
            {
                using var sets = conformal.Sets(prediction, coverage);
                (before & ~sets.Contains).any().item<bool>().Should().BeFalse("coverage {0}", coverage);
                before = sets.Contains.clone();
            }
            before.all().item<bool>().Should().BeTrue();
        }
    }

    [Fact]
    public void The_order_of_the_calibration_rows_does_not_matter()
    {
        Tensor probability = Normal(40, 3).softmax(1), target = arange(40).remainder(3), order = randperm(40), weights = rand(40, float64);
        Tensor groups = arange(40).remainder(2), future = arange(20).remainder(2), own = rand(20, float64);
        using Predictive calibration = Predicted(probability), permuted = Predicted(probability[order]), prediction = Predicted(
            Normal(20, 3).softmax(1));
        foreach (var score in Scores[..2])
        {
            var options = new ConformalClassificationOptions { Score = score };
            using var first = ConformalClassification.Calibrate(calibration, target, options, groups, weights).Sets(prediction, 0.6, future, own);
            using var second = ConformalClassification.Calibrate(permuted, target[order], options, groups[order], weights[order])
                .Sets(prediction, 0.6, future, own);
            Values(second.Contains).Should().Equal(Values(first.Contains));
        }
    }

    [Fact]
    public void One_group_and_equal_weights_give_the_plain_sets()
    {
        using Predictive calibration = Predicted(Probability), prediction = Predicted(Normal(20, 4).softmax(1));
        using var plain = ConformalClassification.Calibrate(calibration, Target).Sets(prediction, 0.7);
        using var grouped = ConformalClassification.Calibrate(calibration, Target, groups: ones(12)).Sets(prediction, 0.7, groups: ones(20));
        using var weighted = ConformalClassification.Calibrate(calibration, Target, weights: full(12, 0.3)).Sets(
            prediction, 0.7, weights: full(20, 0.3));
        Values(grouped.Contains).Should().Equal(Values(plain.Contains));
        Values(weighted.Contains).Should().Equal(Values(plain.Contains));
    }

    /// <summary>A coin's prediction is that of two classes.</summary>
    [Fact]
    public void Two_classes_are_those_of_one_probability()
    {
        Tensor logits = Normal(40, 1), future = Normal(9, 1), target = logits.add(Normal(40, 1)).gt(0);
        foreach (var score in Scores)
        {
            var options = new ConformalClassificationOptions { Score = score };
            using var one = ConformalClassification.Calibrate(
                Predictive.OfSamples(logits.unsqueeze(0), new BernoulliLikelihood()), target.to(float64), options)
                .Sets(Predictive.OfSamples(future.unsqueeze(0), new BernoulliLikelihood()), 0.8);
            using var two = ConformalClassification.Calibrate(Predicted(Two(logits)), target.squeeze(1).to(int64), options)
                .Sets(Predicted(Two(future)), 0.8);
            Values(one.Contains).Should().Equal(Values(two.Contains));
        }

        static Tensor Two(Tensor logits) => cat([1 - logits.sigmoid(), logits.sigmoid()], 1);
    }

    [Fact]
    public void The_most_probable_class_can_be_in_every_set()
    {
        using Predictive calibration = Predicted(Normal(99, 4).softmax(1)), prediction = Predicted(Normal(40, 4).softmax(1));
        // All targets are the most probable class: small sets suffice.
        var target = calibration.Mean.argmax(1);
        var options = new ConformalClassificationOptions { Score = ClassScore.Threshold };
        using var plain = ConformalClassification.Calibrate(calibration, target, options).Sets(prediction, 0.5);
        using var sets = ConformalClassification.Calibrate(calibration, target, options with { IncludeMostProbable = true }).Sets(prediction, 0.5);
        ConformalReport.Of(plain, zeros(40)).All.EmptyCount.Should().BePositive();
        ConformalReport.Of(sets, zeros(40)).All.EmptyCount.Should().Be(0);
        var most = nn.functional.one_hot(prediction.Mean.argmax(1), 4).to(ScalarType.Bool);
        Values(sets.Contains).Should().Equal(Values(plain.Contains | most));
    }

    [Fact]
    public void A_seed_names_the_randomization()
    {
        using Predictive calibration = Predicted(Normal(60, 4).softmax(1)), prediction = Predicted(Normal(40, 4).softmax(1));
        var target = arange(60).remainder(4);
        using ConformalSets first = Sets(1), again = Sets(1), other = Sets(2);
        Values(again.Contains).Should().Equal(Values(first.Contains));
        Values(other.Contains).Should().NotEqual(Values(first.Contains));

        ConformalSets Sets(long seed) => ConformalClassification.Calibrate(
            calibration, target, new ConformalClassificationOptions { Score = ClassScore.RandomizedAdaptiveSets, Seed = seed }).Sets(prediction, 0.8);
    }

    /// <summary>Also if a new row is where a calibration row was.</summary>
    [Fact]
    public void The_numbers_of_new_rows_are_not_those_of_the_calibration()
    {
        using Predictive calibration = Predicted(Probability), prediction = Predicted(Probability);
        using var sets = ConformalClassification.Calibrate(
            calibration, Target, new ConformalClassificationOptions { Score = ClassScore.RandomizedAdaptiveSets, Seed = 4 }).Sets(prediction, 0.8);
        double quantile = Values(Scores("conformal calibration").gather(1, Target.unsqueeze(1))).Order().ElementAt(10);
        Values(sets.Contains).Should().Equal(Values(Scores("conformal prediction").le(quantile)));

        Tensor Scores(string use) => ClassScore.RandomizedAdaptiveSets.Of(prediction.Mean, UniformRows.Of(4, use, 12, CPU));
    }

    [Fact]
    public void The_uniform_numbers_are_uniform_and_those_of_their_row()
    {
        var numbers = UniformRows.Of(5, "calibration", 2000, CPU);
        double[] sorted = [.. Values(numbers).Order()];
        // Kolmogorov's distance, far above its 1 % point of 1.63 / √n.
        sorted.Select((value, index) => Math.Abs(value - (index + 0.5) / 2000)).Max().Should().BeLessThan(2 / Math.Sqrt(2000));
        Values(UniformRows.Of(5, "calibration", 7, CPU)).Should().Equal(Values(numbers[..7]));
        Values(UniformRows.Of(5, "prediction", 2000, CPU)).Should().NotEqual(Values(numbers));
    }

    [Fact]
    public void Too_few_rows_are_all_classes_and_a_sentence()
    {
        using Predictive calibration = Predicted(Probability), prediction = Predicted(Normal(4, 4).softmax(1));
        using var sets = ConformalClassification.Calibrate(calibration, Target).Sets(prediction, 0.95);
        sets.Contains.all().item<bool>().Should().BeTrue();
        sets.Caution.Should().Be("Coverage 0.95 needs at least 19 calibration rows, and there are 12: the sets have all classes.");
        sets.ToString().Should().Be($"ConformalSets(coverage 0.95): {sets.Caution}");
        ConformalClassification.RowsNeeded(0.95).Should().Be(19);
    }

    [Fact]
    public void Bad_input_is_refused_in_a_sentence()
    {
        using var calibration = Predicted(Probability);
        var conformal = ConformalClassification.Calibrate(calibration, Target);
        Refuses(() => ConformalClassification.Calibrate(calibration, zeros(12, int64)),
            "All 12 calibration targets are of class 0; expected rows of several classes, as new rows will have.*");
        Refuses(() => ConformalClassification.Calibrate(calibration, Target.add(3)), "A target is *expected a class index from 0 to 3*");
        Refuses(() => ConformalClassification.Calibrate(calibration, Target[..3]), "The target has shape [3] and the probability [12, 4]; *");
        Refuses(() => ConformalClassification.Calibrate(Predicted(ones(12, 1, float64)), zeros(12, int64)),
            "*[12, 1], one class only; *at least two.*");
        Refuses(() => ConformalClassification.Calibrate(Predictive.OfSamples(Normal(2, 12, 3), new BernoulliLikelihood()), zeros(12, 3)),
            "The prediction has shape [12, 3], several labels or places for each row, *");
        Refuses(() => ConformalClassification.Calibrate(
            Predictive.OfSamples(Normal(2, 12, 3, 5), new CategoricalLikelihood(classAxis: -2)), zeros(12, 5, int64)),
            "The prediction has shape [12, 3, 5], several labels or places for each row, *");
        Refuses(() => ConformalClassification.Calibrate(Predictive.OfSamples(Normal(2, 12, 1), new GaussianLikelihood(1)), zeros(12, 1)),
            "The prediction has the likelihood GaussianLikelihood(stddev=1); expected one over classes; use ConformalRegression.*");
        Refuses(() => conformal.Sets(Predicted(full(3, 4, double.NaN, float64))), "*NaN*");
        Refuses(() => conformal.Sets(Predicted(Normal(3, 5).softmax(1))), "*expected rows of one shape and one likelihood*");
        Refuses(() => conformal.Sets(Predicted(Normal(3, 4).softmax(1)), 0), "coverage is 0; *");
        Refuses(() => ConformalClassification.Calibrate(calibration, Target, new ConformalClassificationOptions { Score = new WrongScore() }),
            "The score returned shape [12]; expected [12, 4], a number for each class.*");
    }

    [Fact]
    public void Nothing_is_left_behind()
    {
        using Predictive calibration = Predicted(Probability), prediction = Predicted(Normal(5, 4).softmax(1));
        Tensor target = Target, observed = zeros(5, int64);
        long before = LiveTensors();
        foreach (var score in Scores)
        {
            var conformal = ConformalClassification.Calibrate(
                calibration, target, new ConformalClassificationOptions { Score = score, IncludeMostProbable = true });
            LiveTensors().Should().Be(before);
            using (var sets = conformal.Sets(prediction))
            {
                ConformalReport.Of(sets, observed);
                LiveTensors().Should().Be(before + 2);
            }
            conformal.Invoking(each => each.Sets(prediction, groups: observed)).Should().Throw<ArgumentException>();
            LiveTensors().Should().Be(before);
        }
    }

    private static void Refuses(Action act, string message) => act.Should().Throw<ArgumentException>().WithMessage(message);

    private sealed class WrongScore : ClassScore
    {
        public override Tensor Of(Tensor probability, Tensor uniform) => uniform;
    }
}
