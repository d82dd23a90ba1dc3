using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>
/// How many threads torch's operations take. In a libtorch built with OpenMP, as all released ones are, that is a setting of the calling thread;
/// what was set last, on any thread, is what a new thread starts with.
/// </summary>
internal static class TorchThreads
{
    // About a millisecond of a pass and back.
    private const long ProductsOfThread = 1 << 23;

    private static readonly Lazy<bool> PerThread = new(LookWhetherPerThread);

    /// <summary>How many threads of ours, with one each, may stand in for those of the calling thread: as many, or 1 where the number is not each thread's own.</summary>
    public static int Usable => get_num_threads() is var threads && threads > 1 && PerThread.Value ? threads : 1;

    /// <summary>Lets the calling thread use one until what is returned is disposed, and leaves alone what threads of others start with.</summary>
    public static IDisposable One() => Limit(1, get_num_threads(), leavesNewOnes: true);

    /// <summary>
    /// Limits the calling thread to as many native threads as the work is worth, until what is returned is disposed. Returns null if it has no more
    /// than that. libtorch's threads spin while they wait for each other: on a busy machine, several of them for little work take many times as
    /// long as one.
    /// </summary>
    /// <param name="products">Products of numbers in each of the passes; an upper bound.</param>
    /// <param name="leavesNewOnes">
    /// Whether threads that meet torch meanwhile start with as many as before. That costs a tenth of a millisecond, and the rest a fifth of a
    /// microsecond.
    /// </param>
    public static IDisposable? ForWork(long products, bool leavesNewOnes = false)
    {
        int threads = Usable, worth = (int)Math.Clamp(products / ProductsOfThread, 1, threads);
        return worth < threads ? Limit(worth, threads, leavesNewOnes) : null;
    }

    private static Before Limit(int threads, int before, bool leavesNewOnes)
    {
        Use(threads);
        if (leavesNewOnes)
            StartNewOnesWith(before);
        return new Before(before);
    }

    /// <summary>Lets the calling thread use so many; new threads then start with as many.</summary>
    public static void Use(int threads) => set_num_threads(threads);

    /// <summary>Has threads that are yet to meet torch start with so many; the calling one keeps its own.</summary>
    public static void StartNewOnesWith(int threads) => OnAnother(() => set_num_threads(threads));

    private static bool LookWhetherPerThread()
    {
        int ours = get_num_threads(), theirs = 0;
        OnAnother(() =>
        {
            Use(1);
            theirs = get_num_threads();
        });
        bool isPerThread = theirs == 1 && get_num_threads() == ours;
        StartNewOnesWith(ours);
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
