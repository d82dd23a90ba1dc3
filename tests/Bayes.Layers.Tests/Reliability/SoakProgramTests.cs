using System.Diagnostics;
using Bayes.Layers.Samples.Support.Running;
using Bayes.Layers.Soak;

namespace Bayes.Layers.Tests.Reliability;

/// <summary>A short soak in a process of its own.</summary>
[Collection(OtherProcesses.Name)]
public sealed class SoakProgramTests
{
    /// <summary>The soak program, beside the tests.</summary>
    internal static string Program { get; } =
        Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Bayes.Layers.Soak.exe" : "Bayes.Layers.Soak");

    /// <summary>Runs the program, and leaves out what libtorch says of processors that it has no NNPACK for.</summary>
    internal static (int ExitCode, string Output, string Error) Run(ProcessStartInfo start)
    {
        var (exitCode, output, error) = ThisProgram.Run(start)!.Value;
        var lines = error.Split('\n').Where(line => !line.Contains("Could not initialize NNPACK", StringComparison.Ordinal));
        return (exitCode, output, string.Join('\n', lines));
    }

    /// <summary>In a separate process, whose memory is its own and whose crash ends no other test.</summary>
    [Fact]
    public void Half_a_minute_of_every_layer_and_method_under_collections_keeps_memory_and_results()
    {
        var start = new ProcessStartInfo(Program, ["--seconds", "30"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Otherwise the runtime compiles methods a second time for most of a minute, and its memory grows meanwhile.
        start.Environment["DOTNET_TieredCompilation"] = "0";
        var (exitCode, output, error) = Run(start);
        error.Should().BeEmpty();
        exitCode.Should().Be(0, output);
        ThisProgram.LastLine(output).Should().Match(
            $"* rounds over {SoakCases.All.Count} models among * collections: 0 live tensors throughout, *");
        TestContext.Current.SendDiagnosticMessage(ThisProgram.LastLine(output));
    }
}
