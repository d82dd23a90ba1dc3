using Bayes.Layers.Maps;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Estimators;

/// <summary>
/// Draws one deviation dw = sigma · eps for each of S draws, and turns its signs for every row: L(x, mu) + r ∘ L(x ∘ s, dw), with random
/// signs s of the input's channels and r of the output's (Wen et al. 2018, "Flipout: Efficient Pseudo-Independent Weight
/// Perturbations on Mini-Batches", §3.2, equation 4). A normal deviation stays what it was when its sign turns, so each row sees
/// weights of the posterior, and the rows' errors are uncorrelated: gradients of low variance for any map, at two passes.
/// </summary>
/// <remarks>
/// Signs are ±1, one for each (draw, row, channel), the same at every place of an image and step of a sequence. The bias's deviation is
/// turned with the outputs. Inputs that are indices have no signs; the outputs' do the work alone.
/// </remarks>
/// <inheritdoc cref="SamplingEstimator(int, NoiseSource?, bool)" path="/param"/>
public sealed class Flipout(int samples = 1, NoiseSource? noise = null, bool antithetic = false)
    : SamplingEstimator(samples, noise, antithetic)
{
    /// <inheritdoc/>
    public override bool RowsShareFunctions => false;

    /// <inheritdoc/>
    protected override SamplingEstimator With(int samples, NoiseSource noise, bool antithetic) => new Flipout(samples, noise, antithetic);

    /// <inheritdoc/>
    protected override Func<Tensor, Tensor> FixWeights(BilinearMap map, MeanFieldNormal weight, MeanFieldNormal? bias)
    {
        Tensor deviations = weight.Deviations(Samples, Noise);
        var biasDeviations = bias?.Deviations(Samples, Noise);
        Tensor? inputSigns = null, outputSigns = null;
        return Apply;

        // A second use of the same weights finds the signs of the first, or its rows would change their functions on the way; so they live
        // as long as the weights, not as the call that happens to come first.
        Tensor Apply(Tensor input)
        {
            var flipped = input;
            if (input.is_floating_point())
                flipped = input.mul(inputSigns ??= Signs(input));
            var mean = map.Apply(input, weight.Mean, bias?.Mean);
            var deviation = map.ApplyPerDraw(flipped, deviations, biasDeviations);
            return addcmul(mean, deviation, outputSigns ??= Signs(deviation), Scalars.One);
        }

        Tensor Signs(Tensor values)
        {
            // A scope of its own: TorchSharp loses a tensor that is moved to the scope where it is already.
            using var scope = NewDisposeScope();
            long[] shape = values.shape;
            int channels = map.ChannelAxis < 0 ? shape.Length + map.ChannelAxis : map.ChannelAxis;
            for (int axis = 2; axis < shape.Length; axis++)
                if (axis != channels)
                    shape[axis] = 1;
            shape[0] = Samples;
            return Noise.Signs(shape, values.dtype, values.device).MoveToOtherDisposeScope(deviations);
        }
    }
}
