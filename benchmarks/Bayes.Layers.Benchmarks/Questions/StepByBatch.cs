using Bayes.Layers.Benchmarks.Work;

namespace Bayes.Layers.Benchmarks.Questions;

/// <summary>How does the time of a training step grow with the batch?</summary>
public class StepByBatch : Question
{
    private protected override IReadOnlyList<Case> Asked => [.. Curves.StepByBatch.SelectMany(curve => curve.Cases)];
}
