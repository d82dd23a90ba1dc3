using System.Text.Json;
using Bayes.Layers.Reports.Figures;
using Bayes.Layers.Samples.Support.Figures;
using Bayes.Layers.Samples.Support.Findings;
using Bayes.Layers.Tests.Samples.Figures;

namespace Bayes.Layers.Tests.Samples.Findings;

/// <summary>
/// The boundary is the line x = 0. Both classes lie around the origin, each also has a place of its own at the left or right, and there are no
/// points above and below.
/// </summary>
public sealed class UncertaintyFindingsTests
{
    private static readonly PlaneGrid Grid = new(-3, 3, -3, 3, Columns: 121, Rows: 121);

    private static readonly double[,] Probability = PlaneMaps.Of(Grid, (x, _) => 1 / (1 + Math.Exp(-2 * x)));

    private static readonly AxisNames Features = new("mean radius", "mean texture");

    private static readonly PlanePoint[] Points =
    [
        .. Enumerable.Range(0, 20).Select(index => new PlanePoint(0.1 * Math.Cos(index), 0.1 * Math.Sin(index), index % 2)),
        .. Enumerable.Range(0, 20).Select(index => new PlanePoint(-2 + 0.1 * Math.Cos(index), 0.1 * Math.Sin(index), 0)),
        .. Enumerable.Range(0, 20).Select(index => new PlanePoint(2 + 0.1 * Math.Cos(index), 0.1 * Math.Sin(index), 1)),
    ];

    private static UncertaintyFindings Find(Func<double, double, double> aleatoric, Func<double, double, double> epistemic) =>
        UncertaintyFindings.Of(Grid, Probability, PlaneMaps.Of(Grid, aleatoric), PlaneMaps.Of(Grid, epistemic), Points);

    private static bool IsOverlap(double x, double y) => x * x + y * y < 1;

    [Fact]
    public void The_regions_follow_the_points_and_the_boundary()
    {
        var findings = Find((x, y) => IsOverlap(x, y) ? 0.6 : 0.1, (_, y) => Math.Abs(y) > 1.5 ? 0.3 : 0.02);
        findings.Map.Share.Should().Be(1);
        findings.Map.ShareOfHighest.Should().BeApproximately(1, 1e-9);
        findings.Boundary.Share.Should().BeApproximately(Math.Log(0.6 / 0.4) / 6, 0.01);
        findings.Overlap.Share.Should().BeApproximately(Math.PI * 0.25 / 36, 0.005);
        findings.FewData.Share.Should().BeInRange(0.9, 1 - 3 * Math.PI * 0.25 / 36);
        findings.BoundaryInOverlap.MeanEpistemic.Should().BeApproximately(0.02, 1e-12);
        findings.BoundaryInOverlap.MeanAleatoric.Should().BeApproximately(0.6, 1e-12);
        findings.BoundaryWithFewData.MeanEpistemic.Should().BeInRange(0.15, 0.3);
        findings.BoundaryInOverlap.ShareOfHighest.Should().Be(0);
        findings.FewData.ShareOfHighest.Should().Be(1);
    }

    [Fact]
    public void The_place_with_the_highest_value_is_named()
    {
        var findings = Find((_, _) => 0.1, (x, y) => 0.4 * Math.Exp(-Math.Pow(x - 2, 2) - Math.Pow(y + 0.25, 2)));
        findings.Highest.X.Should().BeApproximately(2, 1e-9);
        findings.Highest.Y.Should().BeApproximately(-0.25, 1e-9);
        findings.Highest.Epistemic.Should().BeApproximately(0.4, 1e-9);
        findings.Highest.Probability.Should().BeApproximately(1 / (1 + Math.Exp(-4)), 1e-9);
        findings.Highest.Near.Should().Be(20);
        UncertaintyFindingsText.Paragraphs(findings, Features)[0].Should().Contain(
            "It is highest, 0.40 nats, at mean radius 2.00 and mean texture \u22120.25: there the probability is 0.98, "
            + "and 20 cases lie within 0.5 standardised units.");
    }

