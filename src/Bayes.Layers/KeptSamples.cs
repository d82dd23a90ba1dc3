using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>The outputs of all draws for all rows, filled in block by block.</summary>
/// <remarks>Owns its tensor until it is taken; dispose it.</remarks>
internal sealed class KeptSamples(int samples, long rows) : IDisposable
{
    private Tensor? _outputs;

    /// <summary>Takes in the outputs <c>[s, b, …]</c> of the draws and rows from the given ones on.</summary>
    public void Add(Tensor outputs, int firstDraw, long row)
    {
        using var scope = NewDisposeScope();
        _outputs ??= empty([samples, rows, .. outputs.shape[2..]], outputs.dtype, outputs.device).Owned();
        _outputs.narrow(0, firstDraw, outputs.shape[0]).narrow(1, row, outputs.shape[1]).copy_(outputs);
    }

    /// <summary>The outputs of the first draws, <c>[S, B, …]</c>: the caller's.</summary>
    public Tensor Take(int draws)
    {
        using var scope = NewDisposeScope();
        var all = _outputs!;
        return (draws == samples ? all.alias() : all.narrow(0, 0, draws).clone()).MoveToOuterDisposeScope();
    }

    public void Dispose() => _outputs?.Dispose();
}
