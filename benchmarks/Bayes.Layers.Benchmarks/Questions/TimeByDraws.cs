using Bayes.Layers.Benchmarks.Work;

namespace Bayes.Layers.Benchmarks.Questions;

/// <summary>How does the time of a prediction grow with the draws?</summary>
public class TimeByDraws : Question
{
    private protected override IReadOnlyList<Case> Asked => [.. Curves.PredictionByDraws.SelectMany(curve => curve.Cases)];
}
