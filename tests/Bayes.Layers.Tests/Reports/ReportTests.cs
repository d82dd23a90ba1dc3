using System.Globalization;
using System.Text.RegularExpressions;
using Bayes.Layers.Evaluation;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.OutOfDistribution;
using Bayes.Layers.Reports;
using Bayes.Layers.Reports.Predictions;
using ReportTable = Bayes.Layers.Reports.ReportTable;

namespace Bayes.Layers.Tests.Reports;

public sealed class ReportTests : TorchTest
{
    private static string Text(double? value) => value!.Value.ToString("F3", CultureInfo.InvariantCulture);

    private static string Metric(string page, string name) =>
        Regex.Match(page, $"<th scope=\"row\">{Regex.Escape(name)}( <[^\n]*)?</th><td class=\"value\">([^<]*)</td>").Groups[2].Value;

    [Fact]
    public void Two_classes_have_their_metrics_and_both_calibration_errors_by_name()
    {
        var (prediction, target) = ReportPages.Binary();
        string page = Report.Of(prediction, target).WithClassNames("ill", "well").ToHtml();
        var report = ClassificationReport.Of(prediction, target);
        var ofProbability = Calibration.OfProbability(prediction.Mean, target);
        Metric(page, "Accuracy").Should().Be(Text(report.Accuracy));
        Metric(page, "Negative log-likelihood").Should().Be(Text(report.NegativeLogLikelihood));
        Metric(page, "Brier score").Should().Be(Text(report.BrierScore));
        Metric(page, "ROC AUC").Should().Be(Text(report.RocAuc));
        Metric(page, "F1").Should().Be(Text(report.ConfusionMatrix!.F1));
        Metric(page, "Calibration error of the confidence, 10 bins").Should().Be(Text(report.Calibration.ExpectedError));
        Metric(page, "Calibration error of P(well), 10 bins").Should().Be(Text(ofProbability.ExpectedError));

        // The figure tells the number of the table.
        page.Should().Contain($"the expected calibration error is {Text(ofProbability.ExpectedError)}.</desc>")
            .And.Contain($"average to {Text(ofProbability.ExpectedError)}: the expected calibration");
        Metric(page, "Accuracy on the surer half").Should().Be(
            Text(RejectionCurve.Of(prediction, target, prediction.TotalEntropy).AccuracyAt(0.5)));
        Metric(page, "of it epistemic").Should().Be(Text(prediction.MutualInformation.mean().ToDouble()));
        page.Should().Contain("<th scope=\"row\">ill</th>").And.NotContain("class 0");
    }

    [Fact]
    public void Three_classes_have_one_calibration_error_and_their_matrix()
    {
        var (prediction, target) = ReportPages.Classes();
        string page = Report.Of(prediction, target).ToHtml();
        var report = ClassificationReport.Of(prediction, target);
        Metric(page, "Calibration error of the confidence, 10 bins").Should().Be(Text(report.Calibration.ExpectedError));
        page.Should().Contain($"the expected calibration error is {Text(report.Calibration.ExpectedError)}.</desc>").And.NotContain("P(class");
        foreach (var row in report.MulticlassConfusionMatrix!.Counts)
            page.Should().MatchRegex(string.Concat(row.Select(count => $"<td class=\"value\"[^>]*>{count}</td>")));
        Metric(page, "Macro F1").Should().Be(Text(report.MacroF1));
    }

    [Fact]
    public void Given_probabilities_have_the_same_metrics_as_their_prediction()
    {
        var (prediction, target) = ReportPages.Classes();
        string of = Report.Of(prediction, target).ToHtml(), given = Report.OfProbabilities(prediction.Mean, target).ToHtml();
        foreach (string name in new[] { "Accuracy", "Brier score", "Accuracy on the surer half", "Calibration error of the confidence, 10 bins" })
            Metric(given, name).Should().Be(Metric(of, name)).And.NotBeEmpty();
        given.Should().NotContain("by epistemic uncertainty");
    }

    [Fact]
    public void Numbers_have_intervals_of_their_own_distribution()
    {
        var (prediction, target) = ReportPages.Numbers();
        string page = Report.Of(prediction, target).WithTarget("price", "€").ToHtml();
        var report = RegressionReport.Of(prediction, target);
        Metric(page, "RMSE").Should().Be(NumberText.Quantity(report.RootMeanSquaredError));
        Metric(page, "CRPS").Should().Be(NumberText.Quantity(report.ContinuousRankedProbabilityScore));
        foreach (double mass in new[] { 0.5, 0.8, 0.9, 0.95 })
        {
            var (lower, upper) = prediction.PredictionInterval(mass);
            var coverage = IntervalCoverage.Of(lower, upper, target);
            page.Should().Contain(string.Create(CultureInfo.InvariantCulture,
                $"<th scope=\"row\">{100 * mass:F1}\u00A0%</th><td class=\"value\">{100 * coverage.Share:F1}\u00A0%</td>"
                + $"<td class=\"value\">{NumberText.Quantity(coverage.MeanWidth)}</td>").Replace("\u00A0", "&#160;"));
        }
        page.Should().Contain("mixtures over the draws").And.Contain("In €.").And.Contain("predicted price (€)");
    }

