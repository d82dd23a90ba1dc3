using System.Globalization;
using System.Net;
using System.Text;

namespace Bayes.Layers.Samples.Support.Report;

/// <summary>Writes a report as HTML.</summary>
internal sealed class HtmlPage
{
    // Ratio of width to height from which a figure has a row of its own.
    private const double Wide = 1.6;

    private readonly StringBuilder _html = new();

    private HtmlPage()
    {
    }

    /// <summary>Returns the page of a report.</summary>
    public static string Of(HtmlReport report)
    {
        var page = new HtmlPage();
        page.Begin(report);
        page.Line("<main>");
        page.Line("<div class=\"beside\">");
        page.Findings(report.Findings);
        page.Metrics(report.Metrics);
        page.Line("</div>");
        page.Tables(report.Tables);
        page.Figures(report.Figures);
        page.Diagnostics(report.Diagnostics);
        page.Settings(report.Settings);
        page.Line("</main>");
        page.End(report);
        return page._html.ToString();
    }

    private void Begin(HtmlReport report)
    {
        Line("<!DOCTYPE html>");
        Line("<html lang=\"en\">");
        Line("<head>");
        Line("<meta charset=\"utf-8\">");
        Line("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        Line("<meta name=\"color-scheme\" content=\"light dark\">");

        // With this policy, the browser loads and runs nothing else.
        Line("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">");
        Line($"<title>{Text(report.Title)}</title>");
        Line($"<style>\n{HtmlStyle.Sheet}\n</style>");
        Line("</head>");
        Line("<body>");
        Line("<header>");
        Line($"<h1>{Text(report.Title)}</h1>");
        Line($"<p class=\"lead\">{Text(report.Introduction)}</p>");
        Line("</header>");
    }

    private void Findings(IReadOnlyList<string> findings)
    {
        if (findings.Count == 0)
            return;
        BeginSection("findings", "Findings");
        foreach (string finding in findings)
            Line($"<p>{Text(finding)}</p>");
        EndSection();
    }

    private void Metrics(IReadOnlyList<ReportMetric> metrics)
    {
        if (metrics.Count == 0)
            return;
        BeginSection("metrics", "Metrics");
        Line("<table>");
        Line("<thead><tr><th scope=\"col\">Metric</th><th scope=\"col\" class=\"value\">Value</th></tr></thead>");
        Line("<tbody>");
        foreach (ReportMetric metric in metrics)
        {
            string explanation = metric.Explanation.Length == 0 ? "" : $" <span class=\"note\">{Text(metric.Explanation)}</span>";
            Line($"<tr><th scope=\"row\">{Text(metric.Name)}{explanation}</th><td class=\"value\">{Text(metric.Value)}</td></tr>");
        }

        Line("</tbody>");
        Line("</table>");
        EndSection();
    }

    private void Tables(IReadOnlyList<ReportTable> tables)
    {
        for (int index = 0; index < tables.Count; index++)
            Table(tables[index], $"table-{index + 1}");
    }

    private void Table(ReportTable table, string id)
    {
        if (table.Rows.FirstOrDefault(row => row.Count != table.Columns.Count) is { } wrong)
            throw new ArgumentException(
                $"A row of the table '{table.Title}' has {wrong.Count} texts; expected one for each of {table.Columns.Count} columns.");
        BeginSection(id, Text(table.Title));

        // On a phone a wide table scrolls in its own box, which must be accessible by keyboard.
        Line($"<div class=\"scrolls\" role=\"region\" aria-labelledby=\"{id}\" tabindex=\"0\">");
        Line("<table>");
        Line($"<thead><tr>{string.Concat(table.Columns.Select((name, column) => Cell("th scope=\"col\"", "th", name, column)))}</tr></thead>");
        Line("<tbody>");
        foreach (var row in table.Rows)
            Line($"<tr><th scope=\"row\">{Text(row[0])}</th>{string.Concat(row.Skip(1).Select(text => Cell("td", "td", text, 1)))}</tr>");
        Line("</tbody>");
        Line("</table>");
        Line("</div>");
        if (table.Note.Length > 0)
            Line($"<p class=\"note\">{Text(table.Note)}</p>");
        EndSection();

        // Two columns are a list of terms: text, which begins at the left.
        string Cell(string begin, string end, string text, int column) =>
            $"<{begin}{(column > 0 && table.Columns.Count > 2 ? " class=\"value\"" : "")}>{Text(text)}</{end}>";
    }

    private void Figures(IReadOnlyList<ReportFigure> figures)
    {
        if (figures.Count == 0)
            return;
        BeginSection("figures", "Figures");
        Line("<div class=\"figures\">");
        for (int index = 0; index < figures.Count; index++)
            Figure(figures[index], index + 1);
        Line("</div>");
        EndSection();
    }

    private void Figure(ReportFigure figure, int number)
    {
        if (string.IsNullOrWhiteSpace(figure.AlternativeText))
            throw new ArgumentException($"The figure '{figure.Path}' must have an alternative text.");
        EmbeddedPicture picture = EmbeddedPicture.Read(figure.Path);
        bool isWide = picture.Width > Wide * picture.Height;
        string image = string.Create(
            CultureInfo.InvariantCulture,
            $"<img src=\"{picture.Address}\" width=\"{picture.Width}\" height=\"{picture.Height}\" alt=\"{Text(figure.AlternativeText)}\">");
        Line(isWide ? "<figure class=\"wide\">" : "<figure>");

        // On a phone a wide figure scrolls in its own box, which must be accessible by keyboard.
        Line(isWide ? $"<div class=\"picture\" role=\"region\" aria-label=\"Figure {number}\" tabindex=\"0\">{image}</div>" : image);
        Line($"<figcaption><b>Figure {number}.</b> {Text(figure.Caption)}</figcaption>");
        Line("</figure>");
    }

    private void Diagnostics(string table)
    {
        if (table.Length == 0)
            return;
        BeginSection("diagnostics", "Layers");
        Line($"<pre role=\"region\" aria-labelledby=\"diagnostics\" tabindex=\"0\">{Text(table.TrimEnd())}</pre>");
        EndSection();
    }

    private void Settings(IReadOnlyList<ReportSetting> settings)
    {
        if (settings.Count == 0)
            return;
        BeginSection("settings", "Settings of the run");
        Line("<dl>");
        foreach (ReportSetting setting in settings)
            Line($"<div><dt>{Text(setting.Name)}</dt><dd>{Text(setting.Value)}</dd></div>");
        Line("</dl>");
        EndSection();
    }

    private void End(HtmlReport report)
    {
        if (report.Attribution.Length > 0)
            Line($"<footer>\n<h2>Data</h2>\n<p>{Text(report.Attribution)}</p>\n</footer>");
        Line("</body>");
        Line("</html>");
    }

    private void BeginSection(string id, string heading)
    {
        Line($"<section aria-labelledby=\"{id}\">");
        Line($"<h2 id=\"{id}\">{heading}</h2>");
    }

    private void EndSection() => Line("</section>");

    private void Line(string line) => _html.Append(line).Append('\n');

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
