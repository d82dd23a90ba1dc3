using Bayes.Layers.Evaluation;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.OutOfDistribution;

namespace Bayes.Layers.Tests.OutOfDistribution;

public sealed class OutOfDistributionTests : TorchTest
{
    private static Predictive Classes(int rows, double spread = 1) => Predictive.OfSamples(spread * Normal(6, rows, 4), new CategoricalLikelihood());

    private static Predictive Numbers(int rows, int outputs, double spread = 1) =>
        Predictive.OfSamples(spread * Normal(6, rows, outputs), new GaussianLikelihood(0.5));

    [Fact]
    public void Scores_of_classes_are_their_formulas()
    {
        using var prediction = Classes(9);
        ShouldBeClose(OutOfDistributionScore.MutualInformation.Of(prediction), prediction.MutualInformation, 1e-15);
        ShouldBeClose(OutOfDistributionScore.TotalEntropy.Of(prediction), prediction.TotalEntropy, 1e-15);
        ShouldBeClose(OutOfDistributionScore.MaxProbability.Of(prediction), 1 - prediction.Mean.amax([1L]), 1e-15);
        ShouldBeClose(OutOfDistributionScore.Energy.Of(prediction), -prediction.Samples.mean([0L]).exp().sum([1L]).log(), 1e-14);
        ShouldBeClose(OutOfDistributionScore.EpistemicVariance.Of(prediction), prediction.EpistemicVariance.sum([1L]), 1e-15);
    }

    [Fact]
    public void Scores_of_a_coin_are_those_of_two_classes()
    {
        var logits = Normal(6, 9, 1);
        using Predictive one = Predictive.OfSamples(logits, new BernoulliLikelihood()), two = Predictive.OfSamples(
            cat([-logits / 2, logits / 2], 2), new CategoricalLikelihood());
        foreach (var score in OutOfDistributionScore.All.Take(4))
            ShouldBeClose(score.Of(one), score.Of(two), 1e-13, score.Name);
        using var probabilities = Predictive.OfSamples(logits.sigmoid(), new BernoulliLikelihood(BernoulliOutput.Probabilities));
        probabilities.Invoking(OutOfDistributionScore.Energy.Of).Should().Throw<InvalidOperationException>()
            .WithMessage("The energy of Predictive(*) with BernoulliLikelihood(Probabilities) is not known; expected kept samples *of logits *");
    }

    [Fact]
    public void Scores_of_numbers_are_their_formulas()
    {
        using var prediction = Numbers(9, 3);
        ShouldBeClose(OutOfDistributionScore.EpistemicVariance.Of(prediction), prediction.EpistemicVariance.sum([1L]), 1e-14);
        ShouldBeClose(OutOfDistributionScore.EpistemicDensity.Of(prediction), (0.5 * (2 * Math.PI * prediction.EpistemicVariance).log()).sum([1L]),
            1e-13);
        foreach (var score in OutOfDistributionScore.All.Take(4))
            prediction.Invoking(score.Of).Should().Throw<InvalidOperationException>().WithMessage($"The {score} of *expected *classes*");
    }

    [Fact]
    public void Places_of_a_row_are_averaged()
    {
        using var prediction = Predictive.OfSamples(Normal(5, 7, 3, 2, 2), new CategoricalLikelihood(classAxis: -3));
        ShouldBeClose(OutOfDistributionScore.TotalEntropy.Of(prediction), prediction.TotalEntropy.mean([1L, 2]), 1e-15);
        ShouldBeClose(OutOfDistributionScore.MaxProbability.Of(prediction), 1 - prediction.Mean.amax([1L]).mean([1L, 2]), 1e-15);
        foreach (var score in OutOfDistributionScore.All.Take(5))
            score.Of(prediction).shape.Should().Equal(7);
    }

    [Fact]
    public void One_draw_and_lost_samples_have_fewer_scores()
    {
        using Predictive known = Predictive.OfSamples(Normal(1, 9, 4), new CategoricalLikelihood()), unseen = Predictive.OfSamples(
            Normal(1, 9, 4), new CategoricalLikelihood());
        OutOfDistributionReport.Of(known, unseen).Results.Select(result => result.Score).Should().Equal(
            "total entropy", "1 - max probability", "energy");
        using var model = new BayesianLinear(2, 4);
        using var predictor = new MonteCarloPredictive(model, new CategoricalLikelihood(), samples: 3, seed: 1);
        using Predictive near = predictor.Predict(randn(9, 2)), far = predictor.Predict(randn(8, 2));
        var report = OutOfDistributionReport.Of(near, far);
        report.Results.Select(result => result.Score).Should().Equal(
            "mutual information", "total entropy", "1 - max probability", "epistemic variance");
        (report.KnownCount, report.UnseenCount).Should().Be((9, 8));
    }

