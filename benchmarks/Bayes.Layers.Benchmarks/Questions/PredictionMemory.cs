using Bayes.Layers.Benchmarks.Work;
using BenchmarkDotNet.Attributes;

namespace Bayes.Layers.Benchmarks.Questions;

/// <summary>How much managed memory does a prediction allocate? The report measures the peak of all resident memory in separate processes.</summary>
[MemoryDiagnoser]
public class PredictionMemory : Question
{
    private protected override IReadOnlyList<Case> Asked => Cases.Prediction;
}
