using Bayes.Layers.Benchmarks.Measuring;

namespace Bayes.Layers.Tests.Benchmarks;

public sealed class PyTorchProcessTests
{
    [Fact]
    public void A_missing_interpreter_is_named() =>
        FluentActions.Invoking(() => new PyTorchProcess("no-such-python", "cpu", 1)).Should().Throw<PyTorchException>()
            .WithMessage("The Python interpreter 'no-such-python' did not start: *");

    [Fact]
    public void An_interpreter_that_ends_at_once_is_named_with_its_exit_code()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no program that fails by name");
        FluentActions.Invoking(() => new PyTorchProcess("false", "cpu", 1))
            .Should().Throw<PyTorchException>().WithMessage("false ended with exit code 1: no word");
    }

    [Theory]
    [InlineData("null", "PyTorch 9.9, matrix products by somebody, also compiled", true)]
    [InlineData("\"no compiler\"", "PyTorch 9.9, matrix products by somebody, not compiled: no compiler", false)]
    public void Compiling_is_asked_for_if_this_PyTorch_can(string reason, string description, bool compiles)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the stand-in for an interpreter is a shell script");
        string folder = Directory.CreateTempSubdirectory().FullName, program = Path.Combine(folder, "python"), asked = Path.Combine(folder, "asked");
        try
        {
            File.WriteAllText(program, $$"""
                #!/bin/sh
                echo '{"torch": "9.9", "blas": "somebody", "gpu": null, "not_compiling": {{reason}}}'
                read line
                echo "$line" > {{asked}}
                echo '{"timings": [{"threads": 1, "seconds": 0.5, "rounds": 5, "compiled": true}], "notCompiled": "too hard"}'
                """);
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            using var process = new PyTorchProcess(program, "cpu", 1);
            process.Description.Should().Be(description);
            var result = process.Time(new { work = "noise" }, compiled: true);
            result.Timings.Should().Equal(new PyTorchTiming(1, 0.5, 5, Compiled: true));
            result.NotCompiled.Should().Be("too hard");
            File.ReadAllText(asked).Trim().Should().Be($"{{\"work\":\"noise\",\"compile\":{(compiles ? "true" : "false")}}}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
