using Bayes.Layers.Benchmarks.Work;

namespace Bayes.Layers.Benchmarks.Questions;

/// <summary>How does the time of a prediction and of a training step shrink with the threads?</summary>
public class TimeByThreads : Question
{
    private protected override IReadOnlyList<Case> Asked => [.. Curves.ByThreads.SelectMany(curve => curve.Cases)];
}
