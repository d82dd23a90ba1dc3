using Bayes.Layers.Benchmarks.Work;

namespace Bayes.Layers.Benchmarks.Questions;

/// <summary>How does the time of a training step grow with the width of the network?</summary>
public class StepByWidth : Question
{
    private protected override IReadOnlyList<Case> Asked => [.. Curves.StepByWidth.SelectMany(curve => curve.Cases)];
}
