using Bayes.Layers.Benchmarks.Work;

namespace Bayes.Layers.Benchmarks.Questions;

/// <summary>How long does a training step of a network of convolutions take, by estimator?</summary>
public class ConvolutionalTrainingStep : Question
{
    private protected override IReadOnlyList<Case> Asked => Cases.ConvolutionalTraining;
}
