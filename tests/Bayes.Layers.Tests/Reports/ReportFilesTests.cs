using Bayes.Layers.Reports;

namespace Bayes.Layers.Tests.Reports;

public sealed class ReportFilesTests : IDisposable
{
    // The smallest PNG file: one pixel.
    private static readonly byte[] Pixel = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bayes-layers-");

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    [Fact]
    public void It_is_written_completely_or_not_at_all()
    {
        string path = PathOf("report.html");
        new Report("before").Save(path);
        string before = File.ReadAllText(path);
        var wrong = new Report("after").WithSection(new ReportSection("s") { Tables = [new ReportTable("t", ["a", "b"], [["1"]])] });
        FluentActions.Invoking(() => wrong.Save(path)).Should().Throw<ArgumentException>();
        File.ReadAllText(path).Should().Be(before);
        FluentActions.Invoking(() => new Report("t").Save(PathOf("no/such/folder.html"))).Should().Throw<IOException>();
        FluentActions.Invoking(() => new Report("t").Save(" ")).Should().Throw<ArgumentException>();
        _folder.GetFiles().Should().ContainSingle();
    }

    [Fact]
    public void A_picture_is_embedded_with_its_size_and_its_words()
    {
        File.WriteAllBytes(PathOf("pixel.png"), Pixel);
        string page = Page(ReportFigure.OfPng(PathOf("pixel.png"), "Title", "Caption", "A pixel."));
        page.Should().Contain($"<img src=\"data:image/png;base64,{Convert.ToBase64String(Pixel)}\" width=\"1\" height=\"1\" alt=\"A pixel.\">")
            .And.Contain("<b>Figure 1. Title.</b> Caption").And.NotContain("class=\"wide\"");
        byte[] wide = [.. Pixel];
        wide[19] = 2;
        File.WriteAllBytes(PathOf("wide.png"), wide);
        Page(ReportFigure.OfPng(PathOf("wide.png"), "t", "c", "a")).Should().Contain("<figure class=\"wide\">");
    }

    [Fact]
    public void A_picture_that_cannot_be_shown_is_named()
    {
        File.WriteAllText(PathOf("text.png"), "no picture, but long enough");
        FluentActions.Invoking(() => ReportFigure.OfPng(PathOf("text.png"), "t", "c", "a")).Should().Throw<InvalidDataException>()
            .WithMessage("The figure '*text.png' is not a PNG file.");
        FluentActions.Invoking(() => ReportFigure.OfPng(PathOf("missing.png"), "t", "c", "a")).Should().Throw<FileNotFoundException>();
        using var plot = new ScottPlot.Plot();
        FluentActions.Invoking(() => ReportFigure.OfPlot(plot, "Mine", "c", " ")).Should().Throw<ArgumentException>()
            .WithMessage("The figure 'Mine' has no alternative text; expected what it shows, in words.*");
        FluentActions.Invoking(() => ReportFigure.OfPlot(plot, "Mine", "c", "a", width: 0)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void A_plot_of_others_follows_the_theme()
    {
        using var plot = new ScottPlot.Plot();
        plot.Add.Scatter(new double[] { 1, 2, 3 }, new double[] { 1, 4, 9 }).LegendText = "squares";
        plot.ShowLegend(ScottPlot.Edge.Bottom);
        plot.Title("Mine");
        string page = Page(ReportFigure.OfPlot(plot, "t", "c", "a"), ReportFigure.OfPlot(plot, "t", "c", "a"));
        page.Should().Contain("fill=\"var(--ink)\"").And.Contain(">squares</text>").And.NotContain("=\"black\"").And.NotContain("#010101");
        System.Text.RegularExpressions.Regex.Matches(page, ">squares</text>").Should().HaveCount(2, "each picture is drawn once");
    }

    private static string Page(params ReportFigure[] figures) =>
        new Report("t").WithSection(new ReportSection("s") { Figures = figures }).ToHtml();

    public void Dispose() => _folder.Delete(recursive: true);
}
