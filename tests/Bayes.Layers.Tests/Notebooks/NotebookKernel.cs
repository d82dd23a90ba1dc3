using System.Text.RegularExpressions;

namespace Bayes.Layers.Tests.Notebooks;

/// <summary>What .NET Interactive offers to the cells of a notebook, by the same names.</summary>
public static partial class NotebookKernel
{
    private static readonly List<CellOutput> Ended = [];
    private static readonly List<byte[]> Pictures = [];

    private static StringWriter _text = new();

    /// <summary>Returns HTML to display.</summary>
    public static string HTML(string content) => content;

    /// <summary>Displays a picture in HTML.</summary>
#pragma warning disable IDE1006 // The name is .NET Interactive's.
    public static void display(string html)
#pragma warning restore IDE1006
    {
        string data = Picture().Match(html) is { Success: true } match ? match.Groups[1].Value
            : throw new InvalidOperationException("Only pictures are displayed in the notebooks; expected a PNG in HTML.");
        Pictures.Add(Convert.FromBase64String(data));
    }

    /// <summary>Ends a cell; the runner adds a call after each.</summary>
    public static void EndCell()
    {
        Ended.Add(new CellOutput(_text.ToString().ReplaceLineEndings("\n"), [.. Pictures]));
        Pictures.Clear();
        _text.GetStringBuilder().Clear();
    }

    /// <summary>Runs cells that end with <see cref="EndCell"/>, and returns their outputs.</summary>
    internal static IReadOnlyList<CellOutput> Collect(Action run)
    {
        var console = Console.Out;
        _text = new StringWriter();
        Ended.Clear();
        Pictures.Clear();
        Console.SetOut(_text);
        try
        {
            run();
            return [.. Ended];
        }
        finally
        {
            Console.SetOut(console);
        }
    }

    [GeneratedRegex("data:image/png;base64,([A-Za-z0-9+/=]+)")]
    private static partial Regex Picture();
}
