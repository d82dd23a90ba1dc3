using System.Text.RegularExpressions;

namespace Bayes.Layers.Tests;

/// <summary>The C# of a document: every line of it stands in the source of a test, which is compiled and run.</summary>
internal static class DocumentedExamples
{
    /// <summary>Compares a document with sources, all copied beside the tests.</summary>
    /// <param name="document">The document's file name.</param>
    /// <param name="count">How many examples it has.</param>
    /// <param name="sources">The sources' file names.</param>
    public static void ShouldStandIn(string document, int count, params string[] sources)
    {
        var own = sources.SelectMany(source => ReadBeside(source + ".txt").Split('\n')).Concat(["using Bayes.Layers;"]).Select(line => line.Trim()).ToHashSet();
        string[] examples = [.. Regex.Matches(ReadBeside(document), "```csharp\r?\n(.*?)```", RegexOptions.Singleline).Select(match => match.Groups[1].Value)];
        examples.Should().HaveCount(count);
        foreach (string example in examples)
        {
            var lines = example.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            lines.Should().HaveCountGreaterThan(2);
            lines.Where(line => !line.StartsWith("using static", StringComparison.Ordinal)).Should().BeSubsetOf(own);
        }
    }

    private static string ReadBeside(string name) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Documents", name));
}
