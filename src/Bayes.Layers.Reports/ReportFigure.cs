using Bayes.Layers.Reports.Figures;
using Bayes.Layers.Reports.Pages;
using ScottPlot;

namespace Bayes.Layers.Reports;

/// <summary>A figure of a report: a picture with a title, a caption and a description for readers who cannot see it. Immutable.</summary>
public sealed class ReportFigure
{
    private readonly Func<string, string> _picture;

    private ReportFigure(string title, string caption, string alternativeText, bool isWide, Func<string, string> picture)
    {
        ArgumentNullException.ThrowIfNull(title);
        ArgumentNullException.ThrowIfNull(caption);
        if (string.IsNullOrWhiteSpace(alternativeText))
            throw new ArgumentException(
                $"The figure '{title}' has no alternative text; expected what it shows, in words.", nameof(alternativeText));
        Title = title;
        Caption = caption;
        AlternativeText = alternativeText;
        IsWide = isWide;
        _picture = picture;
    }

    /// <summary>Gets the title.</summary>
    public string Title { get; }

    /// <summary>Gets the text below the figure.</summary>
    public string Caption { get; }

    /// <summary>Gets what the figure shows, for readers who cannot see it.</summary>
    public string AlternativeText { get; }

    /// <summary>Gets whether the figure has a row of its own.</summary>
    internal bool IsWide { get; }

    /// <summary>Returns a figure of a plot of yours, as vectors with text that can be selected. Black becomes light on a dark page.</summary>
    /// <param name="plot">The plot, which is drawn now and stays yours. A size of its texts of 14 can be read on a phone.</param>
    /// <param name="title">The title, which the plot itself need not have.</param>
    /// <param name="caption">The text below the figure.</param>
    /// <param name="alternativeText">What the figure shows, for readers who cannot see it.</param>
    /// <param name="width">The width in pixels; 440 fits a phone.</param>
    /// <param name="height">The height in pixels.</param>
    /// <exception cref="ArgumentException">The alternative text is blank.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The width or the height is below 1.</exception>
    public static ReportFigure OfPlot(
        Plot plot, string title, string caption, string alternativeText, int width = FigureStyle.Width, int height = FigureStyle.Height)
    {
        ArgumentNullException.ThrowIfNull(plot);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        const string Placeholder = "figure-of-a-plot";
        string svg = SvgPicture.Of(plot, new FigureSize(width, height), Placeholder, title, alternativeText);
        return new ReportFigure(
            title, caption, alternativeText, width > 1.6 * height, id => svg.Replace(Placeholder, id, StringComparison.Ordinal));
    }

    /// <summary>Returns a figure of a PNG file.</summary>
    /// <param name="path">The file, which is read now.</param>
    /// <param name="title">The title.</param>
    /// <param name="caption">The text below the figure.</param>
    /// <param name="alternativeText">What the figure shows, for readers who cannot see it.</param>
    /// <exception cref="ArgumentException">The alternative text is blank.</exception>
    /// <exception cref="InvalidDataException">The file is not a PNG file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ReportFigure OfPng(string path, string title, string caption, string alternativeText)
    {
        EmbeddedPicture picture = EmbeddedPicture.Read(path);
        return new ReportFigure(title, caption, alternativeText, picture.Width > 1.6 * picture.Height, _ => picture.ToHtml(alternativeText));
    }

    /// <summary>Returns a figure in the common look.</summary>
    internal static ReportFigure Of(FigureDrawing drawing, string caption, string alternativeText) =>
        new(drawing.Title, caption, alternativeText, drawing.HasNarrow, id =>
        {
            string wide = Draw(isNarrow: false, id);
            return drawing.HasNarrow
                ? $"<div class=\"on-wide\">{wide}</div><div class=\"on-narrow\">{Draw(isNarrow: true, $"{id}-narrow")}</div>"
                : wide;

            string Draw(bool isNarrow, string name)
            {
                var (plot, size) = drawing.Draw(isNarrow);
                using (plot)
                    return SvgPicture.Of(plot, size, name, drawing.Title, alternativeText);
            }
        });

    /// <summary>Returns the picture as HTML.</summary>
    /// <param name="id">A name that is unique on the page.</param>
    internal string Picture(string id) => _picture(id);
}
