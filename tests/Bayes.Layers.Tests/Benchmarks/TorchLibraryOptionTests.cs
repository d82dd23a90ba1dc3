using Bayes.Layers.Benchmarks.Commands;
using Bayes.Layers.Samples.Support.ExistingTorch;

namespace Bayes.Layers.Tests.Benchmarks;

/// <summary>The libtorch that a command line names. The variable is restored because processes that later tests start read it.</summary>
public sealed class TorchLibraryOptionTests : IDisposable
{
    private readonly string? _variable = Environment.GetEnvironmentVariable(TorchLibrary.Variable);

    public TorchLibraryOptionTests() => Environment.SetEnvironmentVariable(TorchLibrary.Variable, null);

    public void Dispose() => Environment.SetEnvironmentVariable(TorchLibrary.Variable, _variable);

    [Fact]
    public void The_option_is_found_anywhere_and_removed()
    {
        TorchLibraryOption.Take(["quick", "--torch-lib", "there", "--output", "x"])
            .Should().BeEquivalentTo((new TorchLibrary("there", "--torch-lib"), new[] { "quick", "--output", "x" }));
        TorchLibraryOption.Take(["--torch-lib=there", "--filter", "*"])
            .Should().BeEquivalentTo((new TorchLibrary("there", "--torch-lib"), new[] { "--filter", "*" }));
    }

    [Fact]
    public void Started_processes_use_the_same_library()
    {
        TorchLibraryOption.Take(["--torch-lib", "there"]);
        Environment.GetEnvironmentVariable(TorchLibrary.Variable).Should().Be("there");
    }

    [Fact]
    public void The_option_overrides_the_variable()
    {
        TorchLibraryOption.Take(["quick"]).Library.Should().BeNull();
        Environment.SetEnvironmentVariable(TorchLibrary.Variable, "elsewhere");
        TorchLibraryOption.Take(["quick"]).Library.Should().BeEquivalentTo(new TorchLibrary("elsewhere", TorchLibrary.Variable));
        TorchLibraryOption.Take(["--torch-lib", "there"]).Library.Should().BeEquivalentTo(new TorchLibrary("there", "--torch-lib"));
    }

    [Theory]
    [InlineData("--torch-lib")]
    [InlineData("--torch-lib=")]
    [InlineData("--torch-lib", "")]
    public void Without_a_value_it_is_refused(params string[] arguments) =>
        FluentActions.Invoking(() => TorchLibraryOption.Take(arguments)).Should().Throw<TorchLibraryException>()
            .WithMessage("--torch-lib has no value; expected the folder torch/lib of a PyTorch installation.");
}