    [Fact]
    public void Numbers_without_samples_have_normal_intervals()
    {
        var (prediction, target) = ReportPages.Numbers();
        string page = Report.OfNormal(prediction.Mean, prediction.TotalStddev, target).ToHtml();
        var coverage = IntervalCoverage.OfNormal(prediction.Mean, prediction.TotalStddev, target, 0.8);
        page.Should().Contain($"<td class=\"value\">{NumberText.Quantity(coverage.MeanWidth)}</td>")
            .And.Contain("those of normal distributions");
    }

    [Fact]
    public void The_error_on_the_rest_is_that_of_the_rows_of_least_uncertainty()
    {
        // Stddev and error are large in the same rows, so the error falls as rows are set aside.
        var stddev = linspace(0.1, 2, 40, float64);
        string page = Report.OfNormal(zeros(40, float64), stddev, stddev).ToHtml();
        double all = RootMeanSquaredError.Of(zeros(40, float64), stddev), surer = RootMeanSquaredError.Of(zeros(20, float64), stddev[..20]);
        page.Should().Contain($"nothing set aside: {Text(all)}").And.Contain("by total uncertainty")
            .And.Contain($"the RMSE goes from {NumberText.Quantity(all)} to {NumberText.Quantity(surer)}.");
    }

    [Fact]
    public void Several_labels_have_a_row_each()
    {
        var (prediction, target) = ReportPages.Binary(columns: 3);
        string page = Report.Of(prediction, target).WithClassNames("red", "green", "blue").ToHtml();
        var report = MultiLabelReport.Of(prediction, target);
        Metric(page, "Exact match").Should().Be(Text(report.ExactMatch));
        page.Should().Contain($"<th scope=\"row\">green</th><td class=\"value\">{Text(report.Labels[1].Accuracy)}</td>");
    }

    [Fact]
    public void Unseen_rows_have_the_areas_of_the_out_of_distribution_report()
    {
        var (prediction, target) = ReportPages.Classes();
        var (unseen, _) = ReportPages.Classes(scale: 0);
        string page = Report.Of(prediction, target).WithUnseen(unseen, "shoes").ToHtml();
        foreach (var result in OutOfDistributionReport.Of(prediction, unseen).Results)
            page.Should().Contain($"<th scope=\"row\">{result.Score}</th><td class=\"value\">{Text(result.RocAuc)}</td>");
        page.Should().Contain("Does it notice shoes?").And.Contain(">shoes (60)</text>");
        FluentActions.Invoking(() => new Report("Mine").WithUnseen(unseen)).Should().Throw<InvalidOperationException>()
            .WithMessage("The report is not of a Predictive; expected one made by Report.Of to compare with unseen rows.");
    }

    [Fact]
    public void A_report_stays_as_it_is_when_another_is_made_of_it()
    {
        var report = ReportPages.Full();
        string before = report.ToHtml();
        report.WithTitle("Other").WithFindings("x").WithSection(new ReportSection("y")).WithSettings(new ReportSetting("a", "b")).ToHtml()
            .Should().NotBe(before).And.Contain("<h1>Other</h1>");
        report.ToHtml().Should().Be(before);
        report.ToString().Should().Be("A report");
    }

    [Fact]
    public void A_report_needs_no_tensor_after_it_was_made()
    {
        var (prediction, target) = ReportPages.Binary();
        var report = Report.Of(prediction, target);
        long before = LiveTensors();
        prediction.Dispose();
        target.Dispose();
        report.ToHtml().Should().Contain("Calibration");
        LiveTensors().Should().BeLessThan(before);
    }

    [Fact]
    public void It_leaves_no_live_tensor_behind()
    {
        var (prediction, target) = ReportPages.Classes();
        var (numbers, values) = ReportPages.Numbers();
        Make();
        long before = LiveTensors();
        Make();
        LiveTensors().Should().Be(before);

        void Make()
        {
            Report.Of(prediction, target).WithUnseen(prediction).ToHtml();
            Report.Of(numbers, values);
            Report.OfNormal(numbers.Mean, numbers.TotalStddev, values);
            Report.OfProbabilities(prediction.Mean, target);
        }
    }

