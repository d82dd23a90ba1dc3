namespace Bayes.Layers.Tests.Guides;

/// <summary>Points TORCH_LIB at the tests' own libtorch, which stands in for that of a PyTorch installation, until it is disposed.</summary>
internal sealed class TorchLibVariable : IDisposable
{
    private readonly string? _before = Environment.GetEnvironmentVariable("TORCH_LIB");

    public TorchLibVariable() => Environment.SetEnvironmentVariable("TORCH_LIB", AppContext.BaseDirectory);

    public void Dispose() => Environment.SetEnvironmentVariable("TORCH_LIB", _before);
}
