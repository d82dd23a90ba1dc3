using ScottPlot;
using SkiaSharp;

namespace Bayes.Layers.Reports.Figures;

/// <summary>
/// Draws any number of round or square dots with an edge as two paths, so that thousands of them take little room in a page.
/// </summary>
/// <param name="places">The places.</param>
/// <param name="name">The name in the legend; empty for none.</param>
/// <param name="color">The colour.</param>
/// <param name="size">The diameter.</param>
internal sealed class Dots(IReadOnlyList<Coordinates> places, string name, Color color, float size) : IPlottable
{
    /// <summary>Whether the dots are squares.</summary>
    public bool IsSquare { get; init; }

    /// <summary>The colour of the edge, or null for none.</summary>
    public Color? Edge { get; init; } = FigureColors.Paper;

    /// <inheritdoc/>
    public bool IsVisible { get; set; } = true;

    /// <inheritdoc/>
    public IAxes Axes { get; set; } = new Axes();

    /// <inheritdoc/>
    public IEnumerable<LegendItem> LegendItems => name.Length == 0 || places.Count == 0 ? [] :
    [
        new LegendItem
        {
            LabelText = name,
            MarkerStyle = new MarkerStyle(
                IsSquare ? MarkerShape.FilledSquare : MarkerShape.FilledCircle, Math.Max(size, FigureStyle.MarkerSize), color),
        },
    ];

    /// <inheritdoc/>
    public AxisLimits GetAxisLimits() => AxisLimits.NoLimits;

    /// <inheritdoc/>
    public void Render(RenderPack rp)
    {
        // A line without length is a dot with the shape of the line's end.
        using var path = new SKPath();
        foreach (Coordinates place in places)
        {
            SKPoint point = Axes.GetPixel(place).ToSKPoint();
            path.MoveTo(point);
            path.LineTo(point);
        }
        using var paint = new SKPaint
        {
            IsAntialias = true, Style = SKPaintStyle.Stroke, StrokeCap = IsSquare ? SKStrokeCap.Square : SKStrokeCap.Round,
        };
        if (Edge is { } edge)
            Stroke(edge, size + 2 * Math.Max(0.6f, FigureStyle.MarkerEdgeShare * size));
        Stroke(color, size);

        void Stroke(Color stroke, float width)
        {
            paint.Color = stroke.ToSKColor();
            paint.StrokeWidth = width;
            rp.Canvas.DrawPath(path, paint);
        }
    }
}
