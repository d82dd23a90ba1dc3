using Bayes.Layers.Maps;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Estimators;

/// <summary>
/// Deviations of a layer's weights from their means that differ between rows: r ∘ L(x ∘ s, dw), one dw for each draw and random signs s and r for
/// each row (Wen et al. 2018, "Flipout: Efficient Pseudo-Independent Weight Perturbations on Mini-Batches", §3.2, equation 4). All places of a row,
/// and all calls with the same rows, see the same deviation.
/// </summary>
/// <remarks>The pass owns the deviations and the signs.</remarks>
internal sealed class RowDeviations(Pass pass, BilinearMap map, WeightPosterior weight, WeightPosterior? bias, NoiseSource noise)
{
    private readonly (Tensor Own, Tensor? Shared) _weight = pass.DeviationsByPart(weight, noise);
    private readonly (Tensor Own, Tensor? Shared)? _bias = bias is null ? null : pass.DeviationsByPart(bias, noise);
    private Tensor? _inputSigns;
    private Tensor? _outputSigns;
    private Tensor? _rowSigns;

    /// <summary>Adds the deviations of a layer's output to its mean.</summary>
    /// <param name="mean">L(x, mu), <c>[1|S, B, …]</c>.</param>
    /// <param name="input">x, <c>[1|S, B, …]</c>. Inputs that are indices have no signs; then only the outputs have.</param>
    /// <returns><c>[S, B, …]</c>.</returns>
    public Tensor AddTo(Tensor mean, Tensor input)
    {
        using var scope = NewDisposeScope();
        var flipped = input.is_floating_point() ? input.mul(_inputSigns ??= Signs(input)) : input;
        // One product of two matrices is faster than a product of one pair of them.
        var deviation = pass.Samples == 1
            ? map.Apply(flipped, _weight.Own.squeeze(0), _bias?.Own.squeeze(0)) : map.ApplyPerDraw(flipped, _weight.Own, _bias?.Own);
        // Not addcmul, whose gradient takes one operation more.
        var output = deviation.mul(_outputSigns ??= Signs(deviation)).add_(mean, Scalars.One);
        // Along shared directions all weights of a row flip together.
        if (_weight.Shared is not null || _bias?.Shared is not null)
        {
            var shared = map.ApplyPerDraw(input, _weight.Shared ?? zeros_like(_weight.Own), _bias?.Shared);
            output = addcmul(output, shared, _rowSigns ??= RowSigns(shared), Scalars.One);
        }
        return output.MoveToOuterDisposeScope();
    }

    /// <summary>Computes the output of a linear layer in a pass of one draw, whose deviations have no shared directions.</summary>
    public Tensor WithLeaves(IPosteriorLeaves leaves, Tensor mean, Tensor? biasMean, Tensor input)
    {
        using var scope = NewDisposeScope();
        var layer = new TwoProducts(input, (mean, biasMean), (_weight.Own, _bias?.Own));
        leaves.Add(layer);
        Tensor output;
        using (no_grad())
        {
            var inputSigns = (_inputSigns ??= Signs(input)).squeeze(0);
            var (first, second) = layer.Multiply(layer.Rows.mul(inputSigns), inputSigns);
            var outputSigns = (_outputSigns ??= Signs(second.unsqueeze(0))).squeeze(0);
            output = layer.End(first.addcmul_(second, outputSigns, Scalars.One), outputSigns);
        }
        return output.alias().MoveToOuterDisposeScope();
    }

    private Tensor RowSigns(Tensor values) =>
        pass.Keep(noise.Signs([pass.Samples, values.shape[1], .. Enumerable.Repeat(1L, (int)values.ndim - 2)], values.dtype, values.device));

    private Tensor Signs(Tensor values)
    {
        long[] shape = values.shape;
        int channels = map.ChannelAxis < 0 ? shape.Length + map.ChannelAxis : map.ChannelAxis;
        for (int axis = 2; axis < shape.Length; axis++)
            if (axis != channels)
                shape[axis] = 1;
        shape[0] = pass.Samples;
        return pass.Keep(noise.Signs(shape, values.dtype, values.device));
    }
}
