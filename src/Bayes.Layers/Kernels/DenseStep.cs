namespace Bayes.Layers.Kernels;

/// <summary>A step of a fully connected network: a layer, or a function of every element.</summary>
internal abstract record DenseStep
{
    private DenseStep()
    {
    }

    /// <summary>A function of every element.</summary>
    /// <param name="Function">The function.</param>
    public sealed record Elementwise(ElementFunction Function) : DenseStep;

    /// <summary>x Wᵀ + b.</summary>
    /// <param name="InputSize">Features in.</param>
    /// <param name="OutputSize">Features out.</param>
    /// <param name="HasBias">Whether the layer has b.</param>
    /// <param name="IsDrawn">Whether each draw has weights of its own.</param>
    public sealed record Layer(int InputSize, int OutputSize, bool HasBias, bool IsDrawn) : DenseStep
    {
        /// <summary>Gets the number of weights of one draw.</summary>
        public int WeightLength => OutputSize * InputSize;

        /// <summary>Gets the number of weights and biases of one draw.</summary>
        public int Length => WeightLength + (HasBias ? OutputSize : 0);
    }
}
