using System.Runtime.ExceptionServices;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Partitioned;

/// <summary>Runs pieces of work on threads of their own, each with one native thread.</summary>
internal static class PartitionThreads
{
    /// <summary>Runs pieces, one after the other on each thread. The first failure, in the order of pieces, ends the others.</summary>
    /// <param name="count">The number of pieces.</param>
    /// <param name="threads">The most at a time.</param>
    /// <param name="work">Does a piece: its index, the thread's index, and a token that ends it.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    public static void Run(int count, int threads, Action<int, int, CancellationToken> work, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var errors = new Exception?[count];
        int next = -1, before = get_num_threads();
        threads = Math.Min(threads, count);
        using var ready = new CountdownEvent(threads);
        Thread[] workers = [.. Enumerable.Range(0, threads).Select(thread => new Thread(() => Work(thread)) { IsBackground = true })];
        foreach (var worker in workers)
            worker.Start();
        ready.Wait(CancellationToken.None);
        // A new thread starts with the last number that any thread has set.
        TorchThreads.SetDefault(before);
        foreach (var worker in workers)
            worker.Join();
        if ((Array.Find(errors, error => error is not null and not OperationCanceledException) ?? Array.Find(errors, error => error is not null))
            is { } first)
            ExceptionDispatchInfo.Throw(first);
        cancellationToken.ThrowIfCancellationRequested();

        void Work(int thread)
        {
            TorchThreads.Use(1);
            ready.Signal();
            while (!ended.IsCancellationRequested && Interlocked.Increment(ref next) is var index && index < count)
            {
                using var scope = NewDisposeScope();
                try
                {
                    work(index, thread, ended.Token);
                }
                catch (Exception exception)
                {
                    errors[index] = exception;
                    ended.Cancel();
                }
            }
        }
    }
}
