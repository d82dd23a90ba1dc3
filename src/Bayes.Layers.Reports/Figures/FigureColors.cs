using ScottPlot;
using ScottPlot.Colormaps;

namespace Bayes.Layers.Reports.Figures;

/// <summary>
/// The colours of all figures, in light and in dark. Text has a contrast of at least 4.5 to the paper and lines of at least 3, except for grid
/// lines. Orange is class 0 and blue is class 1: they are distinct for every common kind of colour blindness. Each class also has its own marker
/// shape, and each curve its own pattern.
/// </summary>
internal static class FigureColors
{
    private const int Steps = 201;

    /// <summary>Every colour. No two are alike in light, by which a page knows them.</summary>
    public static IReadOnlyList<ThemeColor> Theme { get; } =
    [
        ThemeColor.Of("ink", "#1A1C1F", "#E6E8EB"),
        ThemeColor.Of("paper", "#FFFFFF", "#14171B"),
        ThemeColor.Of("grid", "#E3E6EA", "#2A3037"),
        ThemeColor.Of("muted", "#5B6670", "#98A3AE"),
        ThemeColor.Of("gap", "#C94A62", "#F08CA0"),
        ThemeColor.Of("class-0", "#C24E00", "#FF9A4D"),
        ThemeColor.Of("class-1", "#1E6CB0", "#6DB6F2"),
        ThemeColor.Of("series-0", "#4B2A8C", "#B79BF2"),
        ThemeColor.Of("series-1", "#0B7A58", "#3DC79A"),
        ThemeColor.Of("series-2", "#C02C7C", "#F07AB8"),
        ThemeColor.Of("series-3", "#6B4F1D", "#D9B36C"),
        ThemeColor.Of("mean", "#0A3C70", "#A9D2F7"),
    ];

    /// <summary>The colour of text and of lines to compare with.</summary>
    public static Color Ink { get; } = Named("ink");

    /// <summary>The colour of the background and of the halo around a contour.</summary>
    public static Color Paper { get; } = Named("paper");

    /// <summary>The colour of grid lines.</summary>
    public static Color GridLine { get; } = Named("grid");

    /// <summary>The colour of axes, and of bars and whiskers in the background.</summary>
    public static Color Muted { get; } = Named("muted");

    /// <summary>The colour of the gap between a value and its expected value.</summary>
    public static Color Gap { get; } = Named("gap");

    /// <summary>The colour of a band around a prediction; draw it with an opacity.</summary>
    public static Color Band { get; } = Named("class-1");

    /// <summary>The colour of a predicted mean.</summary>
    public static Color Mean { get; } = Named("mean");

    /// <summary>Returns the colour of a class.</summary>
    public static Color OfClass(int index) => Named(index == 0 ? "class-0" : "class-1");

    /// <summary>Returns the colour of a curve; there are four.</summary>
    public static Color OfSeries(int index) => Named(FormattableString.Invariant($"series-{index % 4}"));

    /// <summary>
    /// Returns a map from orange at 0 through nothing at 0.5 to blue at 1: where neither class is more probable, the page shows through, light or
    /// dark.
    /// </summary>
    public static IColormap Diverging() => new Custom(
        [.. Enumerable.Range(0, Steps).Select(step =>
        {
            double position = 2.0 * step / (Steps - 1) - 1;
            return (position < 0 ? Color.FromHex("#E0690F") : Color.FromHex("#2A85D0")).WithAlpha(Math.Abs(position));
        })],
        false);

    /// <summary>Returns a perceptually uniform map from dark (low) to light (high).</summary>
    public static IColormap Sequential() => InSteps(new Viridis());

    // The steps are too small to be visible, and make the files smaller. With an odd number of steps, the middle one is at 0.5.
    private static Custom InSteps(IColormap map) =>
        new([.. Enumerable.Range(0, Steps).Select(step => map.GetColor((double)step / (Steps - 1)))], false);

    private static Color Named(string name) => Theme.Single(color => color.Name == name).Light;
}
