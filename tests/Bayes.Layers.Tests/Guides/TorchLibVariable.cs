namespace Bayes.Layers.Tests.Guides;

/// <summary>Sets TORCH_LIB to the tests' libtorch, which stands in for that of a PyTorch installation, until disposed.</summary>
internal sealed class TorchLibVariable : IDisposable
{
    private readonly string? _before = Environment.GetEnvironmentVariable("TORCH_LIB");

    public TorchLibVariable() => Environment.SetEnvironmentVariable("TORCH_LIB", AppContext.BaseDirectory);

    public void Dispose() => Environment.SetEnvironmentVariable("TORCH_LIB", _before);
}
