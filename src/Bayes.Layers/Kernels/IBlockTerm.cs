namespace Bayes.Layers.Kernels;

/// <summary>What <see cref="Blocks"/> does with one block.</summary>
internal interface IBlockTerm
{
    /// <summary>Processes one block.</summary>
    /// <param name="start">Zero-based index of its first number.</param>
    /// <param name="length">The count of its numbers.</param>
    /// <returns>Its part of the sum; any number if the sum is not used.</returns>
    double Take(int start, int length);
}
