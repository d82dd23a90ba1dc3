using System.Text.RegularExpressions;
using Bayes.Layers.Tests.Samples.Report;

namespace Bayes.Layers.Tests;

/// <summary>The C# of the documents, and the tests' sources, where all of it stands: compiled, and run.</summary>
internal static partial class DocumentedExamples
{
    // The tests have these in all their files.
    private static readonly string[] ImplicitUsings = ["using Bayes.Layers;", "using TorchSharp;", "using static TorchSharp.torch;"];

    private static readonly Lazy<IReadOnlyList<Source>> Sources = new(() => [.. Files("tests", "*.cs").Select(path => Source.Of(File.ReadAllText(path)))]);

    /// <summary>What readers read, as paths below the repository: its pages, those of the packages, and all below docs.</summary>
    public static IEnumerable<string> Documents { get; } =
    [
        .. Directory.GetFiles(RepositoryFolder.Path, "*.md").Select(Relative), .. Files("docs", "*.md").Select(Relative),
        .. Files("src", "*.md").Select(Relative), .. Files("benchmarks", "*.md").Select(Relative),
    ];

    /// <summary>The text of a document.</summary>
    public static string TextOf(string document) => File.ReadAllText(Path.Combine(RepositoryFolder.Path, document)).ReplaceLineEndings("\n");

    /// <summary>A document's blocks of code, with the language that each says it is in.</summary>
    public static IEnumerable<(string Language, string Code)> BlocksOf(string document) =>
        Fence().Matches(TextOf(document)).Select(match => (match.Groups["language"].Value, match.Groups["code"].Value));

    /// <summary>A document's C#, block after block.</summary>
    public static string ProgramOf(string document) => string.Concat(BlocksOf(document).Where(block => block.Language == "csharp").Select(block => block.Code));

    /// <summary>Whether code stands in a test, line after line and nothing between; what it says of namespaces and packages stands at the file's top.</summary>
    public static bool StandsInATest(string code)
    {
        var wanted = Source.Of(code);
        return Sources.Value.Any(source => source.Directives.IsSupersetOf(wanted.Directives.Except(ImplicitUsings))
            && (wanted.Lines.Length == 0 || source.Lines.Contains(wanted.Lines, StringComparison.Ordinal)));
    }

    private static IEnumerable<string> Files(string folder, string pattern) =>
        Directory.GetFiles(Path.Combine(RepositoryFolder.Path, folder), pattern, SearchOption.AllDirectories).Where(path => !Built().IsMatch(Relative(path))).Order(StringComparer.Ordinal);

    private static string Relative(string path) => Path.GetRelativePath(RepositoryFolder.Path, path).Replace('\\', '/');

    /// <summary>Code without indentation and empty lines, each line between marks of its own; and the directives that stood in it.</summary>
    private sealed record Source(string Lines, HashSet<string> Directives)
    {
        public static Source Of(string code)
        {
            var lines = code.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToLookup(line => Directive().IsMatch(line));
            return new(string.Concat(lines[false].Select(line => $"\n{line}\r")), [.. lines[true]]);
        }
    }

    [GeneratedRegex(@"^```(?<language>\w*)\n(?<code>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"^(using (static )?[\w.]+;|#:.*)$")]
    private static partial Regex Directive();

    [GeneratedRegex("(^|/)(bin|obj)/")]
    private static partial Regex Built();
}
