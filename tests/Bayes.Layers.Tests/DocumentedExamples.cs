using System.Text.RegularExpressions;
using Bayes.Layers.Tests.Samples.Report;

namespace Bayes.Layers.Tests;

/// <summary>The C# of the documents, assembled into programs as the documents' text says.</summary>
internal static partial class DocumentedExamples
{
    private static readonly Lazy<IReadOnlyList<string>> TestSources =
        new(() => [.. Files("tests", "*.cs").Select(path => Lines(File.ReadAllText(path)))]);

    /// <summary>Paths of the documents, relative to the repository: its pages, those of the packages, and everything below docs.</summary>
    public static IEnumerable<string> Documents { get; } =
    [
        .. Directory.GetFiles(RepositoryFolder.Path, "*.md").Select(Relative), .. Files("docs", "*.md").Select(Relative),
        .. Files("src", "*.md").Select(Relative), .. Files("benchmarks", "*.md").Select(Relative),
    ];

    /// <summary>
    /// Paths of the sources, relative to the repository: code, projects and scripts. src is not included until its lines are wrapped.
    /// </summary>
    public static IEnumerable<string> Sources { get; } =
    [
        .. new[] { "src", "tests", "benchmarks", "eng", ".ci" }.SelectMany(folder => Files(folder, "*")).Select(Relative)
            .Where(path => Path.GetExtension(path) is ".cs" or ".csproj" or ".props" or ".targets" or ".py" or ".sh" or ""),
        .. Directory.GetFiles(RepositoryFolder.Path, "Directory.*").Select(Relative),
    ];

    /// <summary>Returns the text of a document.</summary>
    public static string TextOf(string document) => File.ReadAllText(Path.Combine(RepositoryFolder.Path, document)).ReplaceLineEndings("\n");

    /// <summary>Returns a document's blocks of code with their languages.</summary>
    public static IEnumerable<(string Language, string Code)> BlocksOf(string document) =>
        Fence().Matches(TextOf(document)).Select(match => (match.Groups["language"].Value, match.Groups["code"].Value));

    /// <summary>
    /// Returns a document's programs. A block of C# is a separate program unless the text says that it "continues" the one before, that "the
    /// blocks below, one after the other," are one program, or that "each block below is a file of one project", in which a block that "continues
    /// the statements above" is of the file that has them. "Another program" starts a new one. A block from this repository's tests is not a
    /// program.
    /// </summary>
    public static IReadOnlyList<DocumentedProgram> ProgramsOf(string document) => ProgramsIn(TextOf(document));

    /// <inheritdoc cref="ProgramsOf"/>
    public static IReadOnlyList<DocumentedProgram> ProgramsIn(string text)
    {
        List<List<string>> programs = [];
        bool chained = false, project = false;
        int end = 0;
        foreach (Match block in CSharpBlocks(text))
        {
            string lead = text[end..block.Index], code = block.Groups["code"].Value;
            end = block.Index + block.Length;
            if (StandsInTests().IsMatch(lead))
                continue;
            bool starts = programs.Count == 0 || lead.Contains("nother program", StringComparison.Ordinal);
            if (starts || !(project || chained || lead.Contains("ontinues", StringComparison.Ordinal)))
                programs.Add([code]);
            else if (project && lead.Contains("ontinues the statements above", StringComparison.Ordinal))
                programs[^1][programs[^1].FindLastIndex(DocumentedProgram.HasStatement)] += code;
            else if (project)
                programs[^1].Add(code);
            else
                programs[^1][^1] = Continued(programs[^1][^1], code, lead);
            chained |= lead.Contains("blocks below, one after the other,", StringComparison.Ordinal);
            project |= lead.Contains("ach block below is a file of one project", StringComparison.Ordinal);
        }
        return [.. programs.Select(files => new DocumentedProgram(files))];
    }

    /// <summary>Returns the blocks that the text attributes to this repository's tests.</summary>
    public static IEnumerable<string> TestsIn(string document)
    {
        string text = TextOf(document);
        int end = 0;
        foreach (Match block in CSharpBlocks(text))
        {
            if (StandsInTests().IsMatch(text[end..block.Index]))
                yield return block.Groups["code"].Value;
            end = block.Index + block.Length;
        }
    }

    /// <summary>Returns whether a test's source contains the lines of the code without others between them.</summary>
    public static bool StandsInATest(string code) => TestSources.Value.Any(source => source.Contains(Lines(code), StringComparison.Ordinal));

    // Directives cannot be in the middle of a file: the text must say where they go.
    private static string Continued(string program, string code, string lead)
    {
        string usings = string.Concat(Using().Matches(code).Select(match => match.Value));
        if (usings.Length == 0)
            return program + code;
        return lead.Contains("top of the file", StringComparison.Ordinal) ? Using().Replace(program, usings + "$0", 1) + Using().Replace(code, "")
            : program + code;
    }

    private static IEnumerable<Match> CSharpBlocks(string text) => Fence().Matches(text).Where(match => match.Groups["language"].Value == "csharp");

    private static IEnumerable<string> Files(string folder, string pattern) =>
        Directory.GetFiles(Path.Combine(RepositoryFolder.Path, folder), pattern, SearchOption.AllDirectories)
            .Where(path => !Built().IsMatch(Relative(path))).Order(StringComparer.Ordinal);

    private static string Relative(string path) => Path.GetRelativePath(RepositoryFolder.Path, path).Replace('\\', '/');

    // The lines without indentation and empty lines, each between its own marks.
    private static string Lines(string code) =>
        string.Concat(code.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(line => $"\n{line}\r"));

    [GeneratedRegex(@"^```(?<language>\w*)\n(?<code>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"^using (static )?[\w.]+;\n", RegexOptions.Multiline)]
    private static partial Regex Using();

    [GeneratedRegex("`tests/Bayes.Layers.Tests`")]
    private static partial Regex StandsInTests();

    [GeneratedRegex("(^|/)(bin|obj|node_modules)/")]
    private static partial Regex Built();
}