    [Fact]
    public void Disagreement_away_from_the_data_is_described()
    {
        var findings = Find((x, y) => IsOverlap(x, y) ? 0.6 : 0.1, (x, y) => Math.Abs(x) < 0.5 && Math.Abs(y) > 1.5 ? 0.3 : 0.02);
        var text = UncertaintyFindingsText.Paragraphs(findings, Features);
        text.Should().HaveCount(3);
        text[0].Should().EndWith("So it is high where data are few and along the boundary.");
        text[1].Should().Contain("overlap, with at least 5 cases of each that near? No: there it averages 0.020 nats, 0.")
            .And.Contain(", and 0.3\u00A0% of the highest tenth lies there (of the whole map 1.1\u00A0%).")
            .And.Contain("Along the boundary where data are few it is higher: 0.");
        text[2].Should().Contain("is high along the boundary where the classes overlap: it averages 0.60 nats, 4.2 times the mean")
            .And.Contain("It is 97\u00A0% of the total uncertainty there, which for two classes is 0.69 nats (ln 2) at most.")
            .And.Contain("The model puts it down mainly to classes that overlap");
    }

    [Fact]
    public void Disagreement_in_the_overlap_is_described()
    {
        var findings = Find((_, _) => 0.2, (x, y) => IsOverlap(x, y) ? 0.4 : 0.01);
        var text = UncertaintyFindingsText.Paragraphs(findings, Features);
        text[0].Should().EndWith("So it is high along the boundary, and not for lack of data.");
        text[1].Should().Contain("? Yes: there it averages 0.40 nats, ").And.Contain("Along the boundary where data are few it is lower: 0.");
        text[2].Should().Contain("is much as elsewhere along the boundary").And.Contain("It is 33\u00A0% of the total")
            .And.Contain("Less than half of the uncertainty there lies in the data");
    }

    [Fact]
    public void Equal_uncertainty_everywhere_is_described()
    {
        var findings = Find((_, _) => 0.3, (_, _) => 0.2);
        findings.Map.ShareOfHighest.Should().BeApproximately(1, 1e-9);
        findings.Overlap.ShareOfHighest.Should().BeApproximately(findings.Overlap.Share, 1e-9, "all cells are equally high");
        var text = UncertaintyFindingsText.Paragraphs(findings, Features);
        text[0].Should().EndWith("So neither few data nor the boundary tell where it is high.");
        text[1].Should().Contain("? No more than elsewhere: there it averages 0.20 nats, 1.0 times the mean")
            .And.EndWith("Along the boundary where data are few it is about the same: 0.20 nats.");
        text[2].Should().Contain("It is 60\u00A0% of the total").And.Contain("Most of the uncertainty there lies in the data; the rest is");
    }

    [Fact]
    public void A_mean_above_that_of_the_map_is_not_called_the_highest()
    {
        var findings = Find((_, _) => 0.5, (x, y) => Math.Abs(x) < 1 && Math.Abs(y) > 1.5 ? 0.3 : IsOverlap(x, y) ? 0.1 : 0.01);
        UncertaintyFindingsText.Paragraphs(findings, Features)[1].Should()
            .Contain("? Higher than on average, but not among the highest: there it averages 0.10 nats, ")
            .And.Contain(", and 0\u00A0% of the highest tenth lies there (of the whole map 1.1\u00A0%)").And.Contain("few it is higher: ");
    }

    [Fact]
    public void A_low_mean_with_high_places_is_described()
    {
        var findings = Find((_, _) => 0.5, (_, _) => 0.1);
        findings = findings with { BoundaryInOverlap = findings.BoundaryInOverlap with { MeanEpistemic = 0.05, ShareOfHighest = 0.5 } };
        UncertaintyFindingsText.Paragraphs(findings, Features)[1].Should().Contain("? In places: there it averages 0.050 nats, 0.50 times the mean");
    }

    [Fact]
    public void Without_a_boundary_nothing_is_claimed_about_it()
    {
        var findings = UncertaintyFindings.Of(
            Grid,
            PlaneMaps.Of(Grid, (_, _) => 0.9),
            PlaneMaps.Of(Grid, (_, _) => 0.3),
            PlaneMaps.Of(Grid, (x, y) => 0.001 * (x * x + y * y)),
            Points);
        findings.Boundary.Should().Be(new MapRegion(0, null, null, 0));
        var text = UncertaintyFindingsText.Paragraphs(findings, Features);
        text[0].Should().EndWith("So it is high where data are few, and not for being along the boundary.").And.Contain("no case lies within");
        text[1].Should().EndWith("The boundary runs nowhere where both classes have cases near, so this cannot be said.");
        text[2].Should().Be("The aleatoric part, what lies in the data, averages 0.30 nats over the map.");
    }

