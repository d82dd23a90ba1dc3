using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Bayes.Layers.Samples.Support.Running;
using Bayes.Layers.Uncertainty;

namespace Bayes.Layers.Tests.Uncertainty;

/// <summary>A folder with CSV files and an output folder, both deleted at the end, and runs of the benchmark on them.</summary>
internal sealed class UciRunOfTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bayes-layers-");

    public string Data => Path.Combine(_folder.FullName, "data");

    public string Results => Path.Combine(_folder.FullName, "results");

    public string Output { get; private set; } = "";

    public string Error { get; private set; } = "";

    /// <summary>y = unit · (sin 3a − b + noise), with a and b uniform and a column that is constant.</summary>
    public static string Simulated(int rows, double unit = 1)
    {
        var random = new Random(5);
        var text = new StringBuilder("a,b,constant,y\n");
        for (int row = 0; row < rows; row++)
        {
            double a = random.NextDouble(), b = random.NextDouble(), noise = 0.2 * (random.NextDouble() + random.NextDouble() - 1);
            text.Append(CultureInfo.InvariantCulture, $"{a:R},{b:R},7,{unit * (Math.Sin(3 * a) - b + noise):R}\n");
        }
        return text.ToString();
    }

    public UciRunOfTests With(string name, string content)
    {
        Directory.CreateDirectory(Data);
        File.WriteAllText(Path.Combine(Data, name), content);
        return this;
    }

    /// <summary>Runs the benchmark with one thread.</summary>
    /// <returns>The exit code.</returns>
    public int Run(params string[] more) => Run(isInterrupted: false, more);

    public int Run(bool isInterrupted, params string[] more)
    {
        using StringWriter output = new(), error = new();
        using var interrupt = new Interrupt();
        if (isInterrupted)
            using (interrupt.Listen())
                interrupt.Press();
        int exitCode = UncertaintyProgram.Run(
            ["uci", "--data", Data, "--output", Results, "--threads", "1", .. more], output, error, isTerminal: false, interrupt);
        (Output, Error) = (output.ToString(), error.ToString());
        return exitCode;
    }

    public string TextOf(string name) => File.ReadAllText(Path.Combine(Results, name));

    public JsonArray Sets() => JsonNode.Parse(TextOf("results.json"))!["sets"]!.AsArray();

    /// <summary>Asserts that a run failed, with one line about the reason.</summary>
    public void ShouldFail(int expected, string message, params string[] arguments)
    {
        Run(arguments).Should().Be(expected);
        Error.Should().Match($"error: {message}{Environment.NewLine}");
        Error.TrimEnd().Should().NotContain("\n");
        File.Exists(Path.Combine(Results, "results.json")).Should().BeFalse("nothing was begun");
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
