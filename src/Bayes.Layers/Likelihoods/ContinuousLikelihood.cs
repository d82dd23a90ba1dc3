using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>A likelihood of real targets with a distribution function, so a prediction has quantiles and intervals of the target.</summary>
public abstract class ContinuousLikelihood : Likelihood
{
    /// <summary>Returns P(y ≤ value | f), elementwise.</summary>
    /// <param name="output">f: <c>[S, B, …]</c>.</param>
    /// <param name="value">A value for each element of the mean, in the target's unit; broadcast over the draws.</param>
    /// <returns>A new tensor, of the shape of the mean, between 0 and 1.</returns>
    public abstract Tensor CumulativeProbability(Tensor output, Tensor value);

    /// <summary>Returns, for each draw, the value below which y lies with probability <paramref name="level"/>.</summary>
    /// <param name="output">f: <c>[S, B, …]</c>.</param>
    /// <param name="level">Above 0 and below 1.</param>
    /// <returns>A new tensor, of the shape of the mean, in the target's unit.</returns>
    public abstract Tensor Quantile(Tensor output, double level);

    /// <inheritdoc/>
    internal sealed override (Tensor Below, Tensor UpTo)? CumulativeOfMixture(Tensor outputs, Tensor value)
    {
        using var scope = NewDisposeScope();
        var upTo = CumulativeProbability(outputs, value).mean([0L]);
        return scope.MoveToOuter(upTo.alias(), upTo);
    }

    /// <inheritdoc/>
    internal sealed override Tensor QuantilesOfMixture(Tensor outputs, IReadOnlyList<double> levels) =>
        ComponentsOf(outputs)?.TryQuantiles(levels) ?? Stacked(levels, level => MixtureQuantiles.Of(this, outputs, level));

    /// <summary>Returns numbers between which the quantile of each draw lies: by default the quantile itself, twice.</summary>
    /// <param name="outputs">f of every draw, <c>[S, B, …]</c>, in double precision.</param>
    /// <param name="level">Above 0 and below 1.</param>
    internal virtual (Tensor Low, Tensor High) QuantileBounds(Tensor outputs, double level)
    {
        var quantile = Quantile(outputs, level);
        return (quantile, quantile);
    }

    /// <summary>
    /// Returns p(y | f) of all draws, with new tensors in the caller's dispose scope, if they differ in location and scale alone; null by default.
    /// </summary>
    /// <param name="outputs">f of every draw, <c>[S, B, …]</c>, in double precision.</param>
    internal virtual LocationScaleComponents? ComponentsOf(Tensor outputs) => null;
}
