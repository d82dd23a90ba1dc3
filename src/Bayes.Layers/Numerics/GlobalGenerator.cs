using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>Torch's global generator of the CPU, which all threads share.</summary>
internal static class GlobalGenerator
{
    private static readonly Lock Gate = new();

    /// <summary>Runs what seeds the generator and draws from it, and puts the generator back. One caller at a time.</summary>
    public static T Borrow<T>(Func<T> use)
    {
        lock (Gate)
        {
            using var before = get_rng_state();
            try
            {
                return use();
            }
            finally
            {
                set_rng_state(before);
            }
        }
    }

    /// <summary>Returns the generator's state, as it is while nobody borrows it. The caller disposes it.</summary>
    public static Tensor State()
    {
        lock (Gate)
            return get_rng_state();
    }
}
