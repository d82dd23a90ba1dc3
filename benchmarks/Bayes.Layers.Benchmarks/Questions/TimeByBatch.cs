using Bayes.Layers.Benchmarks.Work;

namespace Bayes.Layers.Benchmarks.Questions;

/// <summary>How does the time of a prediction grow with the batch?</summary>
public class TimeByBatch : Question
{
    private protected override IReadOnlyList<Case> Asked => [.. Curves.PredictionByBatch.SelectMany(curve => curve.Cases)];
}
