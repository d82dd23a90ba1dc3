using Bayes.Layers.Samples.Support.Running;

namespace Bayes.Layers.Tests.Samples.Running;

public sealed class FileListTests
{
    [Fact]
    public void Short_lists_take_one_line_below_the_folder() =>
        FileList.Of("/f", ["a.png", "metrics.json"]).Should().Be($"Written to /f:{Environment.NewLine}  a.png, metrics.json");

    [Fact]
    public void Long_lists_fit_into_80_columns_and_name_every_file_in_order()
    {
        string[] names = [.. Enumerable.Range(0, 40).Select(i => new string('x', i) + ".png")];
        string[] lines = FileList.Of("/f", names).Split(Environment.NewLine)[1..];
        lines.Should().HaveCountGreaterThan(5).And.OnlyContain(line => line.Length <= 80 && line.StartsWith("  ", StringComparison.Ordinal));
        string.Join(' ', lines).Split(',', StringSplitOptions.TrimEntries).Should().Equal(names);
    }
}
