using Bayes.Layers.Numerics;
using Bayes.Layers.Priors;
using static TorchSharp.torch;

namespace Bayes.Layers.Sampling;

/// <summary>log p(w) of a flat vector of weights with its gradient: in managed code for normal priors, by autograd for others.</summary>
internal sealed class FlatPrior(WeightLayout layout)
{
    /// <summary>Adds the gradient, and returns log p(w) in nats.</summary>
    public double Add(ReadOnlySpan<double> weights, Span<double> gradient)
    {
        double sum = 0;
        foreach (var slice in layout.Slices)
        {
            var own = weights.Slice(slice.Offset, slice.Length);
            var slopes = gradient.Slice(slice.Offset, slice.Length);
            sum += slice.Prior is NormalPrior normal ? OfNormal(normal, own, slopes) : ByAutograd(slice, own, slopes);
        }
        return sum;
    }

    private static double OfNormal(NormalPrior prior, ReadOnlySpan<double> weights, Span<double> gradient)
    {
        double precision = 1 / (prior.Stddev * prior.Stddev), squares = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            double centred = weights[i] - prior.Mean;
            gradient[i] -= centred * precision;
            squares += centred * centred;
        }
        return -0.5 * precision * squares - weights.Length * (Math.Log(prior.Stddev) + StandardNormal.LogOfRootOfTwoPi);
    }

    private static double ByAutograd(WeightSlice slice, ReadOnlySpan<double> weights, Span<double> gradient)
    {
        using var scope = NewDisposeScope();
        using var grad = enable_grad();
        var leaf = tensor(weights.ToArray(), slice.Shape).requires_grad_();
        var log = slice.Prior.LogProbability(leaf).sum(ScalarType.Float64);
        log.backward();
        double[] slopes = leaf.grad!.ReadDoubles();
        for (int i = 0; i < slopes.Length; i++)
            gradient[i] += slopes[i];
        return log.ReadDouble();
    }
}
