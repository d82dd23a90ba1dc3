using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// Adds a fixed vector for each step of a sequence, so that attention knows the order: feature 2i of step t gets sin(t / 10000^(2i / size)), and
/// feature 2i + 1 the cosine (Vaswani et al. 2017, "Attention Is All You Need", §3.5). A plain module without parameters, for sequences of any
/// length: <c>[B, T, size]</c> → <c>[B, T, size]</c>.
/// </summary>
public sealed class SinusoidalPositionalEmbedding : nn.Module<Tensor, Tensor>
{
    private static readonly Scalar LogOfBase = Math.Log(10_000);

    /// <summary>Creates the module.</summary>
    public SinusoidalPositionalEmbedding() : base(nameof(SinusoidalPositionalEmbedding))
    {
    }

    /// <summary>Adds the vectors.</summary>
    /// <param name="input"><c>[…, T, size]</c> of a floating-point type.</param>
    /// <returns>The shape of the input.</returns>
    /// <exception cref="ArgumentException">The input has no axis of steps, or is not of a floating-point type.</exception>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        Require.FloatingPoint(input.dtype, "the input's type");
        if (input.ndim < 2)
            throw new ArgumentException($"The input has shape {Shapes.Describe(input.shape)}; expected [batch, steps, features].", nameof(input));
        using var scope = NewDisposeScope();
        long steps = input.shape[^2], size = input.shape[^1];
        // In double precision: the angle of a late step has few digits left in single precision.
        using Scalar share = -2.0 / size;
        var frequencies = arange((size + 1) / 2, ScalarType.Float64, input.device).mul(share).mul(LogOfBase).exp();
        var angles = arange(steps, ScalarType.Float64, input.device).unsqueeze(1).mul(frequencies);
        var vectors = stack([angles.sin(), angles.cos()], -1).flatten(1).narrow(1, 0, size);
        return input.add(vectors.to(input.dtype), Scalars.One).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the module's name.</summary>
    public override string ToString() => $"{nameof(SinusoidalPositionalEmbedding)}()";
}
