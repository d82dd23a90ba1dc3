using System.Text.RegularExpressions;
using Bayes.Layers.Reports;
using Bayes.Layers.Reports.Figures;

namespace Bayes.Layers.Tests.Reports;

/// <summary>What every page obeys, whatever it is about.</summary>
public sealed class ReportPageTests : TorchTest
{
    private const string Raw = "a < b & \"c\" 'd' </p><script>";

    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, string> Pages = new();

    public static TheoryData<string> Kinds => ["full", "classes", "numbers", "labels", "given", "empty"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void It_loads_nothing_and_runs_nothing(string kind)
    {
        string page = Page(kind);
        page.Contains("://", StringComparison.Ordinal).Should().BeFalse("nothing is fetched");
        Regex.Matches(page, " (src|href|action|data|srcset|poster)=\"(?!data:image/|#)").Should().BeEmpty();
        Regex.IsMatch(page, @"<(script|link|iframe|object|embed|base)\b|@import|url\((?!#)| on[a-z]+=", RegexOptions.IgnoreCase).Should().BeFalse();
        page.Should().StartWith("<!DOCTYPE html>\n<html lang=\"en\">").And.EndWith("</html>\n").And.NotContain("\r");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_element_is_closed_and_every_name_is_unique_and_found(string kind)
    {
        string page = Page(kind);
        var open = new Stack<string>();
        foreach (Match tag in Regex.Matches(page, "<(/?)([a-zA-Z][a-zA-Z0-9]*)[^>]*?(/?)>"))
        {
            string name = tag.Groups[2].Value;
            if (name is "meta" or "img" || tag.Groups[3].Length > 0)
                continue;
            if (tag.Groups[1].Length == 0)
                open.Push(name);
            else
                open.Pop().Should().Be(name);
        }
        open.Should().BeEmpty();
        string[] names = [.. Regex.Matches(page, " id=\"([^\"]+)\"").Select(match => match.Groups[1].Value)];
        names.Should().OnlyHaveUniqueItems();
        Regex.Matches(page, "(?:href=\"#|url\\(#)([^\")]+)").Select(match => match.Groups[1].Value).Should().BeSubsetOf(names);
        Regex.Matches(page, "aria-labelledby=\"([^\"]+)\"").SelectMany(match => match.Groups[1].Value.Split(' ')).Should().BeSubsetOf(names);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Headings_go_down_by_one_level_and_every_figure_has_words(string kind)
    {
        string page = Page(kind);
        int[] levels = [.. Regex.Matches(page, "<h([1-6])").Select(match => int.Parse(match.Groups[1].Value))];
        levels[0].Should().Be(1);
        levels.Count(level => level == 1).Should().Be(1);
        levels.Zip(levels.Skip(1), (before, after) => after - before).Where(step => step > 1).Should().BeEmpty();
        int figures = Regex.Matches(page, "<figure").Count;
        Regex.Matches(page, "<figcaption><b>Figure \\d+\\. [^<]+</b> [^<]+<").Should().HaveCount(figures);
        Regex.Matches(page, "role=\"img\"").Count.Should().BeGreaterThanOrEqualTo(figures);
        Regex.Matches(page, "<svg [^>]*role=\"img\"[^>]*><title id=\"[^\"]+\">[^<]+</title><desc id=\"[^\"]+\">[^<]+</desc>")
            .Count.Should().Be(Regex.Matches(page, "<svg").Count);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Figures_follow_the_theme_and_their_text_is_text(string kind)
    {
        string page = Page(kind);
        Regex.Matches(page, " (?:fill|stroke)=\"(?!none|var\\(--)[^\"]*\"").Should().BeEmpty("every colour is one of the page");
        foreach (Match variable in Regex.Matches(page, "\"var\\(--([^)]+)\\)"))
            FigureColors.Theme.Select(color => color.Name).Should().Contain(variable.Groups[1].Value);
        if (kind != "empty")
            Regex.Matches(page, "<text [^>]*>[^<]{3,}</text>").Should().NotBeEmpty();
    }

    [Fact]
    public void The_same_content_gives_the_same_page()
    {
        var report = ReportPages.Full();
        report.ToHtml().Should().Be(report.ToHtml());
    }

    [Fact]
    public void All_text_is_escaped()
    {
        using var plot = new ScottPlot.Plot();
        string page = new Report(Raw).WithLead(Raw).WithFindings(Raw).WithHeadlines(new ReportMetric(Raw, Raw))
            .WithMetrics(new ReportMetric(Raw, Raw, Raw))
            .WithSection(new ReportSection(Raw)
            {
                Introduction = Raw, Paragraphs = [Raw], Figures = [ReportFigure.OfPlot(plot, Raw, Raw, Raw)],
                Tables = [new ReportTable(Raw + "2", [Raw], [[Raw]], Raw)],
            })
            .WithSettings(new ReportSetting(Raw, Raw)).WithAttribution(Raw).ToHtml();
        page.Should().NotContain(Raw).And.NotContain("<script");
        Regex.Matches(page, "a &lt; b &amp; ").Count.Should().BeGreaterThan(18);
    }

    [Fact]
    public void Empty_parts_are_left_out()
    {
        string page = new Report("Nothing").ToHtml();
        page.Should().NotContain("<section").And.NotContain("<footer").And.NotContain("<table").And.NotContain("<nav")
            .And.Contain("<h1>Nothing</h1>");
    }

    [Fact]
    public void Every_colour_has_contrast_in_light_and_in_dark()
    {
        foreach (Func<ThemeColor, ScottPlot.Color> shade in new Func<ThemeColor, ScottPlot.Color>[] { color => color.Light, color => color.Dark })
        {
            double paper = Luminance(shade(FigureColors.Theme.Single(color => color.Name == "paper")));
            foreach (ThemeColor color in FigureColors.Theme.Where(color => color.Name is not ("paper" or "grid")))
            {
                double own = Luminance(shade(color)), contrast = (Math.Max(own, paper) + 0.05) / (Math.Min(own, paper) + 0.05);
                contrast.Should().BeGreaterThan(color.Name == "gap" ? 3 : 4.5, color.Name);
            }
        }
        FigureColors.Theme.Select(color => color.Light).Should().OnlyHaveUniqueItems("a page knows a colour by its light shade");

        static double Luminance(ScottPlot.Color color) => 0.2126 * Linear(color.R) + 0.7152 * Linear(color.G) + 0.0722 * Linear(color.B);

        static double Linear(byte channel)
        {
            double value = channel / 255.0;
            return value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
        }
    }

    [Fact]
    public void Text_of_a_figure_is_at_least_11_pixels_on_a_phone()
    {
        // The width of a phone of 390 pixels without the page's margins.
        const double Phone = 358;
        string page = ReportPages.Full().ToHtml();
        foreach (Match svg in Regex.Matches(page, "<svg viewBox=\"0 0 (\\d+) .*?</svg>"))
        {
            double scale = Phone / int.Parse(svg.Groups[1].Value);
            foreach (Match text in Regex.Matches(svg.Value, "font-size=\"([0-9.]+)\""))
                (scale * double.Parse(text.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)).Should().BeGreaterThan(11);
        }
    }

    // Made once for all tests of a kind: no test changes a page.
    private static string Page(string kind) => Pages.GetOrAdd(kind, NewPage);

    private static string NewPage(string kind)
    {
        using var scope = NewDisposeScope();
        return kind switch
        {
            "full" => ReportPages.Full().ToHtml(),
            "classes" => Of(ReportPages.Classes()).ToHtml(),
            "numbers" => Of(ReportPages.Numbers()).WithTarget("price", "€").ToHtml(),
            "labels" => Of(ReportPages.Binary(columns: 3)).ToHtml(),
            "given" => Report.OfNormal(zeros(30), ones(30), Normal(30).to(float32)).ToHtml(),
            _ => new Report("Nothing").ToHtml(),
        };

        static Report Of((Predictive Prediction, Tensor Target) pair) => Report.Of(pair.Prediction, pair.Target);
    }
}
