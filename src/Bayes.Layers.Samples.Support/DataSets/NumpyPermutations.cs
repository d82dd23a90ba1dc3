using System.Numerics;
using MathNet.Numerics.Random;

namespace Bayes.Layers.Samples.Support.DataSets;

/// <summary>The successive permutations of one <c>RandomState(seed)</c> of NumPy.</summary>
/// <param name="seed">The seed.</param>
internal sealed class NumpyPermutations(uint seed)
{
    private const double WordsOf32Bits = 4294967296.0;

    private readonly MersenneTwister _generator = new(unchecked((int)seed), threadSafe: false);

    /// <summary>Returns the numbers from 0 to count - 1 in the order of the next <c>permutation(count)</c>.</summary>
    public int[] Next(int count)
    {
        var numbers = Enumerable.Range(0, count).ToArray();
        for (var last = count - 1; last > 0; last--)
        {
            var chosen = NextUpTo((uint)last);
            (numbers[last], numbers[chosen]) = (numbers[chosen], numbers[last]);
        }

        return numbers;
    }

    // Draws as many bits as the limit has, and draws again if they exceed it.
    private uint NextUpTo(uint limit)
    {
        var mask = BitOperations.RoundUpToPowerOf2(limit + 1) - 1;
        uint drawn;
        do
        {
            drawn = NextWord() & mask;
        }
        while (drawn > limit);
        return drawn;
    }

    // NextDouble is one 32-bit word divided by 2^32, so this returns the word without rounding.
    // NextFullRangeInt32 would take one byte from each of four words.
    private uint NextWord() => (uint)(_generator.NextDouble() * WordsOf32Bits);
}
