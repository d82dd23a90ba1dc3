using Bayes.Layers.Reports.Figures;
using ScottPlot;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>Draws a frame around each of several grids that lie side by side in one plot.</summary>
internal sealed class PanelFrames(IReadOnlyList<PlaneGrid> grids) : IPlottable
{
    /// <inheritdoc/>
    public bool IsVisible { get; set; } = true;

    /// <inheritdoc/>
    public IAxes Axes { get; set; } = new Axes();

    /// <inheritdoc/>
    public IEnumerable<LegendItem> LegendItems => [];

    /// <inheritdoc/>
    public AxisLimits GetAxisLimits() => AxisLimits.NoLimits;

    /// <inheritdoc/>
    public void Render(RenderPack rp)
    {
        // Half of the width of the outer lines lies outside the plot.
        rp.CanvasState.DisableClipping();
        foreach (PlaneGrid grid in grids)
        {
            PixelRect frame = Axes.GetPixelRect(new CoordinateRect(grid.XMin, grid.XMax, grid.YMin, grid.YMax));
            Drawing.DrawRectangle(rp.Canvas, frame, rp.Paint, new LineStyle(FigureStyle.FrameWidth, FigureColors.Muted));
        }
    }
}
