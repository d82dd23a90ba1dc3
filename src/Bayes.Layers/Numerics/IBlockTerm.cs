namespace Bayes.Layers.Numerics;

/// <summary>What <see cref="Blocks"/> does with one block, and what it adds up.</summary>
internal interface IBlockTerm
{
    /// <summary>Takes one block.</summary>
    /// <param name="start">Its first number's place.</param>
    /// <param name="length">How many numbers it has.</param>
    /// <returns>Its part of the sum; anything where no sum is wanted.</returns>
    double Take(int start, int length);
}
