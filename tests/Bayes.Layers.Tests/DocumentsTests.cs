using System.Text.RegularExpressions;
using Bayes.Layers.Tests.Guides;
using Bayes.Layers.Tests.Samples.Report;

namespace Bayes.Layers.Tests;

/// <summary>Rules for documents: readers can compile and run their programs, and links lead somewhere.</summary>
public sealed partial class DocumentsTests : TorchTest
{
    // Other test classes run the programs of these pages and check the results.
    private static readonly string[] RunElsewhere =
    [
        "README.md", "docs/attention.md", "docs/checking.md", "docs/getting-started.md", "docs/scaling.md", "docs/why-uncertainty.md",
        "docs/writing-your-own-parts.md", "src/Bayes.Layers/package/README.md",
    ];

    public static TheoryData<string> Documents => [.. DocumentedExamples.Documents];

    [Fact]
    public void The_documents_include_those_that_readers_begin_with() =>
        DocumentedExamples.Documents.Should().Contain(
            ["README.md", "docs/getting-started.md", "docs/decisions/0001-floors.md", "src/Bayes.Layers/package/README.md"])
            .And.OnlyContain(document => !document.Contains("/bin/"));

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_program_compiles_as_printed_without_a_warning(string document)
    {
        foreach (var program in DocumentedExamples.ProgramsOf(document))
            program.Complaints().Should().BeEmpty("a reader of {0} compiles\n{1}", document, string.Join("\n// ---\n", program.Files));
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_program_runs(string document)
    {
        if (RunElsewhere.Contains(document))
            return;
        using var folder = new WorkingFolder();
        using var torch = new TorchLibVariable();
        foreach (var program in DocumentedExamples.ProgramsOf(document))
            program.Run();
    }

    [Fact]
    public void The_package_page_begins_with_the_first_program_of_the_README() =>
        DocumentedExamples.ProgramsOf("src/Bayes.Layers/package/README.md")
            .Single().Files.Should().Equal(DocumentedExamples.ProgramsOf("README.md")[0].Files);

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_block_said_to_be_in_a_test_is_in_one(string document)
    {
        foreach (string code in DocumentedExamples.TestsIn(document))
            DocumentedExamples.StandsInATest(code)
                .Should().BeTrue("these lines of {0} are to stand in a test, one after the other:\n{1}", document, code);
    }

    /// <summary>The laws hold for the classes in the guides because tests contain the same classes.</summary>
    [Theory]
    [InlineData("docs/writing-your-own-parts.md", 7)]
    [InlineData("docs/writing-your-own-module.md", 5)]
    public void The_classes_of_the_guides_are_those_of_the_tests(string document, int count)
    {
        string[] classes = [.. DocumentedExamples.ProgramsOf(document)
            .Single().Files.Where(file => file.StartsWith("public sealed class ", StringComparison.Ordinal))];
        classes.Should().HaveCount(count).And.OnlyContain(code => DocumentedExamples.StandsInATest(code));
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_block_of_code_says_its_language(string document)
    {
        var blocks = DocumentedExamples.BlocksOf(document).ToArray();
        Regex.Count(DocumentedExamples.TextOf(document), "^ *```", RegexOptions.Multiline)
            .Should().Be(2 * blocks.Length, "each block is opened and closed at the margin");
        foreach (var (language, code) in blocks)
        {
            language.Should().BeOneOf("csharp", "sh", "python", "xml", "math", "");
            if (language.Length == 0)
                code.Split('\n').Should().OnlyContain(line => !line.EndsWith(';') && !line.EndsWith('{'), "only a program's output has no language");
        }
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Links_lead_to_existing_files_and_headings(string document)
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

    /// <summary>The site shows its pages in an order from simple to deep; its script lists decisions.</summary>
    [Fact]
    public void Every_page_stands_in_a_table_of_contents()
    {
        string docs = Path.Combine(RepositoryFolder.Path, "docs");
        var listed = Directory.GetFiles(docs, "toc.yml", SearchOption.AllDirectories)
            .SelectMany(file => PageOfContents().Matches(File.ReadAllText(file)).Select(match =>
                Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, match.Groups[1].Value))))
            .Select(path => Path.GetRelativePath(RepositoryFolder.Path, path).Replace('\\', '/'));
        DocumentedExamples.Documents.Where(document => document.StartsWith("docs/", StringComparison.Ordinal) && document != "docs/index.md"
            && !document.StartsWith("docs/decisions/0", StringComparison.Ordinal)).Should().BeSubsetOf(listed);
    }

    /// <summary>Tables, pictures and generated reports cannot be wrapped.</summary>
    [Theory]
    [MemberData(nameof(Documents))]
    public void Lines_end_before_column_150(string document)
    {
        if (document.EndsWith("/report.md", StringComparison.Ordinal))
            return;
        string prose = Regex.Replace(DocumentedExamples.TextOf(document), "^```.*?^```$", "", RegexOptions.Multiline | RegexOptions.Singleline);
        prose.Split('\n').Where(line => line.Length > 150 && line[0] is not '|' and not '!')
            .Should().BeEmpty("{0} is read in an editor too", document);
        foreach (var (_, code) in DocumentedExamples.BlocksOf(document).Where(block => block.Language == "csharp"))
            code.Split('\n').Should().OnlyContain(line => line.Length <= 150, "{0} is read in a browser", document);
    }

    /// <summary>The build checks code (RCS0056); this also checks comments, long strings, and files that are not C#.</summary>
    [Fact]
    public void Lines_of_sources_end_before_column_150() =>
        DocumentedExamples.Sources.SelectMany(source => File.ReadLines(Path.Combine(RepositoryFolder.Path, source))
            .Select((line, index) => (Line: line, Place: $"{source}:{index + 1}")))
            .Where(each => each.Line.Length > 150).Select(each => each.Place).Should().BeEmpty();

    // GitHub's anchors: lower case, hyphens for spaces, and no punctuation.
    private static IEnumerable<string> Headings(string text) =>
        Heading().Matches(text.ReplaceLineEndings("\n"))
            .Select(match => Regex.Replace(match.Groups[1].Value.ToLowerInvariant(), @"[^\w\- ]", "").Replace(' ', '-'));

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"(?:href|topicHref): (\S+\.md)$", RegexOptions.Multiline)]
    private static partial Regex PageOfContents();

    [GeneratedRegex("^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
