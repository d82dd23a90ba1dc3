using ScottPlot;

namespace Bayes.Layers.Reports.Figures;

/// <summary>A colour that is another one on a dark page.</summary>
/// <param name="Name">The name, of which the page makes a CSS variable.</param>
/// <param name="Light">The colour on a light page and in PNG files.</param>
/// <param name="Dark">The colour on a dark page.</param>
internal sealed record ThemeColor(string Name, Color Light, Color Dark)
{
    // Skia rounds colours that are not opaque.
    private const int Rounding = 2;

    /// <summary>Creates a colour from hexadecimal numbers.</summary>
    public static ThemeColor Of(string name, string light, string dark) => new(name, Color.FromHex(light), Color.FromHex(dark));

    /// <summary>Determines whether a colour is the light one.</summary>
    public bool IsLight(Color color) =>
        Math.Abs(color.R - Light.R) <= Rounding && Math.Abs(color.G - Light.G) <= Rounding && Math.Abs(color.B - Light.B) <= Rounding;
}
