namespace Bayes.Layers.Tests.Tabular;

/// <summary>Keeps what it is told, and does something with it.</summary>
internal sealed class Seen<T>(Action<T>? also = null) : IProgress<T>
{
    public List<T> Values { get; } = [];

    public void Report(T value)
    {
        Values.Add(value);
        also?.Invoke(value);
    }
}
