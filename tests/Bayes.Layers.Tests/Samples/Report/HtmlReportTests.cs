using System.Text.RegularExpressions;
using Bayes.Layers.Samples.Support.Report;

namespace Bayes.Layers.Tests.Samples.Report;

public sealed class HtmlReportTests : IDisposable
{
    // The smallest PNG file: one pixel.
    private static readonly byte[] Pixel = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bayes-layers-");

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private string Written(HtmlReport report)
    {
        report.Write(PathOf("report.html"));
        return File.ReadAllText(PathOf("report.html"));
    }

    private ReportFigure Figure(string name, byte[] content, string alternativeText = "A pixel.")
    {
        File.WriteAllBytes(PathOf(name), content);
        return new ReportFigure(PathOf(name), "One pixel", alternativeText);
    }

    [Fact]
    public void It_contains_every_figure_and_loads_nothing_else()
    {
        string page = ExamplePage.WriteTo(_folder.FullName);
        string[] figures = Directory.GetFiles(_folder.FullName, "*.png");
        figures.Should().HaveCount(3);
        foreach (string figure in figures)
            page.Should().Contain($"src=\"data:image/png;base64,{Convert.ToBase64String(File.ReadAllBytes(figure))}\"");
        Regex.Matches(page, "(src|href|action|data|srcset|poster)=\"(?!data:image/png;base64,)").Should().BeEmpty();
        Regex.IsMatch(page, @"<(script|link|iframe|object|embed|base)\b|@import|url\(", RegexOptions.IgnoreCase).Should().BeFalse();
        Regex.Matches(page, "<img ").Should().HaveCount(3);
        Regex.Matches(page, "<img [^>]* alt=\"[^\"]+\"").Should().HaveCount(3);
    }

    [Fact]
    public void Tables_have_a_row_for_each_and_refuse_rows_of_another_length()
    {
        string page = Written(new HtmlReport
        {
            Title = "t", Introduction = "i", Tables = [new ReportTable("Methods", ["method", "a < b", "c"], [["plain", "0.1", "–"]], "Note & note")],
        });
        page.Should().Contain("<h2 id=\"table-1\">Methods</h2>").And.Contain("<th scope=\"col\" class=\"value\">a &lt; b</th>")
            .And.Contain("<th scope=\"row\">plain</th><td class=\"value\">0.1</td>").And.Contain("<p class=\"note\">Note &amp; note</p>");
        FluentActions.Invoking(() => Written(new HtmlReport
        {
            Title = "t", Introduction = "i", Tables = [new ReportTable("Methods", ["a", "b"], [["1"]], "")],
        })).Should().Throw<ArgumentException>().WithMessage("A row of the table 'Methods' has 1 texts; expected one for each of 2 columns.");
    }

    [Fact]
    public void Every_element_is_closed_and_every_name_is_unique()
    {
        string page = ExamplePage.WriteTo(_folder.FullName);
        var open = new Stack<string>();
        foreach (Match tag in Regex.Matches(page, "<(/?)([a-z][a-z0-9]*)[^>]*>"))
        {
            string name = tag.Groups[2].Value;
            if (name is "meta" or "img")
                continue;
            if (tag.Groups[1].Length == 0)
                open.Push(name);
            else
                open.Pop().Should().Be(name);
        }

        open.Should().BeEmpty();
        Regex.Matches(page, " id=\"([^\"]+)\"").Select(match => match.Groups[1].Value).Should().OnlyHaveUniqueItems().And.HaveCount(5);
        page.Should().StartWith("<!DOCTYPE html>\n<html lang=\"en\">").And.Contain("<meta name=\"viewport\" content=\"width=device-width")
            .And.EndWith("</html>\n").And.NotContain("\r");
    }

    [Fact]
    public void The_same_content_gives_the_same_page()
    {
        string first = ExamplePage.WriteTo(_folder.FullName);
        ExamplePage.WriteTo(_folder.FullName).Should().Be(first);
        _folder.GetFiles("*.partial").Should().BeEmpty();
    }

    [Fact]
    public void All_text_is_escaped()
    {
        const string Raw = "a < b & \"c\" 'd' </pre><script>";
        const string Escaped = "a &lt; b &amp; &quot;c&quot; &#39;d&#39; &lt;/pre&gt;&lt;script&gt;";
        string page = Written(new HtmlReport
        {
            Title = Raw,
            Introduction = Raw,
            Findings = [Raw],
            Metrics = [new ReportMetric(Raw, Raw, Raw)],
            Figures = [Figure("pixel.png", Pixel, Raw) with { Caption = Raw }],
            Diagnostics = Raw,
            Settings = [new ReportSetting(Raw, Raw)],
            Attribution = Raw,
        });
        page.Should().NotContain(Raw);
        page.Split(Escaped).Should().HaveCount(13 + 1);
    }

    [Fact]
    public void Empty_parts_are_left_out()
    {
        string page = Written(new HtmlReport { Title = "Nothing", Introduction = "Nothing was done." });
        page.Should().NotContain("<section").And.NotContain("<footer").And.NotContain("<table").And.Contain("<h1>Nothing</h1>");
    }

    [Fact]
    public void A_wide_figure_has_its_own_row_and_box()
    {
        byte[] wide = [.. Pixel];
        wide[19] = 2;
        byte[] threeByTwo = [.. Pixel];
        (threeByTwo[19], threeByTwo[23]) = (3, 2);
        string page = Written(new HtmlReport
        {
            Title = "t",
            Introduction = "i",
            Figures = [Figure("pixel.png", Pixel), Figure("wide.png", wide), Figure("three.png", threeByTwo)],
        });
        page.Should().Contain("<figure>\n<img ").And.Contain("width=\"1\" height=\"1\"")
            .And.Contain("<figure class=\"wide\">\n<div class=\"picture\"").And.Contain("width=\"2\" height=\"1\"")
            .And.Contain("<b>Figure 2.</b> One pixel");
        Regex.Matches(page, "class=\"wide\"").Should().HaveCount(1, "three by two is as high as the others");
    }

    [Fact]
    public void A_figure_that_cannot_be_shown_is_named_and_the_previous_page_stays()
    {
        string before = Written(new HtmlReport { Title = "before", Introduction = "i" });
        ShouldFail<FileNotFoundException>(new ReportFigure(PathOf("missing.png"), "c", "a"), "*missing.png*");
        ShouldFail<InvalidDataException>(Figure("text.png", "no picture, but long enough"u8.ToArray()), "The figure '*text.png' is no PNG file.");
        ShouldFail<InvalidDataException>(Figure("short.png", Pixel[..20]), "The figure '*short.png' is no PNG file.");
        ShouldFail<ArgumentException>(Figure("blank.png", Pixel, " "), "The figure '*blank.png' must have an alternative text.");
        File.ReadAllText(PathOf("report.html")).Should().Be(before);

        void ShouldFail<T>(ReportFigure figure, string message) where T : Exception =>
            FluentActions.Invoking(() => Written(new HtmlReport { Title = "t", Introduction = "i", Figures = [figure] }))
                .Should().Throw<T>().WithMessage(message);
    }

    [Fact]
    public void An_example_page_can_be_viewed()
    {
        string folder = Path.Combine(RepositoryFolder.Path, "artifacts", "look");
        Directory.CreateDirectory(folder);
        ExamplePage.WriteTo(folder);
        new FileInfo(Path.Combine(folder, "report.html")).Length.Should().BeInRange(300_000, 2_000_000);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