    [Fact]
    public void Targets_that_do_not_fit_are_refused()
    {
        var (prediction, target) = ReportPages.Binary();
        Refused(() => Report.Of(prediction, target[..^1]));
        Refused(() => Report.Of(prediction, full_like(target, double.NaN)));
        var (numbers, values) = ReportPages.Numbers();
        Refused(() => Report.Of(numbers, values[..^1]));
        Refused(() => Report.Of(numbers, full_like(values, double.NaN)));
        Refused(() => Report.Of(new BayesianSequential(nn.ReLU()), prediction, target));
        var joint = Predictive.OfSamples(Normal(3, 4, 2), new JointLikelihood(
            new OutputPart(new GaussianLikelihood(1), 1), new OutputPart(new GaussianLikelihood(1), 1)));
        FluentActions.Invoking(() => Report.Of(joint, zeros(4, 2))).Should().Throw<ArgumentException>().WithMessage("*prediction.Part(0)*");

        static void Refused(Action make) => FluentActions.Invoking(make).Should().Throw<ArgumentException>().Which.Message.Should().NotContain("\n");
    }

    [Fact]
    public void Names_of_other_classes_are_refused()
    {
        var (prediction, target) = ReportPages.Binary();
        var report = Report.Of(prediction, target);
        FluentActions.Invoking(() => report.WithClassNames("one")).Should().Throw<ArgumentException>()
            .WithMessage("There are 1 names; expected one for each of 2 classes.*");
        FluentActions.Invoking(() => report.WithClassNames("one", " ")).Should().Throw<ArgumentException>()
            .WithMessage("The name of class 1 is blank; expected a name.*");
        FluentActions.Invoking(() => new Report("t").WithClassNames("one")).Should().Throw<ArgumentException>()
            .WithMessage("The report is not about classes, but 1 names were given; use WithTarget.*");
        FluentActions.Invoking(() => report.WithTitle(" ")).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void A_table_with_a_row_of_another_length_is_refused() =>
        FluentActions.Invoking(() => new Report("t")
            .WithSection(new ReportSection("s") { Tables = [new ReportTable("Methods", ["a", "b"], [["1"]])] }).ToHtml())
            .Should().Throw<ArgumentException>().WithMessage("A row of the table 'Methods' has 1 texts; expected one for each of 2 columns.");

    [Fact]
    public void Warnings_of_the_training_and_of_the_posterior_are_shown()
    {
        string page = new Report("t").WithTraining(ReportPages.History() with { RefusedSteps = 50 }).ToHtml();
        page.Should().Contain("Warning: ");
        new Report("t").WithTraining(ReportPages.History(0)).ToHtml().Should().NotContain("<figure").And.Contain("0 epochs");
    }

    [Fact]
    public void Places_of_an_example_count_as_examples()
    {
        var logits = Normal(4, 5, 3, 7).add_(Normal(1, 5, 3, 7).mul(3));
        var prediction = Predictive.OfSamples(logits, new CategoricalLikelihood(classAxis: -2));
        var target = prediction.Mean.argmax(1);
        string page = Report.Of(prediction, target).ToHtml();
        page.Should().Contain("35 of 35 predictions are right").And.NotContain("accuracy goes from");
        Metric(page, "Negative log-likelihood").Should().Be(Text(ClassificationReport.Of(prediction, target).NegativeLogLikelihood));
    }

    [Fact]
    public void Counts_have_intervals_of_whole_numbers()
    {
        var prediction = Predictive.OfSamples(Normal(8, 40, 1).mul(0.1).add(2), new PoissonLikelihood());
        var target = prediction.Mean.round();
        string page = Report.Of(prediction, target).ToHtml();
        var (lower, upper) = prediction.PredictionInterval(0.95);
        page.Should().Contain($"<td class=\"value\">{NumberText.Quantity(IntervalCoverage.Of(lower, upper, target).MeanWidth)}</td>")
            .And.Contain("mixtures over the draws");
    }

    [Fact]
    public void One_draw_has_no_epistemic_part()
    {
        var (prediction, target) = ReportPages.Binary();
        using var one = Predictive.OfSamples(prediction.Samples[..1], new BernoulliLikelihood());
        Report.Of(one, target).ToHtml().Should().NotContain("by epistemic uncertainty").And.Contain("by total uncertainty");
        var (numbers, values) = ReportPages.Numbers();
        using var single = Predictive.OfSamples(numbers.Samples[..1], new GaussianLikelihood(0.3));
        Report.Of(single, values).ToHtml().Should().NotContain("Epistemic standard deviation");
    }
}
