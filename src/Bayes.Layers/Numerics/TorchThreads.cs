using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>
/// The number of native threads of torch's operations. In a libtorch built with OpenMP, like all released ones, it is a setting of the calling
/// thread; a new thread starts with the last number set on any thread.
/// </summary>
internal static class TorchThreads
{
    // About a millisecond of a forward and backward pass.
    private const long ProductsOfThread = 1 << 23;

    private static readonly Lazy<bool> PerThread = new(DetectPerThread);

    /// <summary>
    /// Gets the number of managed threads, with one native thread each, that can replace the calling thread's native threads; 1 if the setting is
    /// not per thread.
    /// </summary>
    public static int Usable => get_num_threads() is var threads && threads > 1 && PerThread.Value ? threads : 1;

    /// <summary>Limits the calling thread to one native thread until the result is disposed; new threads start with as many as before.</summary>
    public static IDisposable One() => Limit(1, get_num_threads(), keepsDefault: true);

    /// <summary>
    /// Limits the calling thread to as many native threads as the work is worth, until the result is disposed. Returns null if it has no more than
    /// that. libtorch's threads spin while they wait for each other: on a busy machine, several threads with little work take many times as long as
    /// one.
    /// </summary>
    /// <param name="products">An upper bound of the number of multiplications in each pass.</param>
    /// <param name="keepsDefault">
    /// Whether threads that first use torch meanwhile start with as many native threads as before. That costs a tenth of a millisecond; the rest
    /// costs a fifth of a microsecond.
    /// </param>
    public static IDisposable? ForWork(long products, bool keepsDefault = false)
    {
        int threads = Usable, worth = (int)Math.Clamp(products / ProductsOfThread, 1, threads);
        return worth < threads ? Limit(worth, threads, keepsDefault) : null;
    }

    private static Before Limit(int threads, int before, bool keepsDefault)
    {
        Use(threads);
        if (keepsDefault)
            SetDefault(before);
        return new Before(before);
    }

    /// <summary>Sets the number of native threads of the calling thread, which is also the number with which new threads start.</summary>
    public static void Use(int threads) => set_num_threads(threads);

    /// <summary>Sets the number of native threads with which new threads start; the calling thread keeps its own.</summary>
    public static void SetDefault(int threads) => OnAnother(() => set_num_threads(threads));

    /// <summary>Runs pieces of managed work on as many threads as torch may use: only on the calling one in a worker of a prediction.</summary>
    /// <param name="count">The number of pieces.</param>
    /// <param name="action">Runs piece i.</param>
    /// <param name="isLarge">Whether the work is worth several threads.</param>
    public static void For(long count, Action<long> action, bool isLarge = true)
    {
        int threads = isLarge && count > 1 ? get_num_threads() : 1;
        if (threads == 1)
            for (long i = 0; i < count; i++)
                action(i);
        else
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads }, action);
    }

    private static bool DetectPerThread()
    {
        int ours = get_num_threads(), theirs = 0;
        OnAnother(() =>
        {
            Use(1);
            theirs = get_num_threads();
        });
        bool isPerThread = theirs == 1 && get_num_threads() == ours;
        SetDefault(ours);
        return isPerThread;
    }

    private static void OnAnother(ThreadStart action)
    {
        var thread = new Thread(action);
        thread.Start();
        thread.Join();
    }

    private sealed record Before(int Threads) : IDisposable
    {
        public void Dispose() => Use(Threads);
    }
}
