using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>
/// Sets the weights with the lowest signal-to-noise ratio |mu| / sigma to 0, those that the posterior distinguishes least from 0 (Graves 2011,
/// "Practical Variational Inference for Neural Networks", §6; Blundell et al. 2015, "Weight Uncertainty in Neural Networks", §5.1). Biases stay.
/// </summary>
public static class SignalToNoisePruning
{
    /// <summary>
    /// Prunes a model permanently: sets mu to 0 and sigma to almost 0 for the share <paramref name="sparsity"/> of the weights of all layers
    /// together. For prediction only, since the KL divergence of pruned weights has no meaning.
    /// </summary>
    /// <param name="model">The model, changed in place.</param>
    /// <param name="sparsity">The share of weights that become 0, in [0, 1]; rounded to a whole number of weights.</param>
    /// <returns>The number of weights that became 0.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="sparsity"/> is outside [0, 1].</exception>
    /// <exception cref="ArgumentException">The model has no Bayesian layer, or a weight that is not finite.</exception>
    public static long Apply(BayesianModule model, double sparsity)
    {
        RequireShare(sparsity, nameof(sparsity));
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var weights = Weights(model);
        return Prune(weights, Order(weights), sparsity);
    }

    /// <summary>
    /// Measures the model, for example its accuracy, at each sparsity. Restores the model afterwards, also after an exception in
    /// <paramref name="measure"/>.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="sparsities">Shares of weights that become 0, each in [0, 1].</param>
    /// <param name="measure">Returns the measure of the pruned model.</param>
    /// <returns>A point for each sparsity, in the given order.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A sparsity is outside [0, 1].</exception>
    /// <exception cref="ArgumentException">The model has no Bayesian layer, or a weight that is not finite.</exception>
    public static IReadOnlyList<PruningPoint> Curve(BayesianModule model, IEnumerable<double> sparsities, Func<BayesianModule, double> measure)
    {
        ArgumentNullException.ThrowIfNull(sparsities);
        ArgumentNullException.ThrowIfNull(measure);
        double[] shares = [.. sparsities];
        foreach (double share in shares)
            RequireShare(share, nameof(sparsities));
        using var scope = NewDisposeScope();
        var weights = Weights(model);
        Tensor order;
        (Tensor Value, Tensor Before)[] saved;
        using (no_grad())
        {
            order = Order(weights);
            saved = [.. weights.SelectMany(weight => weight.Parameters).Select(each => (each.Value, each.Value.clone()))];
        }
        try
        {
            return [.. shares.Select(share => Measured(share))];
        }
        finally
        {
            Restore();
        }

        PruningPoint Measured(double share)
        {
            long pruned;
            using (no_grad())
            {
                Restore();
                pruned = Prune(weights, order, share);
            }
            return new PruningPoint(share, pruned, order.numel(), measure(model));
        }

        void Restore()
        {
            using var noGrad = no_grad();
            foreach (var (value, before) in saved)
                value.copy_(before);
        }
    }

    private static WeightPosterior[] Weights(BayesianModule model)
    {
        ArgumentNullException.ThrowIfNull(model);
        WeightPosterior[] weights = [.. model.Variables().Where(variable => !variable.IsBias).Select(variable => variable.Posterior)];
        return weights.Length > 0
            ? weights
            : throw new ArgumentException(
                $"The model, a {model.GetName()}, has no Bayesian layer, so no weights to prune; expected at least one.", nameof(model));
    }

    /// <summary>Returns the indices of all weights, concatenated over the layers, in ascending order of signal-to-noise ratio.</summary>
    private static Tensor Order(WeightPosterior[] weights)
    {
        using var scope = NewDisposeScope();
        // log (mu² / sigma²) has the order of the ratio and cannot overflow.
        var ratios = cat([.. weights.Select(weight => weight.Marginals()).Select(weight =>
            weight.Mean.abs().to(ScalarType.Float64).log().mul(Scalars.Two)
                .add(weight.LogVariance.to(ScalarType.Float64), Scalars.MinusOne).flatten().cpu())], 0);
        if (ratios.isnan().any().ReadBoolean())
            throw new ArgumentException("The model has a weight with a mean or variance that is NaN; expected finite ones.", nameof(weights));
        return ratios.sort(dim: 0, stable: true).Indices.MoveToOuterDisposeScope();
    }

    private static long Prune(WeightPosterior[] weights, Tensor order, double sparsity)
    {
        using var scope = NewDisposeScope();
        long count = order.numel(), pruned = (long)Math.Round(sparsity * count);
        var isPruned = zeros(count, ScalarType.Bool);
        using Scalar isTrue = true;
        isPruned.index_fill_(0, order.narrow(0, 0, pruned), isTrue);
        long start = 0;
        foreach (var weight in weights)
        {
            long length = weight.Mean.numel();
            weight.Prune(isPruned.narrow(0, start, length).view(weight.Shape).to(weight.Mean.device));
            start += length;
        }
        return pruned;
    }

    private static void RequireShare(double share, string name)
    {
        if (!(share >= 0 && share <= 1))
            throw new ArgumentOutOfRangeException(name, share, $"{name} is {share}; expected a share in [0, 1].");
    }
}
