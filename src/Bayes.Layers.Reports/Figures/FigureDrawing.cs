using ScottPlot;
using SkiaSharp;

namespace Bayes.Layers.Reports.Figures;

/// <summary>A figure that can be drawn as often as needed: for a page, in one or two widths, and as a PNG file with its title.</summary>
/// <param name="title">The title.</param>
/// <param name="draw">Makes the plot, without a title, and its size, for a narrow page or for a wide one. The caller disposes the plot.</param>
/// <param name="hasNarrow">Whether the figure is different on a narrow page, because it has several panels.</param>
internal sealed class FigureDrawing(string title, Func<bool, (Plot Plot, FigureSize Size)> draw, bool hasNarrow)
{
    private const float PixelsPerUnit = 3;
    private const int TitleHeight = 30;

    /// <summary>Creates a figure with one plot.</summary>
    public FigureDrawing(string title, Func<Plot> draw) : this(title, _ => WithSize(draw()), hasNarrow: false)
    {
    }

    /// <summary>The title.</summary>
    public string Title => title;

    /// <summary>Whether the figure is different on a narrow page; on a wide one it has a row of its own.</summary>
    public bool HasNarrow => hasNarrow;

    /// <summary>Makes the plot.</summary>
    public (Plot Plot, FigureSize Size) Draw(bool isNarrow) => draw(isNarrow);

    /// <summary>Writes the figure with its title as a PNG file, completely or not at all.</summary>
    public void SavePng(string path)
    {
        var (plot, size) = draw(false);
        using (plot)
        {
            int height = size.Height + (title.Length > 0 ? TitleHeight : 0);
            FigureStyle.ShowTitle(plot, title);
            plot.FigureBackground.Color = FigureColors.Paper;
            var pixels = new SKImageInfo(
                (int)(PixelsPerUnit * size.Width), (int)(PixelsPerUnit * height), SKColorType.Rgba8888, SKAlphaType.Opaque);
            using SKSurface surface = SKSurface.Create(pixels);
            surface.Canvas.Scale(PixelsPerUnit);
            plot.Render(surface.Canvas, size.Width, height);
            using SKPixmap? drawn = surface.PeekPixels();
            using SKData? png = drawn?.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.Sub, 6));
            if (png is null)
                throw new InvalidOperationException("Skia could not encode the figure.");
            Pages.WholeFile.Write(path, png.ToArray());
        }
    }

    private static (Plot Plot, FigureSize Size) WithSize(Plot plot) =>
        (plot, new FigureSize(FigureStyle.Width, FigureStyle.Height + FigureStyle.HeightOfLegend(plot)));
}
