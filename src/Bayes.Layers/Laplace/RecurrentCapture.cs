using Bayes.Layers.Networks;
using static TorchSharp.torch;

namespace Bayes.Layers.Laplace;

/// <summary>
/// An <c>nn.LSTM</c> or <c>nn.GRU</c>. Its native output is replaced by that of the same steps one by one, where each step is a place: x_t meets the
/// weight of inputs, and h_(t−1) that of states, and the gradients are those of the sums that enter the gates.
/// </summary>
internal sealed class RecurrentCapture : LayerCapture
{
    private readonly UnrolledRecurrent _unrolled;
    private readonly Dictionary<string, WeightMatrix> _matrices;

    /// <summary>Creates a capture.</summary>
    /// <param name="path">The path of the layer.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="parameterOf">Returns a parameter by its name in the layer, or null if it has none of that name.</param>
    /// <exception cref="ArgumentException">The layer is not an LSTM or a GRU.</exception>
    public RecurrentCapture(string path, nn.Module layer, Func<string, NetworkParameter?> parameterOf) : base(path)
    {
        _unrolled = UnrolledRecurrent.Of(layer);
        _matrices = _unrolled.Weights.ToDictionary(
            each => each.Weight, each => new WeightMatrix(path, parameterOf(each.Weight)!, each.Bias is null ? null : parameterOf(each.Bias)));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<WeightMatrix> Matrices => [.. _matrices.Values];

    /// <inheritdoc/>
    public override Action Watch(Action<WeightMatrix, MatrixUse> record) => _unrolled.Replace((weight, input, sums) =>
    {
        var matrix = _matrices[weight];
        var node = Node(sums);
        record(matrix, new DenseUse(DenseUse.WithOnes(input, matrix.Bias is not null), node));
        return node;
    });
}
