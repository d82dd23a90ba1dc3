using Bayes.Layers.Reports.Figures;
using Bayes.Layers.Reports.Pages;

namespace Bayes.Layers.Tests.Reports.Pages;

public sealed class WholeFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bayes-layers-");

    [Fact]
    public void It_replaces_the_file_and_leaves_no_other_file()
    {
        string path = Path.Combine(_folder.FullName, "file.txt");
        WholeFile.Write(path, "long, and from before");
        WholeFile.Write(path, "über");
        File.ReadAllBytes(path).Should().Equal("über"u8.ToArray());
        _folder.GetFiles().Should().ContainSingle();
    }

    [Fact]
    public void A_figure_that_cannot_be_written_leaves_the_previous_one()
    {
        string path = Path.Combine(_folder.FullName, "figure.png");
        File.WriteAllText(path, "before");
        Directory.CreateDirectory(path + ".partial");   // where the new one would begin
        FluentActions.Invoking(() => new FigureDrawing("", () => new ScottPlot.Plot()).SavePng(path)).Should().Throw<UnauthorizedAccessException>();
        File.ReadAllText(path).Should().Be("before");
    }

    [Fact]
    public void A_failed_write_leaves_no_other_file()
    {
        string path = _folder.CreateSubdirectory("taken").FullName;
        FluentActions.Invoking(() => WholeFile.Write(path, "text")).Should().Throw<IOException>();
        _folder.GetFiles().Should().BeEmpty();
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
