using Bayes.Layers.Benchmarks.Work;

namespace Bayes.Layers.Benchmarks.Questions;

/// <summary>How long does a training step of a wide network take, by estimator?</summary>
public class WideTrainingStep : Question
{
    private protected override IReadOnlyList<Case> Asked => Cases.WideTraining;
}
