using ScottPlot;
using ScottPlot.Panels;

namespace Bayes.Layers.Reports.Figures;

/// <summary>A colour bar at the right with a frame around it, so that its light end is visible.</summary>
internal sealed class FramedColorBar(ColorBar bar) : IPanel
{
    /// <inheritdoc/>
    public bool IsVisible { get => bar.IsVisible; set => bar.IsVisible = value; }

    /// <inheritdoc/>
    public Edge Edge => bar.Edge;

    /// <inheritdoc/>
    public bool ShowDebugInformation { get => bar.ShowDebugInformation; set => bar.ShowDebugInformation = value; }

    /// <inheritdoc/>
    public float MinimumSize { get => bar.MinimumSize; set => bar.MinimumSize = value; }

    /// <inheritdoc/>
    public float MaximumSize { get => bar.MaximumSize; set => bar.MaximumSize = value; }

    /// <summary>Returns the width of the bar and its axis. ScottPlot's own result ignores the smallest size of the axis.</summary>
    public float Measure(Paint paint) => Math.Max(bar.Measure(paint), bar.Width + bar.Axis.MinimumSize);

    /// <inheritdoc/>
    public PixelRect GetPanelRect(PixelRect dataRect, float size, float offset, Paint paint) =>
        bar.GetPanelRect(dataRect, size, offset, paint);

    /// <inheritdoc/>
    public void Render(RenderPack rp, float size, float offset)
    {
        bar.Render(rp, size, offset);
        float left = rp.DataRect.Right + offset;
        var frame = new PixelRect(left, left + bar.Width, rp.DataRect.Bottom, rp.DataRect.Top);
        Drawing.DrawRectangle(rp.Canvas, frame, rp.Paint, new LineStyle(FigureStyle.FrameWidth, FigureColors.Muted));
    }
}