    [Fact]
    public void Agreement_of_functions_is_described()
    {
        var text = UncertaintyFindingsText.Paragraphs(Find((_, _) => 0.6, (_, _) => 0), Features);
        text[0].Should().Be("The functions agree: the epistemic part of the uncertainty is nowhere above 0 nats.");
        string.Concat(text).Should().NotContain("NaN").And.NotContain("\u221E");
    }

    [Fact]
    public void Without_points_data_are_few_everywhere()
    {
        var findings = UncertaintyFindings.Of(Grid, Probability, PlaneMaps.Of(Grid, (_, _) => 0), PlaneMaps.Of(Grid, (_, _) => 0.1), []);
        findings.FewData.Share.Should().Be(1);
        findings.Overlap.MeanEpistemic.Should().BeNull();
        UncertaintyFindingsText.Paragraphs(findings, Features).Should().HaveCount(3);
    }

    [Fact]
    public void The_numbers_can_be_written_as_json() =>
        JsonSerializer.Serialize(Find((_, _) => 0.3, (_, _) => 0.2)).Should().Contain("\"BoundaryInOverlap\":{").And.Contain("\"Near\":");

    [Fact]
    public void Invalid_maps_are_refused()
    {
        var good = PlaneMaps.Of(Grid, (_, _) => 0.3);
        foreach (var (probability, aleatoric, epistemic, name) in new[]
        {
            (new double[2, 2], good, good, "probability"),
            (good, PlaneMaps.Of(Grid, (_, _) => 0.7), good, "aleatoric"),
            (good, good, PlaneMaps.Of(Grid, (_, _) => double.NaN), "epistemic"),
        })
            FluentActions.Invoking(() => UncertaintyFindings.Of(Grid, probability, aleatoric, epistemic, Points))
                .Should().Throw<ArgumentException>().WithParameterName(name);
    }

    [Fact]
    public void Five_cases_are_enough()
    {
        const double Disc = Math.PI * 0.25 / 36;
        FindWith(0.1, (_, _) => 0.1, [.. AtOrigin(5, 0), .. AtOrigin(5, 1)]).Overlap.Share.Should().BeApproximately(Disc, 0.005);
        FindWith(0.1, (_, _) => 0.1, [.. AtOrigin(4, 0), .. AtOrigin(5, 1)]).Overlap.Share.Should().Be(0);
        FindWith(0.1, (_, _) => 0.1, AtOrigin(5, 1)).FewData.Share.Should().BeApproximately(1 - Disc, 0.005);
        FindWith(0.1, (_, _) => 0.1, AtOrigin(4, 1)).FewData.Share.Should().Be(1);
    }

    [Fact]
    public void The_wording_changes_at_its_limits()
    {
        var points = AtOrigin(5, 0).Concat(AtOrigin(5, 1)).ToArray();
        UncertaintyFindingsText.Paragraphs(FindWith(0.45, (_, _) => 0.1, points), Features)[2].Should().Contain("It is 82\u00A0% of")
            .And.Contain("puts it down mainly");
        UncertaintyFindingsText.Paragraphs(FindWith(0.45, (_, _) => 0.13, points), Features)[2].Should().Contain("It is 78\u00A0% of")
            .And.Contain("Most of the uncertainty");
        UncertaintyFindingsText.Paragraphs(FindWith(0.1, (x, y) => 0.4 * Math.Exp(-x * x - y * y), AtOrigin(1, 1)), Features)[0]
            .Should().Contain("and 1 case lies within");
        var findings = FindWith(0.1, (_, _) => 0.1, points);
        findings = findings with { BoundaryInOverlap = findings.BoundaryInOverlap with { ShareOfHighest = 0.0004 } };
        UncertaintyFindingsText.Paragraphs(findings, Features)[1].Should().Contain(", and less than 0.1\u00A0% of the highest tenth");
    }

    private static UncertaintyFindings FindWith(double aleatoric, Func<double, double, double> epistemic, params PlanePoint[] points) =>
        UncertaintyFindings.Of(Grid, Probability, PlaneMaps.Of(Grid, (_, _) => aleatoric), PlaneMaps.Of(Grid, epistemic), points);

    private static PlanePoint[] AtOrigin(int count, int cls) => [.. Enumerable.Repeat(new PlanePoint(0, 0, cls), count)];
}
