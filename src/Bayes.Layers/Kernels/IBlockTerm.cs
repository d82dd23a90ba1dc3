namespace Bayes.Layers.Kernels;

/// <summary>The work of <see cref="Blocks"/> on one block.</summary>
internal interface IBlockTerm
{
    /// <summary>Processes one block.</summary>
    /// <param name="start">Zero-based index of the first number.</param>
    /// <param name="length">The length of the block.</param>
    /// <returns>The block's part of the sum; any number if the caller ignores the sum.</returns>
    double Take(int start, int length);
}
