using Bayes.Layers.Benchmarks.Work;
using BenchmarkDotNet.Attributes;

namespace Bayes.Layers.Benchmarks.Questions;

/// <summary>What does a prediction allocate in .NET's memory? What is resident at most, native memory and all, is measured by the report, in processes of their own.</summary>
[MemoryDiagnoser]
public class PredictionMemory : Question
{
    private protected override IReadOnlyList<Case> Asked => Cases.Prediction;
}
