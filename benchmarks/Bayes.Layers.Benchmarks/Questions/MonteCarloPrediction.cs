using Bayes.Layers.Benchmarks.Work;

namespace Bayes.Layers.Benchmarks.Questions;

/// <summary>How long does Monte Carlo prediction take?</summary>
public class MonteCarloPrediction : Question
{
    private protected override IReadOnlyList<Case> Asked => Cases.Prediction;
}
