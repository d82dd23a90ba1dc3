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
        Tensor values = input.Mean, mean = map.Apply(values, pass.Mean(weight), pass.Mean(bias));
        var variance = OfWeights(pass, map, values, mean, weight);
        if (input.Variance is { } spread)
            variance = map.Apply(spread, SecondMoment(pass, weight)).add_(variance, Scalars.One);
        if (bias is not null)
            variance = AddBias(pass, map, variance, bias);
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

    // The variance of L(m, w).
    private static Tensor OfWeights(Pass pass, BilinearMap map, Tensor values, Tensor mean, WeightPosterior weight)
    {
        if (weight.Parts is { } parts)
        {
            var variance = map.ApplyToVariance(values, pass.Variance(weight));
            foreach (var direction in parts.Factor?.unbind(0) ?? [])
                variance = AddSquare(variance, map.Apply(values, direction));
            return variance;
        }
        if (!map.IsMatrixProduct || values.ndim != 3 || weight.SpreadOf(values.squeeze(0), pass.Variance) is not { } spread)
            throw new NotSupportedException(
                $"A {weight.GetType().Name} of a {map.GetType().Name} on {Shapes.Describe(values.shape[1..])} does not tell how outputs vary with "
                + "it; expected a posterior of independent weights or of low rank, or an estimator that draws.");
        return spread.Variance().reshape(mean.shape);
    }

    // mu² plus the marginal variance.
    private static Tensor SecondMoment(Pass pass, WeightPosterior weight)
    {
        var mean = pass.Mean(weight);
        var variance = weight.Parts is { Factor: null } ? pass.Variance(weight) : weight.Variance();
        return addcmul(variance, mean, mean, Scalars.One);
    }

    private static Tensor AddBias(Pass pass, BilinearMap map, Tensor variance, WeightPosterior bias)
    {
        var own = bias.Parts is { Factor: null } ? pass.Variance(bias) : bias.Variance();
        long[] shape = [.. Enumerable.Repeat(1L, (int)variance.ndim)];
        shape[map.ChannelAxis < 0 ? shape.Length + map.ChannelAxis : map.ChannelAxis] = own.numel();
        return variance.add(own.reshape(shape), Scalars.One);
    }

    private static Tensor AddSquare(Tensor sum, Tensor value) => addcmul(sum, value, value, Scalars.One);
}
