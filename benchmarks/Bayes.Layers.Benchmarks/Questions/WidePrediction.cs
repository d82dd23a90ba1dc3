using Bayes.Layers.Benchmarks.Work;

namespace Bayes.Layers.Benchmarks.Questions;

/// <summary>How long does a prediction of a wide network take?</summary>
public class WidePrediction : Question
{
    private protected override IReadOnlyList<Case> Asked => Cases.WidePrediction;
}
