using ScottPlot;
using ScottPlot.Colormaps;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>
/// The colours of all figures. Orange is class 0 and blue is class 1: they are distinct for every common kind of colour blindness. Each class also
/// has its own marker shape.
/// </summary>
internal static class FigureColors
{
    /// <summary>The colour of text, axes, and contours.</summary>
    public static readonly Color Ink = Color.FromHex("#1A1A1A");

    /// <summary>The colour of the background and of the halo around a contour.</summary>
    public static readonly Color Paper = Colors.White;

    /// <summary>The colour of grid lines.</summary>
    public static readonly Color GridLine = Color.FromHex("#DDDDDD");

    /// <summary>The colour of bars and whiskers in the background.</summary>
    public static readonly Color Muted = Color.FromHex("#8C96A0");

    /// <summary>The colour of the gap between a value and its expected value.</summary>
    public static readonly Color Gap = Color.FromHex("#F2A7B5");

    private const int Steps = 201;

    private static readonly Color Orange = Color.FromHex("#E66100");
    private static readonly Color Blue = Color.FromHex("#3C9BE0");

    // Different from the colours of the classes, and different in lightness.
    private static readonly Color[] Series = Color.FromHex(["#4B2A8C", "#12976F", "#D0438C", "#6B4F1D"]);

    /// <summary>Returns the colour of a class.</summary>
    public static Color OfClass(int index) => index == 0 ? Orange : Blue;

    /// <summary>Returns the colour of a curve; there are four.</summary>
    public static Color OfSeries(int index) => Series[index % Series.Length];

    /// <summary>Returns a map from dark orange at 0 through almost white at 0.5 to dark blue at 1, equally dark at both ends.</summary>
    public static IColormap Diverging() => InSteps(new CustomInterpolated(Color.FromHex(
        ["#7F2A04", "#C44A06", "#EE8A4A", "#FBCBA8", "#F6F6F4", "#B5D5EF", "#62A6DC", "#1E6CB0", "#0A3C70"])));

    /// <summary>Returns a perceptually uniform map from dark (low) to light (high).</summary>
    public static IColormap Sequential() => InSteps(new Viridis());

    /// <summary>Returns a map from almost white (low) to dark blue (high), for cells that contain text.</summary>
    public static IColormap Share() => new CustomInterpolated(Color.FromHex(
        ["#F7FAFD", "#CFE2F3", "#94C1E5", "#4F93CB", "#1E6CB0", "#0A3C70"]));

    /// <summary>Returns ink or paper, whichever is easier to read on a background.</summary>
    public static Color TextOn(Color background)
    {
        double luminance = RelativeLuminance(background);
        double contrastOfPaper = 1.05 / (luminance + 0.05);
        double contrastOfInk = (luminance + 0.05) / (RelativeLuminance(Ink) + 0.05);
        return contrastOfPaper > contrastOfInk ? Paper : Ink;
    }

    // The steps are too small to be visible, and make the files smaller. With an odd number of steps, the middle one is at 0.5.
    private static Custom InSteps(IColormap map) =>
        new([.. Enumerable.Range(0, Steps).Select(step => map.GetColor((double)step / (Steps - 1)))], false);

    private static double RelativeLuminance(Color color) =>
        0.2126 * Linear(color.R) + 0.7152 * Linear(color.G) + 0.0722 * Linear(color.B);

    private static double Linear(byte channel)
    {
        double value = channel / 255.0;
        return value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
    }
}
