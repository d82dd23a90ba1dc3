using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Laplace;

/// <summary>A use whose places are all axes between the batch and the features, of the input as of the output.</summary>
/// <param name="inputs">a, <c>[B, T, inputs]</c>, which the use owns.</param>
/// <param name="output">The tensor whose gradient is taken, <c>[B, …, outputs]</c>, which the use owns.</param>
internal sealed class DenseUse(Tensor inputs, Tensor output) : MatrixUse(output)
{
    /// <inheritdoc/>
    public override Tensor Inputs() => inputs.alias();

    /// <inheritdoc/>
    public override Tensor ToPlaces(Tensor gradient) => gradient.reshape(gradient.shape[0], -1, gradient.shape[^1]);

    /// <inheritdoc/>
    public override Tensor FromPlaces(Tensor places) => places.reshape(Output.shape);

    /// <inheritdoc/>
    public override void Dispose()
    {
        inputs.Dispose();
        base.Dispose();
    }

    /// <summary>Returns inputs <c>[B, …, in]</c> as <c>[B, T, in]</c>, with a last column of ones for a bias: a copy that no scope
    /// disposes.</summary>
    public static Tensor WithOnes(Tensor input, bool hasBias)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var places = input.detach().reshape(input.shape[0], -1, input.shape[^1]);
        var inputs = hasBias ? cat([places, ones([.. places.shape[..^1], 1], places.dtype, places.device)], -1) : places.clone();
        return inputs.Owned();
    }
}
