using Bayes.Layers.Samples.Compare.Methods;

namespace Bayes.Layers.Samples.Compare;

/// <summary>A method, what it learned, and how well it does.</summary>
/// <param name="Method">The method.</param>
/// <param name="Trained">What it learned.</param>
/// <param name="Test">Its prediction of the test rows, with the outputs of all draws.</param>
/// <param name="Metrics">The numbers.</param>
/// <remarks>Owns what was learned and the prediction: dispose it.</remarks>
internal sealed record MethodResult(ComparisonMethod Method, TrainedMethod Trained, Predictive Test, MethodMetrics Metrics) : IDisposable
{
    public void Dispose()
    {
        Test.Dispose();
        Trained.Dispose();
    }
}
