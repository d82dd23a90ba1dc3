using Bayes.Layers.Benchmarks.Work;

namespace Bayes.Layers.Benchmarks.Questions;

/// <summary>How does the time of a training step grow with the draws?</summary>
public class StepByDraws : Question
{
    private protected override IReadOnlyList<Case> Asked => [.. Curves.StepByDraws.SelectMany(curve => curve.Cases)];
}
