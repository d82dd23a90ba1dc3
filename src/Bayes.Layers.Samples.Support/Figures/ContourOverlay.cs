using Bayes.Layers.Reports.Figures;
using ScottPlot;
using SkiaSharp;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>Draws contour lines in the colour of text with a halo in that of the page, so that they are visible on any map.</summary>
internal sealed class ContourOverlay(IReadOnlyList<Coordinates[]> lines, string name) : IPlottable
{
    private static readonly LineStyle Halo = new()
    {
        Width = FigureStyle.ContourWidth + 2,
        Color = FigureColors.Paper.WithAlpha(0.85),
        Rounded = true,
    };

    private static readonly LineStyle Line = new()
    {
        Width = FigureStyle.ContourWidth,
        Color = FigureColors.Ink,
        Rounded = true,
    };

    /// <inheritdoc/>
    public bool IsVisible { get; set; } = true;

    /// <inheritdoc/>
    public IAxes Axes { get; set; } = new Axes();

    /// <inheritdoc/>
    public IEnumerable<LegendItem> LegendItems =>
        lines.Count == 0 ? [] : [new LegendItem { LabelText = name, LineStyle = Line }];

    /// <inheritdoc/>
    public AxisLimits GetAxisLimits() => AxisLimits.NoLimits;

    /// <inheritdoc/>
    public void Render(RenderPack rp)
    {
        using var path = new SKPath();
        foreach (Coordinates[] line in lines)
            path.AddPoly([.. line.Select(place => Axes.GetPixel(place).ToSKPoint())], close: false);
        Halo.Render(rp.Canvas, path, rp.Paint);
        Line.Render(rp.Canvas, path, rp.Paint);
    }
}
