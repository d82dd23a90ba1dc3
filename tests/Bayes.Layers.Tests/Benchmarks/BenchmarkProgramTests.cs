using Bayes.Layers.Benchmarks.Commands;
using Bayes.Layers.Benchmarks.Measuring;

namespace Bayes.Layers.Tests.Benchmarks;

public sealed class BenchmarkProgramTests
{
    [Theory]
    [InlineData("--device is 'tpu'; expected cpu or cuda:0.", "quick", "--device", "tpu")]
    [InlineData("--output is blank; expected a path.", "quick", "--output", " ")]
    [InlineData("--device is 'tpu'; expected all, cpu or cuda:0.", "report", "--device", "tpu")]
    [InlineData("--python is blank; expected a path.", "report", "--python", "")]
    [InlineData("--question is 'why'; expected all, *", "report", "--question", "why")]
    [InlineData("*'--frobnicate'*", "quick", "--frobnicate")]
    public void Bad_arguments_are_reported_in_one_line_before_anything_is_measured(string expected, params string[] arguments)
    {
        var (exitCode, output, error) = Run(arguments);
        exitCode.Should().Be(2);
        error.Should().Match($"error: {expected} Try --help.{Environment.NewLine}");
        output.Should().BeEmpty();
    }

    [Theory]
    [InlineData("quick")]
    [InlineData("report")]
    public void A_missing_device_is_reported(string command)
    {
        Assert.SkipWhen(cuda.is_available(), "there is a CUDA device");
        var (exitCode, _, error) = Run(command, "--device", "cuda:0");
        exitCode.Should().NotBe(0);
        error.Should().StartWith("error: --device is 'cuda:0', but cuda:0 is left out: this process sees no CUDA device");
        error.TrimEnd().Should().NotContain("\n");
    }

    [Fact]
    public void A_read_only_folder_is_reported_before_anything_is_measured()
    {
        string taken = Path.GetTempFileName();
        try
        {
            var (exitCode, output, error) = Run("quick", "--output", Path.Combine(taken, "quick.json"));
            exitCode.Should().Be(1);
            error.Should().StartWith($"error: The output folder '{taken}' cannot be written to: ");
            output.Should().BeEmpty();
        }
        finally
        {
            File.Delete(taken);
        }
    }

    [Fact]
    public void Help_lists_every_command_that_is_not_hidden()
    {
        var (exitCode, output, _) = Run("report", "--help");
        exitCode.Should().Be(0);
        output.Should().Contain("--output").And.Contain("--python").And.Contain("--device").And.Contain("--question");
    }

    [Fact]
    public void A_skipped_device_is_reported()
    {
        ComputeDevices.Present.Should().StartWith("cpu");
        if (ComputeDevices.Present.Contains("cuda:0"))
            ComputeDevices.LeftOut.Should().BeNull();
        else
            ComputeDevices.LeftOut.Should().StartWith("cuda:0 is left out: ").And.Contain("TORCH_LIB");
    }

    [Fact]
    public void The_machine_is_described_in_full() =>
        Machine.Facts("cpu").Should().OnlyContain(fact => fact.Name.Length > 0 && fact.Value.Length > 0)
            .And.Contain(fact => fact.Name == "processor").And.Contain(fact => fact.Name == "libtorch")
            .And.Contain(fact => fact.Name == "TorchSharp");

    private static (int ExitCode, string Output, string Error) Run(params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        int exitCode = BenchmarkProgram.Run(arguments, output, error);
        return (exitCode, output.ToString(), error.ToString());
    }
}
