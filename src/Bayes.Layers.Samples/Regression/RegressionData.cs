using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Regression;

/// <summary>The points to train on, and points to test on: beside the gap, where there are data, and in the gap.</summary>
/// <remarks>Owns its tensors: dispose it.</remarks>
internal sealed class RegressionData : IDisposable
{
    private const int TestPoints = 1000;

    public RegressionData(int points, long seed, Device device)
    {
        // Each has its own generator, so that more points to train on do not change the points to test on.
        Train = SimulatedProcess.BesideGap(Generator("training points"), points);
        Test = SimulatedProcess.BesideGap(Generator("test points"), TestPoints);
        Gap = SimulatedProcess.InGap(Generator("points in the gap"), TestPoints);
        using var scope = NewDisposeScope();
        (TrainInput, TrainTarget) = Tensors(Train);
        (TestInput, TestTarget) = Tensors(Test);
        (GapInput, GapTarget) = Tensors(Gap);

        Random Generator(string purpose) => new(unchecked((int)SeedStreams.For(seed, purpose)));

        (Tensor Input, Tensor Target) Tensors(IReadOnlyList<SimulatedPoint> of) => (
            Column(of.Select(point => point.X), device).DetachFromDisposeScope(),
            Column(of.Select(point => point.Y), device).DetachFromDisposeScope());
    }

    /// <summary>The points to train on.</summary>
    public IReadOnlyList<SimulatedPoint> Train { get; }

    /// <summary>Points to test on where there are data.</summary>
    public IReadOnlyList<SimulatedPoint> Test { get; }

    /// <summary>Points to test on in the gap.</summary>
    public IReadOnlyList<SimulatedPoint> Gap { get; }

    /// <summary>x of the points to train on, <c>[N, 1]</c>.</summary>
    public Tensor TrainInput { get; }

    /// <summary>y of the points to train on, <c>[N, 1]</c>.</summary>
    public Tensor TrainTarget { get; }

    /// <summary>x of <see cref="Test"/>, <c>[1000, 1]</c>.</summary>
    public Tensor TestInput { get; }

    /// <summary>y of <see cref="Test"/>, <c>[1000, 1]</c>.</summary>
    public Tensor TestTarget { get; }

    /// <summary>x of <see cref="Gap"/>, <c>[1000, 1]</c>.</summary>
    public Tensor GapInput { get; }

    /// <summary>y of <see cref="Gap"/>, <c>[1000, 1]</c>.</summary>
    public Tensor GapTarget { get; }

    /// <summary>Returns numbers as the input of a network, <c>[N, 1]</c> in single precision.</summary>
    public static Tensor Column(IEnumerable<double> values, Device device)
    {
        float[] numbers = [.. values.Select(value => (float)value)];
        return tensor(numbers, [numbers.Length, 1], device: device);
    }

    public void Dispose()
    {
        foreach (var tensor in new[] { TrainInput, TrainTarget, TestInput, TestTarget, GapInput, GapTarget })
            tensor.Dispose();
    }
}
