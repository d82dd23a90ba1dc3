using Bayes.Layers.Maps;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Estimators;

/// <summary>
/// The moments of L(x, w) for independent x ~ (m, v) and w ~ (mu, sigma²): the mean L(m, mu) and the variance L(v, mu² + sigma²) + L(m², sigma²)
/// (Hernández-Lobato &amp; Adams 2015, "Probabilistic Backpropagation for Scalable Learning of Bayesian Neural Networks", equations 13 and 14).
/// </summary>
internal static class MapMoments
{
    /// <summary>Computes the moments of a layer with random weights.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="map">The layer's map.</param>
    /// <param name="input">The moments of the input.</param>
    /// <param name="weight">The posterior of the weight.</param>
    /// <param name="bias">The posterior of the bias, or null.</param>
    /// <exception cref="NotSupportedException">The posterior does not tell how outputs vary with it.</exception>
    public static Moments Of(Pass pass, BilinearMap map, Moments input, WeightPosterior weight, WeightPosterior? bias)
    {
        using var scope = NewDisposeScope();
        Tensor values = input.Mean, ofWeight = pass.Mean(weight), mean = map.Apply(values, ofWeight, pass.Mean(bias));
        var biasVariance = bias is null ? null : MarginalVariance(pass, bias);
        // The variance of all weights alone, once: an exponential of each.
        var own = MarginalVariance(pass, weight);
        var variance = weight.Parts is { Factor: null } ? map.ApplyToVariance(values, own, biasVariance)
            : AddBias(map, OfDependentWeights(pass, map, values, mean, weight), biasVariance);
        if (input.Variance is { } spread)
            variance = map.Apply(spread, addcmul(own, ofWeight, ofWeight, Scalars.One)).add_(variance, Scalars.One);
        return new Moments(mean, variance).MoveToOuter(scope);
    }

    /// <summary>Computes the variance of the outputs of a layer with known weights.</summary>
    /// <param name="map">The layer's map.</param>
    /// <param name="variance">The variance of the input, <c>[1, B, …]</c>.</param>
    /// <param name="weight">The weight.</param>
    public static Tensor Variance(BilinearMap map, Tensor variance, Tensor weight)
    {
        using var scope = NewDisposeScope();
        return map.Apply(variance, weight.mul(weight)).MoveToOuterDisposeScope();
    }

    private static Tensor MarginalVariance(Pass pass, WeightPosterior posterior) =>
        posterior.Parts is { Factor: null } ? pass.Variance(posterior) : posterior.Variance();

    // The variance of L(m, w).
    private static Tensor OfDependentWeights(Pass pass, BilinearMap map, Tensor values, Tensor mean, WeightPosterior weight)
    {
        if (weight.Parts is { } parts)
        {
            var variance = map.ApplyToVariance(values, pass.Variance(weight));
            foreach (var direction in parts.Factor!.unbind(0))
            {
                var along = map.Apply(values, direction);
                variance = addcmul(variance, along, along, Scalars.One);
            }
            return variance;
        }
        if (!map.IsMatrixProduct || values.ndim != 3 || weight.SpreadOf(values.squeeze(0), pass.Variance) is not { } spread)
            throw new NotSupportedException(
                $"A {weight.GetType().Name} of a {map.GetType().Name} on {Shapes.Describe(values.shape[1..])} does not tell how outputs vary with "
                + "it; expected a posterior of independent weights or of low rank, or an estimator that draws.");
        return spread.Variance().reshape(mean.shape);
    }

    private static Tensor AddBias(BilinearMap map, Tensor variance, Tensor? ofBias)
    {
        if (ofBias is null)
            return variance;
        long[] shape = [.. Enumerable.Repeat(1L, (int)variance.ndim)];
        shape[map.ChannelAxis < 0 ? shape.Length + map.ChannelAxis : map.ChannelAxis] = ofBias.numel();
        return variance.add(ofBias.reshape(shape), Scalars.One);
    }
}
