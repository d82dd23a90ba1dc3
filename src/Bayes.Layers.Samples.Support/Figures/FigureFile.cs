using Bayes.Layers.Reports;
using Bayes.Layers.Reports.Figures;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>A figure that a sample writes as a PNG file and shows in its report.</summary>
/// <param name="Name">The name of the file.</param>
/// <param name="Drawing">The figure.</param>
/// <param name="Caption">The text below the figure in the report.</param>
/// <param name="AlternativeText">What the figure shows, for readers who cannot see it.</param>
internal sealed record FigureFile(string Name, FigureDrawing Drawing, string Caption, string AlternativeText)
{
    /// <summary>Returns the figure for a report.</summary>
    public ReportFigure ForReport() => ReportFigure.Of(Drawing, Caption, AlternativeText);

    /// <summary>Writes several figures.</summary>
    /// <returns>Their names, in order.</returns>
    public static IReadOnlyList<string> Save(string folder, params IEnumerable<FigureFile> figures)
    {
        FigureFile[] all = [.. figures];
        foreach (FigureFile figure in all)
            figure.Drawing.SavePng(Path.Combine(folder, figure.Name));
        return [.. all.Select(figure => figure.Name)];
    }
}
