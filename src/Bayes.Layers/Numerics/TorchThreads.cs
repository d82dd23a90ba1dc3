using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>
/// How many threads torch's operations take. In a libtorch built with OpenMP, as all released ones are, that is a setting of the calling thread;
/// what was set last, on any thread, is what a new thread starts with.
/// </summary>
internal static class TorchThreads
{
    private static readonly Lazy<bool> PerThread = new(LookWhetherPerThread);

    /// <summary>Whether the number is each thread's own; looked at once, from a thread that may use several.</summary>
    public static bool ArePerThread => PerThread.Value;

    /// <summary>Lets the calling thread use so many.</summary>
    public static void Use(int threads) => set_num_threads(threads);

    /// <summary>Has threads that are yet to meet torch start with so many, whatever other threads were told before; the calling one keeps its own.</summary>
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
}
