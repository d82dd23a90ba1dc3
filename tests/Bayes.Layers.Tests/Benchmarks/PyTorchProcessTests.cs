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
}
