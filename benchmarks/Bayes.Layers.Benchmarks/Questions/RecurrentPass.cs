using Bayes.Layers.Benchmarks.Work;

namespace Bayes.Layers.Benchmarks.Questions;

/// <summary>How long do passes of a recurrent layer take?</summary>
public class RecurrentPass : Question
{
    private protected override IReadOnlyList<Case> Asked => Cases.Recurrent;
}