    /// <summary>All pairs, and the threshold of the known rows.</summary>
    [Fact]
    public void A_report_counts_pairs_and_rows_that_pass()
    {
        using Predictive known = Numbers(40, 1), unseen = Numbers(30, 1, spread: 1.7);
        var report = OutOfDistributionReport.Of(known, unseen, truePositiveRate: 0.9);
        double[] low = Values(known.EpistemicVariance), high = Values(unseen.EpistemicVariance);
        double pairs = high.Average(one => low.Average(other => one > other ? 1 : 0));
        double threshold = low.Order().ElementAt(35), passing = high.Average(one => one <= threshold ? 1 : 0);
        foreach (var result in report.Results)
        {
            result.RocAuc.Should().BeApproximately(pairs, 1e-14);
            result.FalsePositiveRate.Should().BeApproximately(passing, 1e-14);
        }
        report.Results.Should().HaveCount(2);
        pairs.Should().BeInRange(0.6, 0.99);
        report.Best.RocAuc.Should().Be(report.Results.Max(result => result.RocAuc));
    }

    /// <summary>A model that is surer of what it has not seen would be told so.</summary>
    [Fact]
    public void Turned_about_a_report_is_the_complement()
    {
        using Predictive known = Classes(40), unseen = Classes(30, spread: 2);
        foreach (var (one, other) in OutOfDistributionReport.Of(known, unseen).Results.Zip(OutOfDistributionReport.Of(unseen, known).Results))
            one.RocAuc.Should().BeApproximately(1 - other.RocAuc, 1e-14);
    }

    [Fact]
    public void The_text_is_a_table_in_every_culture()
    {
        using var foreign = new ForeignCulture();
        var outputs = tensor(new double[,,] { { { 0 }, { 0 }, { 0 } }, { { 1 }, { 2 }, { 3 } } });
        using Predictive known = Predictive.OfSamples(outputs.narrow(1, 0, 2), new GaussianLikelihood(1)), unseen = Predictive.OfSamples(
            outputs.narrow(1, 1, 2), new GaussianLikelihood(1));
        OutOfDistributionReport.Of(known, unseen).ToString().Should().Be(
            """
            2 known rows, 2 unseen: area under the ROC curve
              epistemic variance                0.8750  0.5000 of the unseen pass with 0.95 of the known
              epistemic density                 0.8750  0.5000 of the unseen pass with 0.95 of the known
            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void A_score_of_ones_own_is_compared()
    {
        using Predictive known = Numbers(9, 2), unseen = Numbers(9, 2, spread: 3);
        var report = OutOfDistributionReport.Of(known, unseen, [new OwnScore(), .. OutOfDistributionScore.All]);
        report.Results[0].Should().Be(new OutOfDistributionResult(
            "distance", RocAuc.Of(cat([known.Mean, unseen.Mean], 0).abs().mean([1L]), cat([zeros(9), ones(9)], 0)),
            report.Results[0].FalsePositiveRate));
        report.Results.Should().HaveCount(3);
        new OwnScore().ToString().Should().Be("distance");
    }

    [Fact]
    public void Bad_input_is_refused_in_a_sentence()
    {
        using Predictive classes = Classes(9), numbers = Numbers(9, 1), single = Predictive.OfSamples(Normal(1, 9, 1), new GaussianLikelihood(0.5));
        Refuses(() => OutOfDistributionReport.Of(classes, numbers), "The predictions have rows of shape [4] with *");
        Refuses(() => OutOfDistributionReport.Of(single, single), "The predictions have none of the scores; *2 draws or more.*");
        Refuses(() => OutOfDistributionReport.Of(numbers, numbers, [new OwnScore { IsWrong = true }]),
            "The score distance has shape [9, 1]; expected [9], a number for each row.*");
        Refuses(() => OutOfDistributionReport.Of(numbers, numbers, truePositiveRate: 2), "truePositiveRate is 2; *");
        var broken = Normal(3, 9, 1);
        broken[0, 0, 0] = double.NaN;
        Refuses(() => OutOfDistributionReport.Of(numbers, Predictive.OfSamples(broken, new GaussianLikelihood(0.5))), "A score is NaN; *");
    }

    [Fact]
    public void Nothing_is_left_behind()
    {
        using Predictive known = Classes(9), unseen = Classes(9), numbers = Numbers(9, 2), others = Numbers(5, 2);
        long before = LiveTensors();
        OutOfDistributionReport.Of(known, unseen);
        LiveTensors().Should().Be(before);
        OutOfDistributionReport.Of(numbers, others);
        LiveTensors().Should().Be(before);
        foreach (var score in OutOfDistributionScore.All.Take(5))
            using (score.Of(known))
                LiveTensors().Should().Be(before + 1, score.Name);
    }

    private static void Refuses(Action act, string message) => act.Should().Throw<ArgumentException>().WithMessage(message);

    private sealed class OwnScore : OutOfDistributionScore
    {
        public bool IsWrong { get; init; }

        public override string Name => "distance";

        protected internal override string Needs => "nothing";

        protected internal override Tensor? Compute(Predictive prediction) =>
            IsWrong ? prediction.Mean.clone() : MeanOfRow(prediction.Mean.abs());
    }
}
