using System.Net;
using System.Text;

namespace Bayes.Layers.Reports.Pages;

/// <summary>Writes a page as HTML that needs no network, no scripts and no other file. The same content gives the same page.</summary>
internal sealed class HtmlPage
{
    private readonly StringBuilder _html = new();
    private int _figures;

    private HtmlPage()
    {
    }

    /// <summary>Returns the page.</summary>
    public static string Of(PageContent content)
    {
        var page = new HtmlPage();
        page.Begin(content);
        page.Line("<main id=\"content\">");
        page.Headlines(content.Headlines);
        page.Findings(content.Findings);
        for (int index = 0; index < content.Sections.Count; index++)
            page.Section(content.Sections[index], SectionId(index));
        page.Settings(content.Settings);
        page.Line("</main>");
        page.End(content);
        return page._html.ToString();
    }

    private static string SectionId(int index) => FormattableString.Invariant($"section-{index + 1}");

    private void Begin(PageContent content)
    {
        Line("<!DOCTYPE html>");
        Line("<html lang=\"en\">");
        Line("<head>");
        Line("<meta charset=\"utf-8\">");
        Line("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        Line("<meta name=\"color-scheme\" content=\"light dark\">");

        // With this policy, the browser loads and runs nothing else.
        Line("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">");
        Line($"<title>{Text(content.Title)}</title>");
        Line($"<style>\n{HtmlStyle.Sheet}\n</style>");
        Line("</head>");
        Line("<body>");
        Line("<a class=\"skip\" href=\"#content\">Skip to the content</a>");
        Line("<header>");
        Line($"<h1>{Text(content.Title)}</h1>");
        if (content.Lead.Length > 0)
            Line($"<p class=\"lead\">{Text(content.Lead)}</p>");
        if (content.Sections.Count > 2)
            Contents(content);
        Line("</header>");
    }

    private void Contents(PageContent content)
    {
        Line("<nav aria-label=\"Sections\">");
        Line("<ul>");
        for (int index = 0; index < content.Sections.Count; index++)
            Line($"<li><a href=\"#{SectionId(index)}\">{Text(content.Sections[index].Title)}</a></li>");
        if (content.Settings.Count > 0)
            Line("<li><a href=\"#settings\">Settings</a></li>");
        Line("</ul>");
        Line("</nav>");
    }

    private void Headlines(IReadOnlyList<ReportMetric> metrics)
    {
        if (metrics.Count == 0)
            return;
        Line("<section aria-label=\"Most important numbers\">");
        Line("<dl class=\"headlines\">");
        foreach (ReportMetric metric in metrics)
            Line($"<div><dt>{Text(metric.Name)}</dt><dd>{Text(metric.Value)}</dd></div>");
        Line("</dl>");
        EndSection();
    }

    private void Findings(IReadOnlyList<string> findings)
    {
        if (findings.Count == 0)
            return;
        Line("<section aria-label=\"Findings\">");
        Line("<ul class=\"findings\">");
        foreach (string finding in findings)
            Line($"<li>{Text(finding)}</li>");
        Line("</ul>");
        EndSection();
    }

    private void Section(ReportSection section, string id)
    {
        BeginSection(id, section.Title);
        if (section.Introduction.Length > 0)
            Line($"<p>{Text(section.Introduction)}</p>");

        // One figure leaves room for the text beside it.
        bool isBeside = section.Figures is [{ IsWide: false }] && (section.Paragraphs.Count > 0 || section.Metrics.Count > 0);
        if (isBeside)
            Line("<div class=\"beside\">");
        Figures(section.Figures);
        if (isBeside)
            Line("<div>");
        foreach (string paragraph in section.Paragraphs)
            Line($"<p>{Text(paragraph)}</p>");
        Metrics(section.Metrics, id);
        if (isBeside)
            Line("</div>\n</div>");
        for (int index = 0; index < section.Tables.Count; index++)
            Table(section.Tables[index], FormattableString.Invariant($"{id}-table-{index + 1}"), section.Title);
        EndSection();
    }

    private void Figures(IReadOnlyList<ReportFigure> figures)
    {
        if (figures.Count == 0)
            return;
        Line("<div class=\"figures\">");
        foreach (ReportFigure figure in figures)
        {
            string id = FormattableString.Invariant($"figure-{++_figures}");
            Line(figure.IsWide ? "<figure class=\"wide\">" : "<figure>");
            Line($"<div class=\"picture\">{figure.Picture(id)}</div>");
            Line($"<figcaption><b>Figure {_figures}. {Text(Ended(figure.Title))}</b> {Text(figure.Caption)}</figcaption>");
            Line("</figure>");
        }
        Line("</div>");
    }

    private void Metrics(IReadOnlyList<ReportMetric> metrics, string id)
    {
        if (metrics.Count == 0)
            return;
        Line($"<table class=\"metrics\" aria-labelledby=\"{id}\">");
        Line("<thead><tr><th scope=\"col\">Metric</th><th scope=\"col\" class=\"value\">Value</th></tr></thead>");
        Line("<tbody>");
        foreach (ReportMetric metric in metrics)
        {
            string explanation = metric.Explanation.Length == 0 ? "" : $" <span class=\"note\">{Text(metric.Explanation)}</span>";
            Line($"<tr><th scope=\"row\">{Text(metric.Name)}{explanation}</th><td class=\"value\">{Text(metric.Value)}</td></tr>");
        }
        Line("</tbody>");
        Line("</table>");
    }

    private void Table(ReportTable table, string id, string sectionTitle)
    {
        if (table.Rows.FirstOrDefault(row => row.Count != table.Columns.Count) is { } wrong)
            throw new ArgumentException(
                $"A row of the table '{table.Title}' has {wrong.Count} texts; expected one for each of {table.Columns.Count} columns.");
        if (table.Title != sectionTitle)
            Line($"<h3 id=\"{id}\">{Text(table.Title)}</h3>");

        // On a phone a wide table scrolls in its own box, which must be accessible by keyboard.
        Line($"<div class=\"scrolls\" role=\"region\" aria-label=\"Table: {Text(table.Title)}\" tabindex=\"0\">");
        Line(table.Shade is null ? "<table>" : "<table class=\"shaded\">");
        string kind = table.HasWords ? "" : " class=\"value\"";
        Line("<thead><tr>" + string.Concat(table.Columns.Select(
            (name, column) => $"<th scope=\"col\"{(column > 0 ? kind : "")}>{Text(name)}</th>")) + "</tr></thead>");
        Line("<tbody>");
        foreach (var (index, row) in table.Rows.Index())
            Line($"<tr><th scope=\"row\">{Text(row[0])}</th>" + string.Concat(row.Skip(1).Select(
                (text, column) => $"<td{kind}{Shade(table, index, column)}>{Text(text)}</td>")) + "</tr>");
        Line("</tbody>");
        Line("</table>");
        Line("</div>");
        if (table.Note.Length > 0)
            Line($"<p class=\"note\">{Text(table.Note)}</p>");
    }

    private static string Shade(ReportTable table, int row, int column) => table.Shade is { } shade
        ? FormattableString.Invariant($" style=\"--share:{shade(row, column):0.###}\"")
        : "";

    private void Settings(IReadOnlyList<ReportSetting> settings)
    {
        if (settings.Count == 0)
            return;
        BeginSection("settings", "Settings of the run");
        Line("<dl class=\"settings\">");
        foreach (ReportSetting setting in settings)
            Line($"<div><dt>{Text(setting.Name)}</dt><dd>{Text(setting.Value)}</dd></div>");
        Line("</dl>");
        EndSection();
    }

    private void End(PageContent content)
    {
        if (content.Attribution.Length > 0)
            Line($"<footer>\n<h2>Data</h2>\n<p>{Text(content.Attribution)}</p>\n</footer>");
        Line("</body>");
        Line("</html>");
    }

    private void BeginSection(string id, string heading)
    {
        Line($"<section aria-labelledby=\"{id}\">");
        Line($"<h2 id=\"{id}\">{Text(heading)}</h2>");
    }

    private void EndSection() => Line("</section>");

    private void Line(string line) => _html.Append(line).Append('\n');

    private static string Ended(string title) => title.Length == 0 || title[^1] is '.' or '?' or '!' ? title : title + ".";

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
