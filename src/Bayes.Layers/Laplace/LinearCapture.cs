using Bayes.Layers.Networks;
using TorchSharp.Modules;

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
        Watch(_layer, (input, output) => new DenseUse(DenseUse.WithOnes(input, _matrix.Bias is not null), output), use => record(_matrix, use));
}
