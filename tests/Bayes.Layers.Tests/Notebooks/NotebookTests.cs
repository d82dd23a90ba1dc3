using System.Globalization;
using System.Text.RegularExpressions;
using Bayes.Layers.Tests.Package;
using Bayes.Layers.Tests.Samples.Report;

namespace Bayes.Layers.Tests.Notebooks;

/// <summary>
/// The cells of the notebooks compile, run in order, and print what is stored in them. <c>eng/notebooks.sh</c> runs these tests to store new
/// outputs.
/// </summary>
public sealed partial class NotebookTests : TorchTest
{
    private const string Writes = "BAYES_LAYERS_WRITE_NOTEBOOKS";
    private const long MostBytes = 300_000;

    public static TheoryData<string> Names => [.. Notebook.Names];

    [Fact]
    public void There_are_the_experiment_and_five_guides() =>
        Notebook.Names.Should().Equal(
            "breast-cancer", "checking", "choosing-a-method", "first-prediction", "regression", "trained-network");

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_notebook_runs_and_prints_what_it_says(string name)
    {
        var notebook = new Notebook(name);
        var program = new NotebookProgram(notebook);
        program.Complaints().Should().BeEmpty();
        var outputs = program.Run();
        outputs.Should().HaveCount(notebook.Code.Count);
        if (Environment.GetEnvironmentVariable(Writes) is not null)
        {
            notebook.Write(outputs);
            return;
        }
        foreach (var (index, (found, stored)) in outputs.Zip(notebook.Outputs).Index())
        {
            ShouldSayTheSame(found.Text, stored.Text, $"of cell {index + 1}");
            found.Pictures.Select(SizeOf).Should().Equal(stored.Pictures.Select(SizeOf), "these are the pictures of cell {0}", index + 1);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_notebook_is_for_the_kernel_of_NET_Interactive_and_names_the_versions_that_are_tested(string name)
    {
        var notebook = new Notebook(name);
        notebook.Kernel.Should().Be(".net-csharp");
        notebook.Bytes.Should().BeLessThan(MostBytes);
        string central = File.ReadAllText(Path.Combine(RepositoryFolder.Path, "Directory.Packages.props"));
        string figures = Regex.Match(central, "Include=\"ScottPlot\" Version=\"([^\"]+)\"").Groups[1].Value;
        NotebookProgram.PackagesOf(notebook).Should().Equal(
            ("Bayes.Layers", PackedLibrary.Version), ("libtorch-cpu-linux-x64", PackedLibrary.LibTorchVersion), ("ScottPlot", figures));
        notebook.Outputs.Sum(output => output.Pictures.Count).Should().BePositive("figures are inline");
        notebook.Prose.SelectMany(text => text.Split('\n')).Concat(notebook.Code.SelectMany(code => code.Split('\n')))
            .Should().OnlyContain(line => line.Length <= 150);
    }

    // Other processors round otherwise, and training makes more of it: the words are the same, and the numbers nearly.
    private static void ShouldSayTheSame(string found, string stored, string place)
    {
        Number().Replace(found, "#").Should().Be(Number().Replace(stored, "#"), "this is the text {0}", place);
        foreach (var (number, expected) in Number().Matches(found).Zip(Number().Matches(stored)))
        {
            int digits = expected.Value.Contains('.') ? expected.Value.Length - expected.Value.IndexOf('.') - 1 : 0;
            double wanted = Parsed(expected);
            Parsed(number).Should().BeApproximately(
                wanted, Math.Max(2 * Math.Pow(10, -digits), 0.05 * Math.Abs(wanted)), "this is a number {0}: {1}", place, stored);
        }

        static double Parsed(Match match) => double.Parse(match.Value, CultureInfo.InvariantCulture);
    }

    // The header of a PNG has the width and the height.
    private static (int Width, int Height) SizeOf(byte[] png) =>
        (System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)),
            System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(20)));

    [GeneratedRegex(@"(?<!\w)-?\d+(\.\d+)?")]
    private static partial Regex Number();
}
