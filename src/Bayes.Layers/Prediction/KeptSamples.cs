using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>Holds the outputs of all draws for all rows, which are filled in block by block.</summary>
/// <remarks>Owns its tensor until <see cref="Take"/>; dispose it.</remarks>
/// <param name="samples">How many draws there will be at most.</param>
/// <param name="rows">How many rows there are.</param>
/// <param name="mayEndEarly">Whether there may be fewer draws: memory is then reserved as they come, and not for all at once.</param>
internal sealed class KeptSamples(int samples, long rows, bool mayEndEarly) : IDisposable
{
    private readonly Lock _reserving = new();
    private Tensor? _outputs;

    /// <summary>
    /// Adds the outputs <c>[s, b, …]</c> of the draws and rows from the given ones on. Several threads may add different rows of the same draws.
    /// </summary>
    public void Add(Tensor outputs, int firstDraw, long row)
    {
        using var scope = NewDisposeScope();
        lock (_reserving)
            Reserve(firstDraw + outputs.shape[0], outputs);
        _outputs!.narrow(0, firstDraw, outputs.shape[0]).narrow(1, row, outputs.shape[1]).copy_(outputs);
    }

    /// <summary>Returns the outputs of the first draws, <c>[S, B, …]</c>, which become the caller's.</summary>
    public Tensor Take(int draws)
    {
        using var scope = NewDisposeScope();
        var all = _outputs!;
        return (draws == all.shape[0] ? all.alias() : all.narrow(0, 0, draws).clone()).MoveToOuterDisposeScope();
    }

    public void Dispose() => _outputs?.Dispose();

    private void Reserve(long draws, Tensor like)
    {
        long room = _outputs?.shape[0] ?? 0;
        if (room >= draws)
            return;
        long wanted = mayEndEarly ? Math.Min(samples, Math.Max(draws, 2 * room)) : samples;
        var larger = empty([wanted, rows, .. like.shape[2..]], like.dtype, like.device);
        if (_outputs is { } before)
        {
            larger.narrow(0, 0, room).copy_(before);
            before.Dispose();
        }
        _outputs = larger.Owned();
    }
}
