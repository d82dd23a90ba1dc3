using Bayes.Layers.Benchmarks.Commands;
using Bayes.Layers.Samples;
using Bayes.Layers.Samples.Support.CommandLine;
using Bayes.Layers.Samples.Support.Running;
using Bayes.Layers.Soak;
using Bayes.Layers.Uncertainty;

namespace Bayes.Layers.Tests.Samples.CommandLine;

/// <summary>Tests of all command lines of this repository: samples, benchmarks and soak.</summary>
public sealed class CommandLineTests
{
    public static TheoryData<string> Programs =>
        ["samples", "samples regression", "samples digits", "samples tabular", "samples breast-cancer", "samples compare", "quick", "report", "soak",
        "uncertainty uci"];

    [Theory]
    [MemberData(nameof(Programs))]
    public void A_word_with_a_line_break_is_refused_in_one_line(string program) =>
        ErrorOf(program, "--no\nsuch").Should().Match("error: *'--no such'*Try --help.");

    [Theory]
    [MemberData(nameof(Programs))]
    public void A_word_that_begins_with_an_at_sign_does_not_name_a_file_of_arguments(string program)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "--help");
            ErrorOf(program, "@" + file).Should().Contain($"'@{file}'");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("samples", "--epoch", "--epochs")]
    [InlineData("samples", "--quite", "--quiet")]
    [InlineData("samples", "--Beta=2", "--beta")]
    [InlineData("samples", "regresion", "regression")]
    [InlineData("samples regression", "--point", "--points")]
    [InlineData("samples tabular", "--traget", "--target")]
    [InlineData("quick", "--devise", "--device")]
    [InlineData("report", "--pyton", "--python")]
    [InlineData("soak", "--second", "--seconds")]
    [InlineData("uncertainty uci", "--method", "--methods")]
    public void A_mistyped_option_or_command_gets_a_suggestion(string program, string typed, string meant) =>
        ErrorOf(program, typed).Should().Contain($"'{typed.Split('=')[0]}").And.Contain($" Did you mean {meant}? Try --help.");

    [Theory]
    [MemberData(nameof(Programs))]
    public void A_word_unlike_any_name_gets_no_suggestion(string program) => ErrorOf(program, "--frobnicate").Should().NotContain("Did you mean");

    [Fact]
    public void A_mistyped_command_of_the_benchmarks_gets_a_suggestion() => ErrorOf("quik")
        .Should().Be("error: There is no command 'quik'. Did you mean quick?");

    // Returns the line without its line break.
    private static string ErrorOf(string program, params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        using var interrupt = new Interrupt();
        string[] words = program.Split(' ');
        int exitCode = words[0] switch
        {
            "samples" => SampleProgram.Run([.. words[1..], .. arguments], output, error, isTerminal: false, interrupt),
            "uncertainty" => UncertaintyProgram.Run([.. words[1..], .. arguments], output, error, isTerminal: false, interrupt),
            "soak" => SoakProgram.Run(arguments, output, error),
            _ => BenchmarkProgram.Run([.. words, .. arguments], output, error),
        };
        exitCode.Should().Be(ExitCode.Usage);
        output.ToString().Should().BeEmpty();
        error.ToString().Should().EndWith(Environment.NewLine);
        return error.ToString()[..^Environment.NewLine.Length].Should().NotContain("\n").And.Subject;
    }
}
