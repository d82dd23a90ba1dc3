using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>
/// Holds the output of the deterministic front for the rows of a prediction: as many rows at a time as the budget keeps, while all draws pass them.
/// </summary>
/// <remarks>Owns what it holds; dispose it.</remarks>
/// <param name="front">The front, or null: then the rows are the input's own, and nothing is kept.</param>
/// <param name="input"><c>[B, …]</c> for each input.</param>
/// <param name="rowsKept">How many rows are kept at a time.</param>
/// <param name="rowsPerPass">How many rows pass through the front at a time.</param>
/// <param name="threads">How many threads pass them.</param>
/// <param name="cancellationToken">Ends the work between two passes.</param>
internal sealed class FrontValues(
    FunctionFront? front, NetworkInput input, long rowsKept, long rowsPerPass, int threads, CancellationToken cancellationToken) : IDisposable
{
    private Tensor? _kept;
    private long _first;

    /// <summary>Gets how many rows <see cref="From"/> returns; the last ones may be fewer.</summary>
    public long RowsAtATime => rowsKept;

    /// <summary>
    /// Returns the values of the rows from a given one on, <c>[b, …]</c>. They stay this object's own, and valid until the next call.
    /// </summary>
    /// <param name="first">The first row, a multiple of <see cref="RowsAtATime"/>.</param>
    public NetworkInput From(long first)
    {
        if (front is null)
            return input;
        if (_kept is not null && _first == first)
            return _kept;
        _kept?.Dispose();
        _kept = null;
        long rows = Math.Min(rowsKept, input.Rows - first), passes = (rows + rowsPerPass - 1) / rowsPerPass;
        if (threads > 1 && passes > 1)
            PassWorkers.Run(threads, (int)passes, pass => [Pass(pass)], (pass, values) => Keep(values[0], pass), cancellationToken);
        else
            PassHere();
        _first = first;
        return _kept!;

        void PassHere()
        {
            if (threads > 1)
                TorchThreads.Use(threads);
            for (long pass = 0; pass < passes; pass++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                Keep(Pass(pass), pass);
            }
            if (threads > 1)
                TorchThreads.Use(1);
        }

        Tensor Pass(long pass)
        {
            using var scope = NewDisposeScope();
            // Copy: a first child that works in place would change the caller's input.
            var own = input.Narrow(first + pass * rowsPerPass, Math.Min(rowsPerPass, rows - pass * rowsPerPass)).Clone();
            return front.Apply(own).MoveToOuterDisposeScope();
        }

        void Keep(Tensor values, long pass)
        {
            using var scope = NewDisposeScope();
            _kept ??= empty([rows, .. values.shape[1..]], values.dtype, values.device).Owned();
            _kept.narrow(0, pass * rowsPerPass, values.shape[0]).copy_(values);
        }
    }

    /// <summary>Frees the values.</summary>
    public void Dispose() => _kept?.Dispose();
}
