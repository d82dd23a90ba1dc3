using Bayes.Layers.Benchmarks.Work;

namespace Bayes.Layers.Benchmarks.Questions;

/// <summary>How long does a request to a server take?</summary>
public class Serving : Question
{
    private protected override IReadOnlyList<Case> Asked => Cases.Serving;
}
