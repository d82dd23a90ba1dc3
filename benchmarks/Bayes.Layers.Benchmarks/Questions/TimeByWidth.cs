using Bayes.Layers.Benchmarks.Work;

namespace Bayes.Layers.Benchmarks.Questions;

/// <summary>How does the time of a prediction grow with the width of the network?</summary>
public class TimeByWidth : Question
{
    private protected override IReadOnlyList<Case> Asked => [.. Curves.PredictionByWidth.SelectMany(curve => curve.Cases)];
}
