using System.Reflection;
using ScottPlot;
using SkiaSharp;

namespace Bayes.Layers.Reports.Figures;

/// <summary>
/// Open Sans, embedded in the program, so that figures need no installed font. The typefaces live as long as the program, because ScottPlot
/// keeps them.
/// </summary>
internal sealed class EmbeddedFont : IFontResolver
{
    /// <summary>The name by which labels ask for the font.</summary>
    public const string Name = "Open Sans";

    private static readonly Lazy<EmbeddedFont> Registered = new(Insert);

    private readonly SKTypeface _regular = Load("OpenSans-Regular.ttf");
    private readonly SKTypeface _semibold = Load("OpenSans-Semibold.ttf");

    private EmbeddedFont()
    {
    }

    /// <summary>Makes the font known to ScottPlot. Labels ask for it by <see cref="Name"/>; the default font of other plots stays as it is.</summary>
    public static void Register() => _ = Registered.Value;

    /// <summary>Returns the width of a text.</summary>
    public static float Measure(string text, float size, bool isBold)
    {
        using var font = new SKFont(isBold ? Registered.Value._semibold : Registered.Value._regular, size);
        return font.MeasureText(text);
    }

    /// <inheritdoc/>
    public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) =>
        CreateTypeface(fontName, weight >= FontWeight.SemiBold, slant != FontSlant.Upright);

    /// <inheritdoc/>
    public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic)
    {
        if (fontName != Name)
            return null;
        return bold ? _semibold : _regular;
    }

    private static EmbeddedFont Insert()
    {
        var font = new EmbeddedFont();

        // First in the list, so that an installed Open Sans of another version does not change the figures.
        Fonts.FontResolvers.Insert(0, font);
        return font;
    }

    private static SKTypeface Load(string fileName)
    {
        Assembly assembly = typeof(EmbeddedFont).Assembly;
        using Stream stream = assembly.GetManifestResourceStream(fileName)
            ?? throw new InvalidOperationException($"The font {fileName} is not embedded in the program.");
        using SKData data = SKData.Create(stream);
        return SKTypeface.FromData(data)
            ?? throw new InvalidOperationException($"The embedded font {fileName} cannot be read.");
    }
}
