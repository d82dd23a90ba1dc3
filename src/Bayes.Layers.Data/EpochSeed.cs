namespace Bayes.Layers.Data;

/// <summary>Makes seeds of epochs that have nothing to do with each other, whatever the seed.</summary>
internal static class EpochSeed
{
    /// <summary>Returns a seed, always the same for the same numbers.</summary>
    public static int Of(int seed, int epoch, int purpose)
    {
        // The finalizer of SplitMix64 (Steele, Lea and Flood 2014), once for each number.
        ulong state = Mix(Mix(Mix((uint)seed) + (uint)epoch) + (uint)purpose);
        return unchecked((int)(state >> 32));
    }

    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
