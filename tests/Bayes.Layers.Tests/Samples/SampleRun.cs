using System.Text.Json.Nodes;
using Bayes.Layers.Samples;
using Bayes.Layers.Samples.Support.Running;

namespace Bayes.Layers.Tests.Samples;

/// <summary>A run of the samples' program in this process, with an output folder of its own that is deleted at the end.</summary>
internal sealed class SampleRun : IDisposable
{
    public SampleRun(params string[] arguments) : this(isInterrupted: false, arguments)
    {
    }

    public SampleRun(bool isInterrupted, params string[] arguments)
    {
        Folder = Path.Combine(Path.GetTempPath(), $"bayes-layers-{Guid.NewGuid():N}");
        using StringWriter output = new(), error = new();
        using var interrupt = new Interrupt();
        if (isInterrupted)
            using (interrupt.Listen())
                interrupt.Press();
        string[] all = arguments.Contains("--output") ? arguments : [.. arguments, "--output", Folder];
        ExitCode = SampleProgram.Run(all, output, error, isTerminal: false, interrupt);
        Output = output.ToString();
        Error = error.ToString();
    }

    public string Folder { get; }

    public int ExitCode { get; }

    public string Output { get; }

    public string Error { get; }

    public string PathOf(string name) => Path.Combine(Folder, name);

    public JsonObject Metrics() => JsonNode.Parse(File.ReadAllText(PathOf("metrics.json")))!.AsObject();

    /// <summary>Returns metrics.json without some of its keys, which must exist.</summary>
    public string MetricsWithout(params string[] keys)
    {
        var metrics = Metrics();
        foreach (string key in keys)
            metrics.Remove(key).Should().BeTrue(key);
        return metrics.ToJsonString();
    }

    /// <summary>Asserts that a valid command failed, with one line about the reason on the error stream.</summary>
    public void ShouldFail(string named)
    {
        ExitCode.Should().Be(1);
        Error.Should().StartWith("error: ").And.Contain(named).And.NotContain("   at ");
        Error.TrimEnd().Should().NotContain("\n");
    }

    /// <summary>Asserts that the command line was refused, with one line about the reason on the error stream, before anything was done.</summary>
    public void ShouldBeRefused(string named)
    {
        ExitCode.Should().Be(2);
        Error.Should().StartWith("error: ").And.Contain(named);
        Error.TrimEnd().Should().NotContain("\n");
        Directory.Exists(Folder).Should().BeFalse("nothing was begun");
    }

    public void Dispose()
    {
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
    }
}
