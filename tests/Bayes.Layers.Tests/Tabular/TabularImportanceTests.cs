using Bayes.Layers.Tabular;

namespace Bayes.Layers.Tests.Tabular;

public sealed class TabularImportanceTests : TorchTest
{
    private static readonly Table HeldOut = TabularTables.Numbers(150, seed: 2), HeldOutClasses = TabularTables.Classes(150, seed: 2);

    private static readonly Lazy<TabularRegression> Regression =
        new(() => TabularRegression.Train(TabularTables.Numbers(300).With("same", Enumerable.Repeat(1, 300)), "y", TabularTables.Quick));

    private static readonly Lazy<TabularClassification> Classification =
        new(() => TabularClassification.Train(TabularTables.Classes(300), "kind", TabularTables.Quick));

    [Fact]
    public void Columns_that_matter_come_first_and_one_that_says_nothing_matters_little()
    {
        var progress = new Seen<double>();
        var all = Regression.Value.PermutationImportance(HeldOut, progress: progress);
        all.Select(each => each.Column).Should().Equal("x", "group", "nothing");
        all[0].Lower.Should().BeGreaterThan(all[2].Upper);
        all[0].ErrorRise.Should().BeGreaterThan(1);
        Math.Abs(all[2].Drop).Should().BeLessThan(0.1);
        foreach (var each in all)
        {
            ((each.Upper - each.Lower) / 2).Should().BeApproximately(1.96 * each.StandardError, 1e-3 * each.StandardError);
            ((each.Upper + each.Lower) / 2).Should().BeApproximately(each.Drop, 1e-9);
        }
        progress.Values.Should().BeInAscendingOrder().And.HaveCount(15);
        progress.Values[^1].Should().Be(1);

        var classes = Classification.Value.PermutationImportance(HeldOutClasses, repetitions: 2);
        classes.Select(each => each.Column).Should().Equal("x", "nothing");
        classes[0].ErrorRise.Should().BeInRange(0.1, 1);
        classes[0].Lower.Should().BeGreaterThan(0);
    }

    [Fact]
    public void A_seed_repeats_and_rows_that_cannot_be_exchanged_are_refused()
    {
        var one = Classification.Value.PermutationImportance(HeldOutClasses, 1, seed: 3);
        Classification.Value.PermutationImportance(HeldOutClasses, 1, seed: 3).Should().Equal(one);
        Classification.Value.PermutationImportance(HeldOutClasses, 1, seed: 4).Should().NotEqual(one);
        FluentActions.Invoking(() => Classification.Value.PermutationImportance(HeldOutClasses.Rows([0]))).Should().Throw<ArgumentException>()
            .WithMessage("The table has 1 row; expected at least 2, whose values can be exchanged.*");
        FluentActions.Invoking(() => Classification.Value.PermutationImportance(HeldOutClasses, 0)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("repetitions is 0; expected at least 1.*");
        FluentActions.Invoking(() => Regression.Value.PermutationImportance(HeldOut.Without("y"))).Should().Throw<InvalidDataException>()
            .WithMessage("The table has no column 'y', the target; expected one of*");
        FluentActions.Invoking(() => Regression.Value.PermutationImportance(HeldOut, cancellationToken: new CancellationToken(canceled: true)))
            .Should().Throw<OperationCanceledException>();
    }

    [Fact]
    public void Learned_scales_are_those_of_the_priors()
    {
        var scales = Regression.Value.LearnedScales();
        scales.Select(each => each.Column).Should().BeEquivalentTo("x", "group", "nothing", "same");
        scales.Should().BeInDescendingOrder(each => each.Scale);
        scales[^1].Should().Be(new ColumnScale("same", 0));
        double Of(string column) => scales.Single(each => each.Column == column).Scale;
        Of("x").Should().BeGreaterThan(Of("nothing"));
    }

    [Fact]
    public void A_report_is_one_page_about_everything()
    {
        string page = Regression.Value.Report(HeldOut, 1).ToHtml();
        foreach (string title in new[]
                 {
                     "y, predicted from a table", "Predictions", "Residuals", "Calibration", "Intervals", "Which columns matter",
                     "Unusual values of the held-out rows", "What was done to the columns", "The networks", "left out: it is always 1",
                     "of the predicted distributions; lower is better",
                 })
            page.Should().Contain(title);
        page.Should().NotContain("NaN");
        Regression.Value.Report(HeldOut, 1).ToHtml().Should().Be(page);
        var fewer = HeldOut.Without("group").With("group", Enumerable.Repeat("other", 150));
        Regression.Value.Report(fewer, 1).ToHtml().Should().Contain("unknown category");

        string classes = Classification.Value.Report(HeldOutClasses, 1).ToHtml();
        foreach (string title in new[] { "kind, predicted from a table", "Mutual information", "middle", "Which columns matter", "Temperature" })
            classes.Should().Contain(title);
        FluentActions.Invoking(() => Regression.Value.Report(HeldOut.Rows([0]))).Should().Throw<ArgumentException>()
            .WithMessage("The table has 1 row to report on; expected at least 2.*");
    }

    [Fact]
    public void Reports_of_two_classes_and_of_counts_and_calibrated_intervals_are_made()
    {
        var options = TabularTables.Quick with { Steps = 20, CalibrationShare = 0.1 };
        double[] x = HeldOut.Column("x").Numbers.ToArray();
        using var two = TabularClassification.Train(HeldOut.Without("y").With("sign", x.Select(value => value > 0)), "sign", options);
        two.Report(HeldOut.With("sign", x.Select(value => value > 0)), 1).ToHtml().Should().Contain("true");
        var counts = TabularTables.Counts(150);
        using var poisson = TabularRegression.Train(counts, "count", options with { Noise = TabularNoise.Poisson("exposure") });
        poisson.Report(counts, 1).ToHtml().Should().Contain("count, predicted from a table");
    }
}
