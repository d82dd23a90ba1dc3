using Bayes.Layers.Soak;
using System.Diagnostics;

namespace Bayes.Layers.Tests.Reliability;

/// <summary>
/// Trains, saves and predicts with all layers in separate processes: what docs/reproducibility.md calls the same is the same to the bit.
/// </summary>
[Collection(OtherProcesses.Name)]
public sealed class BitsFromRunToRunTests
{
    private static readonly Lazy<string[]> First = new(() => Run("1"));

    /// <summary>A debug build runs unoptimized code; code that is optimized at once skips the runtime's first compilation tier.</summary>
    [Theory]
    [InlineData("", "")]
    [InlineData("DOTNET_JITMinOpts", "1")]
    [InlineData("DOTNET_TieredCompilation", "0")]
    [InlineData("DOTNET_gcServer", "1")]
    public void Runs_and_compilation_modes_give_the_same_bits(string variable, string value) =>
        Run("1", variable, value).Should().Equal(First.Value);

    [Fact]
    public void Training_on_two_native_threads_repeats_and_small_networks_match_one_thread()
    {
        string[] two = Run("2");
        Run("2").Should().Equal(two);
        First.Value.Should().HaveCount(SoakCases.All.Count);
        two[0].Should().Be(First.Value[0]).And.EndWith("the experiment's network");
    }

    private static string[] Run(string threads, string variable = "", string value = "")
    {
        var start = new ProcessStartInfo(SoakProgramTests.Program, ["--digests", "--threads", threads]) { RedirectStandardOutput = true,
            RedirectStandardError = true };
        if (variable.Length > 0)
            start.Environment[variable] = value;
        var (exitCode, output, error) = SoakProgramTests.Run(start);
        error.Should().BeEmpty();
        exitCode.Should().Be(0);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
