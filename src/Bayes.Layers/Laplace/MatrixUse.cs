using static TorchSharp.torch;

namespace Bayes.Layers.Laplace;

/// <summary>
/// One call of a layer in a pass: what its weight met, and the tensor by whose gradient the network depends on it. The gradient of a matrix, of one
/// example, is the sum over T places of g aᵀ: g from that gradient, a from the input (<see cref="WeightMatrix.IsTransposed"/> exchanges the two).
/// </summary>
/// <remarks>Owns its tensors.</remarks>
internal abstract class MatrixUse(Tensor output) : IDisposable
{
    /// <summary>Gets the tensor whose gradient is taken; it requires a gradient.</summary>
    public Tensor Output => output;

    /// <summary>Gets or sets the copy of <see cref="Output"/> that the network got, by which a network is recognised that ends in the layer; null if
    /// it
    /// got something else.</summary>
    public Tensor? Returned { get; set; }

    /// <summary>Returns a, <c>[B, T, inputs]</c>, with a last column of ones for the bias; a new tensor without gradient.</summary>
    public abstract Tensor Inputs();

    /// <summary>Returns g, <c>[B, T, outputs]</c>.</summary>
    /// <param name="gradient">A gradient of <see cref="Output"/>, of its shape.</param>
    public abstract Tensor ToPlaces(Tensor gradient);

    /// <summary>Returns values of the shape of <see cref="Output"/>: the inverse of <see cref="ToPlaces"/>.</summary>
    /// <param name="places"><c>[B, T, outputs]</c>.</param>
    public abstract Tensor FromPlaces(Tensor places);

    /// <summary>Frees the tensors.</summary>
    public virtual void Dispose() => output.Dispose();
}
