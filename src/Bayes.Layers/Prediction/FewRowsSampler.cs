using Bayes.Layers.Kernels;
using Bayes.Layers.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>
/// Draws functions of a small fully connected network and applies them to few rows in managed code, as a service does for each request. The drawn
/// weights stay for the next prediction while neither the model's values nor the names of the draws change (decision 58).
/// </summary>
/// <param name="model">The model.</param>
/// <param name="network">The network that it is.</param>
/// <param name="request">The names of the functions, with the model's fingerprint.</param>
/// <param name="kept">The weights of the prediction before.</param>
internal sealed class FewRowsSampler(BayesianModule model, DenseNetwork network, DrawRequest request, KeptWeights kept) : FunctionSampler
{
    // More rows fill registers by themselves.
    private const long MostRows = 16;

    // The drawn weights, and the arranged ones, which stay in memory as long as the predictor.
    private const int ShareOfBudget = 4;
    private const long MostBytes = 32L << 20;

    // The fingerprint reads every value of tensors of up to so many bytes, so it misses no change.
    private const long MostBytesPerDraw = 4L << 20;

    private readonly FewRowsKernel _kernel = network.ForFewRows();
    private readonly Lock _arranging = new();
    private float[]? _arranged;

    /// <summary>Determines whether there are few rows, and the weights fit into a share of the memory.</summary>
    public static bool Takes(DenseNetwork network, long rows, DrawRequest request) =>
        rows <= MostRows && network.BytesPerDraw <= MostBytesPerDraw
        && network.BytesPerDraw * request.Count <= Math.Min(MostBytes, request.Budget.Bytes / ShareOfBudget);

    public override long BytesPerDraw => network.BytesPerDraw;

    public override long BytesPerRow => network.BytesPerRow;

    public override bool IsOnCpu => true;

    public override bool AllowsThreads => true;

    public override bool UsesDrawsOnce => true;

    public override bool IsWorthThreads(int draws, long rows) => false;

    public override PassSizes Sizes(MemoryBudget budget, int draws, long rows, int threads, bool isWorthThreads) => new(draws, rows);

    public override FunctionDraws Block(int offset, int count, bool isReused) => new Drawn(this, offset, count);

    private Tensor Apply(Tensor input, int offset, int count)
    {
        using var scope = NewDisposeScope();
        int rows = (int)input.shape[0];
        var output = empty([count, network.OutputSize, rows], ScalarType.Float32, CPU);
        _kernel.Pass(input.contiguous().AsSpan<float>(), rows, Arranged(), offset, count, output.AsSpan<float>());
        return output.transpose(1, 2).MoveToOuterDisposeScope();
    }

    // Another thread may need other draws of the same weights.
    private float[] Arranged()
    {
        lock (_arranging)
            return _arranged ??= kept.Of([request, .. network.WhatIsArranged()], Draw);
    }

    private float[] Draw()
    {
        using var gates = ModuleGates.Hold(model);
        using var draws = request.NewDraws();
        draws.Bind(model);
        return network.Arrange(_kernel, draws);
    }

    private sealed class Drawn(FewRowsSampler sampler, int offset, int count) : FunctionDraws(count)
    {
        public override Tensor Apply(Tensor input) => sampler.Apply(input, offset, Count);
    }
}
