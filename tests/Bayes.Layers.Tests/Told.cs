namespace Bayes.Layers.Tests;

/// <summary>Tells of progress at once and on the same thread, which <c>Progress&lt;T&gt;</c> does not.</summary>
internal sealed class Told(Action<PredictiveProgress> tell) : IProgress<PredictiveProgress>
{
    public void Report(PredictiveProgress value) => tell(value);
}
