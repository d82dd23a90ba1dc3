using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Bayes.Layers.Reports.Figures;
using ScottPlot;
using SkiaSharp;

namespace Bayes.Layers.Reports.Pages;

/// <summary>
/// Draws a plot as an SVG element for a page: text stays text, in the font of the page; colours are variables of the page, so that one picture
/// serves light and dark; names are unique on the page.
/// </summary>
internal static partial class SvgPicture
{
    // Images with fewer pixels show squares, as a small image of a digit should.
    private const int FewPixels = 64;

    private const int PhotographQuality = 92;

    private static readonly string[] Shapes = ["rect", "path", "circle", "ellipse", "polygon", "polyline", "text"];

    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";
    private static readonly XNamespace Link = "http://www.w3.org/1999/xlink";

    /// <summary>Returns the element.</summary>
    /// <param name="plot">The plot.</param>
    /// <param name="size">Its size.</param>
    /// <param name="id">A name that is unique on the page.</param>
    /// <param name="title">The title, which a screen reader reads first.</param>
    /// <param name="description">What the picture shows, in words.</param>
    public static string Of(Plot plot, FigureSize size, string id, string title, string description)
    {
        using var stream = new MemoryStream();
        using (SKCanvas canvas = SKSvgCanvas.Create(new SKRect(0, 0, size.Width, size.Height), stream))
            plot.Render(canvas, size.Width, size.Height);
        stream.Position = 0;
        XElement drawn = XDocument.Load(stream).Root ?? throw new InvalidOperationException("Skia wrote an empty picture.");
        // A plot whose legend takes another line is drawn again, over a cleared canvas.
        if (drawn.Elements().LastOrDefault(IsClearing) is { } cleared)
        {
            cleared.ElementsBeforeSelf().Remove();
            cleared.Remove();
        }
        drawn.Descendants(Svg + "text").Where(text => string.IsNullOrWhiteSpace(text.Value)).Remove();
        // Skia counts names over all pictures of the process; here they begin anew, so that the same plot gives the same text.
        Dictionary<string, string> names = drawn.Descendants().Attributes("id").Index()
            .ToDictionary(each => each.Item.Value, each => FormattableString.Invariant($"{id}-{each.Index}"));
        foreach (XElement element in drawn.Descendants().ToList())
            Rewrite(element, names);
        var picture = new XElement(
            Svg + "svg",
            new XAttribute("viewBox", FormattableString.Invariant($"0 0 {size.Width} {size.Height}")),
            new XAttribute("role", "img"),
            new XAttribute("aria-labelledby", $"{id}-title {id}-description"),
            new XElement(Svg + "title", new XAttribute("id", $"{id}-title"), title),
            new XElement(Svg + "desc", new XAttribute("id", $"{id}-description"), description),
            drawn.Elements());

        // In HTML, the element needs no name space.
        return picture.ToString(SaveOptions.DisableFormatting).Replace($" xmlns=\"{Svg}\"", "", StringComparison.Ordinal);
    }

    private static void Rewrite(XElement element, IReadOnlyDictionary<string, string> names)
    {
        foreach (XAttribute attribute in element.Attributes().ToList())
        {
            if (attribute.Name == Link + "href")
            {
                attribute.Remove();
                element.SetAttributeValue("href", attribute.Value.StartsWith('#') ? $"#{names[attribute.Value[1..]]}" : attribute.Value);
                continue;
            }
            switch (attribute.Name.LocalName)
            {
                case "fill" or "stroke":
                    attribute.Value = ThemeVariable(attribute.Value);
                    break;
                case "id":
                    attribute.Value = names[attribute.Value];
                    break;
                case "clip-path" when element.Elements(Svg + "text").Any():
                    // Text may be a little wider than it was measured.
                    attribute.Remove();
                    break;
                case "clip-path":
                    attribute.Value = $"url(#{names[attribute.Value["url(#".Length..^1]]})";
                    break;
                case "stroke-miterlimit" or "font-family":
                    attribute.Remove();
                    break;
                case "d" or "x" or "y" or "cx" or "cy" or "rx" or "ry" or "fill-opacity" or "stroke-opacity" when element.Name != Svg + "text":
                    attribute.Value = SamePoint().Replace(ManyDecimals().Replace(attribute.Value, Rounded), "M${point}h0");
                    break;
            }
        }
        // Skia leaves out black, the default.
        if (Shapes.Contains(element.Name.LocalName) && element.Attribute("fill") is null && element.Parent?.Name != Svg + "clipPath")
            element.SetAttributeValue("fill", ThemeVariable("black"));
        if (element.Name == Svg + "text")
            RewriteText(element);
        if (element.Name == Svg + "image")
            RewriteImage(element);
    }

    // Skia places every letter. A page with another font needs the words as a whole, as wide as they were measured.
    private static void RewriteText(XElement text)
    {
        string words = text.Value.Trim();
        float size = float.Parse(text.Attribute("font-size")!.Value, CultureInfo.InvariantCulture);
        bool isBold = int.TryParse(text.Attribute("font-weight")?.Value, out int weight) && weight >= 600;
        text.SetAttributeValue("x", First(text.Attribute("x")));
        text.SetAttributeValue("y", First(text.Attribute("y")));
        text.SetAttributeValue("textLength", EmbeddedFont.Measure(words, size, isBold).ToString("0.#", CultureInfo.InvariantCulture));
        text.SetAttributeValue("lengthAdjust", "spacingAndGlyphs");
        text.Value = words;

        static string First(XAttribute? places) => places is null ? "0" : ManyDecimals().Replace(places.Value.Split(',')[0].Trim(), Rounded);
    }

    // A map of colours is smooth, and takes a tenth of the room as a photograph. The pixels of a small image are squares.
    private static void RewriteImage(XElement image)
    {
        if ((int)image.Attribute("width")! < FewPixels)
        {
            image.SetAttributeValue("image-rendering", "pixelated");
            return;
        }
        string address = image.Attribute("href")!.Value;
        using SKBitmap bitmap = SKBitmap.Decode(Convert.FromBase64String(address[(address.IndexOf(',') + 1)..]));
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Webp, PhotographQuality);
        image.SetAttributeValue("href", "data:image/webp;base64," + Convert.ToBase64String(data.AsSpan()));
    }

    // A canvas is cleared with a rectangle of the size of the picture, which has no place and no colour.
    private static bool IsClearing(XElement element) =>
        element.Name == Svg + "rect" && element.Attribute("fill") is null && element.Attribute("x") is null;

    private static string ThemeVariable(string value)
    {
        Color? color = value switch
        {
            "black" => Colors.Black,
            "white" => Colors.White,
            ['#', var r, var g, var b] => Color.FromHex($"#{r}{r}{g}{g}{b}{b}"),
            ['#', ..] => Color.FromHex(value),
            _ => null,
        };
        if (color is null)
            return value;
        // Black is the ink of plots that others made.
        string? name = color.Value is { R: <= 2, G: <= 2, B: <= 2 } ? "ink"
            : FigureColors.Theme.FirstOrDefault(theme => theme.IsLight(color.Value))?.Name;
        return name is null ? value : $"var(--{name})";
    }

    private static string Rounded(Match number) =>
        Math.Round(double.Parse(number.Value, CultureInfo.InvariantCulture), 2).ToString("0.##", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"-?\d+\.\d{3,}(e-?\d+)?")]
    private static partial Regex ManyDecimals();

    [GeneratedRegex(@"M(?<point>[^ML]+)L\k<point>(?=M|$)")]
    private static partial Regex SamePoint();
}
