using Bayes.Layers.Samples.Support.Figures;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.BreastCancer;

/// <summary>The two halves as tensors, and all points for the figures.</summary>
/// <remarks>Owns its tensors: dispose it.</remarks>
internal sealed class ExperimentData : IDisposable
{
    public ExperimentData(BreastCancerData data, uint splitSeed, Device device)
    {
        var split = TrainTestSplit.Half(data.Rows, splitSeed);
        using var scope = NewDisposeScope();
        (TrainInput, TrainTarget) = Half(split.Train);
        (TestInput, TestTarget) = Half(split.Test);

        double[,] features = data.Features();
        double[] targets = data.Targets();
        Points = [.. Enumerable.Range(0, data.Rows).Select(row => new PlanePoint(features[row, 0], features[row, 1], (int)targets[row]))];

        (Tensor Input, Tensor Target) Half(int[] rows) => (
            tensor(data.Features(rows), float32).to(device).DetachFromDisposeScope(),
            tensor(data.Targets(rows), float32).unsqueeze(1).to(device).DetachFromDisposeScope());
    }

    /// <summary>Features of the training half, <c>[284, 2]</c>.</summary>
    public Tensor TrainInput { get; }

    /// <summary>Targets of the training half, <c>[284, 1]</c>.</summary>
    public Tensor TrainTarget { get; }

    /// <summary>Features of the test half, <c>[285, 2]</c>.</summary>
    public Tensor TestInput { get; }

    /// <summary>Targets of the test half, <c>[285, 1]</c>.</summary>
    public Tensor TestTarget { get; }

    /// <summary>Every row of the data.</summary>
    public IReadOnlyList<PlanePoint> Points { get; }

    public void Dispose()
    {
        foreach (var tensor in new[] { TrainInput, TrainTarget, TestInput, TestTarget })
            tensor.Dispose();
    }
}
