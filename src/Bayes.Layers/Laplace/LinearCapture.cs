using Bayes.Layers.Networks;
using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Laplace;

/// <summary>A linear layer; the places are all axes of its input between the batch and the features.</summary>
internal sealed class LinearCapture : LayerCapture
{
    private readonly Linear _layer;
    private readonly WeightMatrix _matrix;

    /// <summary>Creates a capture.</summary>
    /// <param name="path">The path of the layer.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="parameterOf">Returns a parameter by its name in the layer, or null if it has none of that name.</param>
    public LinearCapture(string path, Linear layer, Func<string, NetworkParameter?> parameterOf) : base(path)
    {
        _layer = layer;
        _matrix = new WeightMatrix(path, parameterOf("weight")!, parameterOf("bias"));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<WeightMatrix> Matrices => [_matrix];

    /// <inheritdoc/>
    public override Action Watch(Action<WeightMatrix, MatrixUse> record) =>
        Watch(_layer, (input, output) => new Use(WithOnes(input, _matrix.Bias is not null), output), use => record(_matrix, use));

    /// <summary>Returns inputs <c>[B, …, in]</c> as <c>[B, T, in]</c>, with a last column of ones for a bias: a copy that no scope
    /// disposes.</summary>
    private static Tensor WithOnes(Tensor input, bool hasBias)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var places = input.detach().reshape(input.shape[0], -1, input.shape[^1]);
        var inputs = hasBias ? cat([places, ones([.. places.shape[..^1], 1], places.dtype, places.device)], -1) : places.clone();
        return inputs.Owned();
    }

    private sealed class Use(Tensor inputs, Tensor output) : MatrixUse(output)
    {
        public override Tensor Inputs() => inputs.alias();

        public override Tensor ToPlaces(Tensor gradient) => gradient.reshape(gradient.shape[0], -1, gradient.shape[^1]);

        public override Tensor FromPlaces(Tensor places) => places.reshape(Output.shape);

        public override void Dispose()
        {
            inputs.Dispose();
            base.Dispose();
        }
    }
}
