using Bayes.Layers.Benchmarks.Work;

namespace Bayes.Layers.Benchmarks.Questions;

/// <summary>How long does a training step take, by estimator and number of draws?</summary>
public class TrainingStep : Question
{
    private protected override IReadOnlyList<Case> Asked => Cases.Training;
}
