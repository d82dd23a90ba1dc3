using Bayes.Layers.Benchmarks.Work;

namespace Bayes.Layers.Benchmarks.Questions;

/// <summary>How long does the KL divergence of a large model take?</summary>
public class LargeKlDivergence : Question
{
    private protected override IReadOnlyList<Case> Asked => Cases.KlDivergence;
}
