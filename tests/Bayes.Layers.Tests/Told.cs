namespace Bayes.Layers.Tests;

/// <summary>Tells of progress at once and on the same thread, which <c>Progress&lt;T&gt;</c> does not.</summary>
internal sealed class Told<T>(Action<T> tell) : IProgress<T>
{
    public void Report(T value) => tell(value);
}
