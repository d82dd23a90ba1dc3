using System.Numerics;
using MathNet.Numerics.Random;

namespace Bayes.Layers.Samples.Support.DataSets;

/// <summary>The permutations of NumPy's <c>RandomState(seed).permutation(count)</c>.</summary>
internal static class NumpyPermutation
{
    private const double WordsOf32Bits = 4294967296.0;

    /// <summary>Returns the numbers from 0 to count - 1 in NumPy's order.</summary>
    public static int[] Of(int count, uint seed)
    {
        var generator = new MersenneTwister(unchecked((int)seed), threadSafe: false);
        var numbers = Enumerable.Range(0, count).ToArray();
        for (var last = count - 1; last > 0; last--)
        {
            var chosen = NextUpTo(generator, (uint)last);
            (numbers[last], numbers[chosen]) = (numbers[chosen], numbers[last]);
        }

        return numbers;
    }

    // Draws as many bits as the limit has, and draws again if they exceed it.
    private static uint NextUpTo(MersenneTwister generator, uint limit)
    {
        var mask = BitOperations.RoundUpToPowerOf2(limit + 1) - 1;
        uint drawn;
        do
        {
            drawn = NextWord(generator) & mask;
        }
        while (drawn > limit);
        return drawn;
    }

    // NextDouble is one 32-bit word divided by 2^32, so this returns the word without rounding.
    // NextFullRangeInt32 would take one byte from each of four words.
    private static uint NextWord(MersenneTwister generator) => (uint)(generator.NextDouble() * WordsOf32Bits);
}
