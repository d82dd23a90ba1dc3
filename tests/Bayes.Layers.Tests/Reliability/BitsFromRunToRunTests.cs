using System.Diagnostics;
using Bayes.Layers.Samples.Support.Running;

namespace Bayes.Layers.Tests.Reliability;

/// <summary>All layers trained, saved and predicted with, in processes of their own: what docs/reproducibility.md promises to be the same, is so to the bit.</summary>
public sealed class BitsFromRunToRunTests
{
    private static readonly Lazy<string[]> First = new(() => Run("1"));

    /// <summary>Code that is not optimized is what a debug build runs, and code that is optimized at once has never been through the runtime's first stage.</summary>
    [Theory]
    [InlineData("", "")]
    [InlineData("DOTNET_JITMinOpts", "1")]
    [InlineData("DOTNET_TieredCompilation", "0")]
    [InlineData("DOTNET_gcServer", "1")]
    public void Another_run_and_other_ways_of_compiling_give_the_same(string variable, string value) =>
        Run("1", variable, value).Should().Equal(First.Value);

    [Fact]
    public void Training_on_two_native_threads_repeats_too_and_small_networks_are_those_of_one()
    {
        string[] two = Run("2");
        Run("2").Should().Equal(two);
        First.Value.Should().HaveCount(10);
        two[0].Should().Be(First.Value[0]).And.EndWith("the experiment's network");
    }

    private static string[] Run(string threads, string variable = "", string value = "")
    {
        var start = new ProcessStartInfo(SoakTests.Program, ["--digests", "--threads", threads]) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (variable.Length > 0)
            start.Environment[variable] = value;
        var (exitCode, output, error) = ThisProgram.Run(start)!.Value;
        error.Should().BeEmpty();
        exitCode.Should().Be(0);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
