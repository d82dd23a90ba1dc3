using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>Draws functions of a distribution that only defines how they are drawn.</summary>
internal sealed class DirectSampler : FunctionSampler
{
    private readonly FunctionDistribution _distribution;
    private readonly DrawRequest _request;

    /// <summary>Creates a sampler, and tries one function on three rows.</summary>
    /// <param name="distribution">The distribution.</param>
    /// <param name="input">The rows of the prediction, <c>[B, …]</c> for each input.</param>
    /// <param name="request">The names of the functions.</param>
    /// <exception cref="InvalidOperationException">
    /// A row's output depends on the rows beside it, or the function returns another number of rows.
    /// </exception>
    public DirectSampler(FunctionDistribution distribution, NetworkInput input, DrawRequest request)
    {
        (_distribution, _request) = (distribution, request);
        BytesPerDraw = distribution.BytesPerDraw;
        IsOnCpu = AreOnCpu(distribution.Module, input);
        using var scope = NewDisposeScope();
        using var one = Block(0, 1, isReused: true);
        var rows = RowMixing.Rows(input);
        var output = one.Apply(rows);
        if (RowMixing.FindRow(rows.WithDraws(), output, values => one.Apply(NetworkInput.WithoutDraws(values))) is (_, var difference))
            throw new InvalidOperationException(RowMixing.Describe($"A function of {Name}", Name, difference));
        long outputBytes = output.numel() * output.element_size() / rows.Rows;
        BytesPerRow = PassMeasure.RowBytes(Math.Max(rows.BytesPerRow, outputBytes), output.numel() / output.shape[1]);
    }

    public override long BytesPerDraw { get; }

    public override long BytesPerRow { get; }

    public override bool IsOnCpu { get; }

    public override bool AllowsThreads => _distribution.AllowsThreads;

    public override FunctionDraws Block(int offset, int count, bool isReused) =>
        new Checked(Name, _distribution.Draw(_request.Seed, count, _request.First + offset), count);

    private string Name => _distribution.GetType().Name;

    /// <summary>Refuses outputs of another shape than the prediction can sum up.</summary>
    private sealed class Checked(string name, FunctionDraws draws, int count) : FunctionDraws(count)
    {
        public override Tensor Apply(Tensor input) => Apply((NetworkInput)input);

        public override Tensor Apply(NetworkInput input)
        {
            using var scope = NewDisposeScope();
            var output = draws.Apply(input);
            if (output.ndim < 2 || output.shape[0] != Count || output.shape[1] != input.Rows)
                throw new InvalidOperationException(
                    $"Functions of {name} returned shape {Shapes.Describe(output.shape)} for {Count} draws of {input.Rows} rows; "
                    + $"expected [{Count}, {input.Rows}, …].");
            return output.MoveToOuterDisposeScope();
        }

        protected override void Dispose(bool disposing) => draws.Dispose();
    }
}
