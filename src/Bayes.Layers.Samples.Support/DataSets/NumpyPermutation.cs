namespace Bayes.Layers.Samples.Support.DataSets;

/// <summary>The permutations of NumPy's <c>RandomState(seed).permutation(count)</c>.</summary>
internal static class NumpyPermutation
{
    /// <summary>Returns the numbers from 0 to count - 1 in NumPy's order.</summary>
    public static int[] Of(int count, uint seed) => new NumpyPermutations(seed).Next(count);
}
