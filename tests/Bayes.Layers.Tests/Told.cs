namespace Bayes.Layers.Tests;

/// <summary>Reports progress immediately on the same thread, unlike <c>Progress&lt;T&gt;</c>.</summary>
internal sealed class Told<T>(Action<T> tell) : IProgress<T>
{
    public void Report(T value) => tell(value);
}
