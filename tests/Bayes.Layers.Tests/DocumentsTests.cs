using System.Text.RegularExpressions;
using Bayes.Layers.Tests.Samples.Report;

namespace Bayes.Layers.Tests;

/// <summary>What every document keeps: its C# is that of a test, and its links lead somewhere.</summary>
public sealed partial class DocumentsTests
{
    public static TheoryData<string> Documents => [.. DocumentedExamples.Documents];

    [Fact]
    public void Those_that_readers_begin_with_are_among_them() =>
        DocumentedExamples.Documents.Should().Contain(["README.md", "docs/getting-started.md", "docs/decisions/0001-floors.md", "src/Bayes.Layers/package/README.md"])
            .And.OnlyContain(document => !document.Contains("/bin/"));

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_block_of_CSharp_is_compiled_and_run_by_a_test(string document)
    {
        foreach (var (language, code) in DocumentedExamples.BlocksOf(document))
            if (language == "csharp")
                DocumentedExamples.StandsInATest(code).Should().BeTrue("these lines of {0} are to stand in a test, one after the other:\n{1}", document, code);
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_block_of_code_says_its_language(string document)
    {
        var blocks = DocumentedExamples.BlocksOf(document).ToArray();
        Regex.Count(DocumentedExamples.TextOf(document), "^ *```", RegexOptions.Multiline).Should().Be(2 * blocks.Length, "each block is opened and closed at the margin");
        foreach (var (language, code) in blocks)
        {
            language.Should().BeOneOf("csharp", "sh", "python", "xml", "math", "");
            if (language.Length == 0)
                code.Split('\n').Should().OnlyContain(line => !line.EndsWith(';') && !line.EndsWith('{'), "only what a program prints goes without");
        }
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Links_lead_to_files_and_headings_that_are_there(string document)
    {
        string root = RepositoryFolder.Path, folder = Path.GetDirectoryName(Path.Combine(root, document))!;
        foreach (Match link in Link().Matches(DocumentedExamples.TextOf(document)))
        {
            string[] parts = link.Groups[1].Value.Split('#', 2);
            if (parts[0].Contains("://", StringComparison.Ordinal))
                continue;
            string target = parts[0].Length == 0 ? Path.Combine(root, document) : Path.GetFullPath(Path.Combine(folder, parts[0]));
            target.Should().StartWith(root, "{0} is read without what lies around the repository", document);
            (File.Exists(target) || Directory.Exists(target)).Should().BeTrue("{0} links to {1}", document, parts[0]);
            if (parts.Length == 2)
                Headings(File.ReadAllText(target)).Should().Contain(parts[1], "{0} links to this heading of {1}", document, parts[0]);
        }
    }

    // As GitHub makes them: lower case, hyphens for spaces, and without punctuation.
    private static IEnumerable<string> Headings(string text) =>
        Heading().Matches(text.ReplaceLineEndings("\n")).Select(match => Regex.Replace(match.Groups[1].Value.ToLowerInvariant(), @"[^\w\- ]", "").Replace(' ', '-'));

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
