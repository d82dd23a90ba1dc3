using Bayes.Layers.Benchmarks.Work;

namespace Bayes.Layers.Benchmarks.Questions;

/// <summary>How fast is noise generated?</summary>
public class NoiseGeneration : Question
{
    private protected override IReadOnlyList<Case> Asked => Cases.Noise;
}
