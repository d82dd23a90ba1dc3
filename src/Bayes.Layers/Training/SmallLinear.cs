using System.Numerics;

namespace Bayes.Layers.Training;

/// <summary>A use of a <see cref="BayesianLinear"/> in a <see cref="SmallNetwork{T}"/>.</summary>
/// <param name="inputSize">The features of its input.</param>
/// <param name="outputSize">The features of its output.</param>
internal abstract class SmallLinear<T>(int inputSize, int outputSize) : SmallStep<T>(outputSize) where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Gets the features of the input.</summary>
    public int InputSize => inputSize;
}
