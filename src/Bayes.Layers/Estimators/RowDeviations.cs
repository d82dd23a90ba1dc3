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

    /// <summary>Computes a layer's output.</summary>
    /// <param name="input">x, <c>[1|S, B, …]</c>.</param>
    /// <returns><c>[S, B, …]</c>.</returns>
    public Tensor Apply(Tensor input)
    {
        using var scope = NewDisposeScope();
        var output = pass.LeavesOf(map, input) is { } leaves ? WithLeaves(leaves, input)
            : map.PrefersRowWeights(input, pass.Samples) ? AddShared(ByRow(input), input)
            : AddTo(map.Apply(input, pass.Mean(weight), pass.Mean(bias)), input);
        return output.MoveToOuterDisposeScope();
    }

    /// <summary>Adds the deviations of a layer's output to its mean.</summary>
    /// <param name="mean">L(x, mu), <c>[1|S, B, …]</c>.</param>
    /// <param name="input">x, <c>[1|S, B, …]</c>. Inputs that are indices have no signs; then only the outputs have.</param>
    /// <returns><c>[S, B, …]</c>.</returns>
    public Tensor AddTo(Tensor mean, Tensor input)
    {
        using var scope = NewDisposeScope();
        var flipped = input.is_floating_point() ? input.mul(_inputSigns ??= Signs(input.shape, input)) : input;
        // One product of two matrices is faster than a product of one pair of them.
        var deviation = pass.Samples == 1
            ? map.Apply(flipped, _weight.Own.squeeze(0), _bias?.Own.squeeze(0)) : map.ApplyPerDraw(flipped, _weight.Own, _bias?.Own);
        // Not addcmul, whose gradient takes one operation more.
        var output = deviation.mul(_outputSigns ??= Signs(deviation.shape, deviation)).add_(mean, Scalars.One);
        return AddShared(output, input).MoveToOuterDisposeScope();
    }

    // r ∘ L(x ∘ s, dw) = L(x, r ∘ dw ∘ s): one pass with the weight mu + r ∘ dw ∘ s for each row.
    private Tensor ByRow(Tensor input)
    {
        long rows = input.shape[1], inputs = input.shape[2], outputs = map.BiasShape[0], volume = weight.Mean.numel() / (inputs * outputs);
        long[] outputShape = input.shape;
        outputShape[2] = outputs;
        var inputSigns = (_inputSigns ??= Signs(input.shape, input)).reshape(rows, inputs, 1).expand(rows, inputs, volume).reshape(rows, 1, -1);
        var outputSigns = (_outputSigns ??= Signs(outputShape, input)).reshape(rows, outputs, 1);
        Tensor mean = pass.Mean(weight).reshape(1, outputs, -1), deviation = _weight.Own.reshape(1, outputs, -1);
        var biases = bias is null ? null : addcmul(pass.Mean(bias), _bias!.Value.Own, outputSigns.squeeze(-1), Scalars.One);
        long atOnce = map.RowWeightsAtOnce;
        Tensor[] parts = input.split(atOnce, 1), s = inputSigns.split(atOnce), r = outputSigns.split(atOnce);
        var b = biases?.split(atOnce);
        var each = parts.Select((part, i) => map.ApplyPerRow(
            part, addcmul(mean, deviation.mul(s[i]), r[i], Scalars.One).reshape([part.shape[1], .. map.WeightShape]), b?[i]));
        return parts.Length == 1 ? each.Single() : cat([.. each], 1);
    }

    // Along shared directions all weights of a row flip together.
    private Tensor AddShared(Tensor output, Tensor input)
    {
        if (_weight.Shared is null && _bias?.Shared is null)
            return output;
        var shared = map.ApplyPerDraw(input, _weight.Shared ?? zeros_like(_weight.Own), _bias?.Shared);
        return addcmul(output, shared, _rowSigns ??= RowSigns(shared), Scalars.One);
    }

    // A linear layer in a pass of one draw; posteriors that have leaves have no shared directions.
    private Tensor WithLeaves(IPosteriorLeaves leaves, Tensor input)
    {
        var layer = new TwoProducts(input, (pass.Mean(weight), pass.Mean(bias)), (_weight.Own, _bias?.Own));
        leaves.Add(layer);
        Tensor output;
        using (no_grad())
        {
            var inputSigns = (_inputSigns ??= Signs(input.shape, input)).squeeze(0);
            var (first, second) = layer.Multiply(layer.Rows.mul(inputSigns), inputSigns);
            var outputSigns = (_outputSigns ??= Signs([1, .. second.shape], second)).squeeze(0);
            output = layer.End(first.addcmul_(second, outputSigns, Scalars.One), outputSigns);
        }
        return output.alias();
    }

    private Tensor RowSigns(Tensor values) =>
        pass.Keep(noise.Signs([pass.Samples, values.shape[1], .. Enumerable.Repeat(1L, (int)values.ndim - 2)], values.dtype, values.device));

    // Signs for values of a shape, of the type and on the device of others.
    private Tensor Signs(long[] shape, Tensor like)
    {
        int channels = map.ChannelAxis < 0 ? shape.Length + map.ChannelAxis : map.ChannelAxis;
        for (int axis = 2; axis < shape.Length; axis++)
            if (axis != channels)
                shape[axis] = 1;
        shape[0] = pass.Samples;
        return pass.Keep(noise.Signs(shape, like.dtype, like.device));
    }
}
