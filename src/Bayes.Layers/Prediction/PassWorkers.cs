using System.Runtime.ExceptionServices;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>
/// Runs pieces of work on threads of their own. Each thread uses one native thread, records no gradient, and makes its tensors in a scope of its
/// own. The calling thread consumes the results in the order of the pieces.
/// </summary>
internal sealed class PassWorkers
{
    private readonly object _gate = new();
    private readonly Func<int, Tensor[]> _make;
    private readonly Tensor[]?[] _made;
    private ExceptionDispatchInfo? _error;
    private int _ready;
    private int _next;
    private int _taken;
    private bool _closed;

    private PassWorkers(int count, Func<int, Tensor[]> make)
    {
        _make = make;
        _made = new Tensor[]?[count];
    }

    /// <summary>Runs all pieces.</summary>
    /// <param name="threads">How many threads; as many as a thread that is new to torch may use.</param>
    /// <param name="count">How many pieces.</param>
    /// <param name="make">Makes piece i, on some thread. What it returns is disposed there, after it was taken in.</param>
    /// <param name="take">Takes in what piece i gave, on the calling thread.</param>
    /// <param name="cancellationToken">Ends the work between two pieces.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static void Run(int threads, int count, Func<int, Tensor[]> make, Action<int, Tensor[]> take, CancellationToken cancellationToken)
    {
        var workers = new PassWorkers(count, make);
        var started = new List<Thread>();
        try
        {
            for (int i = 0; i < Math.Min(threads, count); i++)
            {
                var thread = new Thread(workers.Work) { IsBackground = true, Name = nameof(PassWorkers) };
                thread.Start();
                started.Add(thread);
            }
            workers.WaitUntil(() => workers._ready == started.Count);
            TorchThreads.SetDefault(threads);
            for (int i = 0; i < count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                workers.WaitUntil(() => workers._made[i] is not null || workers._error is not null);
                if (workers._error is not null)
                    break;
                take(i, workers._made[i]!);
                workers.Tell(() => workers._taken++);
            }
        }
        finally
        {
            workers.Tell(() => workers._closed = true);
            foreach (var thread in started)
                thread.Join();
        }
        workers._error?.Throw();
    }

    private void Work()
    {
        TorchThreads.Use(1);
        Tell(() => _ready++);
        Tensor[] last = [];
        int lastPiece = -1;
        try
        {
            using var noGrad = no_grad();
            while (Next() is { } piece)
            {
                Tensor[] made;
                using (NewDisposeScope())
                    made = [.. _make(piece).Select(Ownership.Owned)];
                Tell(() => _made[piece] = made);
                // At most two results of a worker wait to be consumed, so they take little memory. Each is freed on the thread that made it.
                FreeWhenTaken();
                (last, lastPiece) = (made, piece);
            }
        }
        catch (Exception error)
        {
            Tell(() => _error ??= ExceptionDispatchInfo.Capture(error));
        }
        FreeWhenTaken();

        void FreeWhenTaken()
        {
            int piece = lastPiece;
            WaitUntil(() => _taken > piece || _closed);
            foreach (var tensor in last)
                tensor.Dispose();
        }
    }

    private int? Next()
    {
        lock (_gate)
            return _closed || _error is not null || _next == _made.Length ? null : _next++;
    }

    private void Tell(Action change)
    {
        lock (_gate)
        {
            change();
            Monitor.PulseAll(_gate);
        }
    }

    private void WaitUntil(Func<bool> condition)
    {
        lock (_gate)
            while (!condition())
                Monitor.Wait(_gate);
    }
}
