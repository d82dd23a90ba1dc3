using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// A likelihood of counts, y ∈ {0, 1, 2, …}, whose mean is the rate exp(f): the network returns the logarithm of the rate and ends in a linear
/// layer; output and target are <c>[B, …]</c>. A prediction has quantiles and intervals of the target, which are whole numbers.
/// </summary>
/// <remarks>
/// An f above 40, a rate of 10¹⁷, counts as 40, so neither a rate nor the square of a gradient is infinite in single precision; it keeps its
/// gradient, which brings it back. For counts from unequal times, add the logarithm of the time to f.
/// </remarks>
public abstract class CountLikelihood : Likelihood
{
    private static readonly Scalar LargestLogRate = 40.0;

    private protected CountLikelihood(bool validate) => Validates = validate;

    /// <summary>Gets whether every call checks the targets.</summary>
    private protected bool Validates { get; }

    /// <summary>
    /// Returns log p(y | f), in nats, summed over the axes of one example. Computed in double precision, because for large counts it is a small
    /// difference of large numbers.
    /// </summary>
    /// <inheritdoc/>
    public sealed override Tensor LogProbability(Tensor output, Tensor target)
    {
        int leading = LeadingAxes(output, target);
        if (Validates)
            RequireCounts(target);
        using var scope = NewDisposeScope();
        var each = LogMass(LogRate(output.to(ScalarType.Float64)), target.to(ScalarType.Float64), leading);
        return SumOverExample(each, leading).to(output.dtype.AtLeastSingle()).MoveToOuterDisposeScope();
    }

    /// <summary>Returns exp(f).</summary>
    /// <inheritdoc/>
    public sealed override Tensor Mean(Tensor output)
    {
        Require.Output(output);
        using var scope = NewDisposeScope();
        return LogRate(output).exp().MoveToOuterDisposeScope();
    }

    /// <summary>Returns P(y ≤ value | f), elementwise.</summary>
    /// <param name="output">f: <c>[…]</c>, with or without an axis of draws.</param>
    /// <param name="value">A real number for each element of the mean; broadcast over the draws.</param>
    /// <returns>A new tensor, of the shape of the mean, between 0 and 1, in at least single precision and without gradient.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public Tensor CumulativeProbability(Tensor output, Tensor value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Require.Output(output);
        Require.Real(value, nameof(value));
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var count = value.to(ScalarType.Float64).floor();
        RequireValue(output, count);
        var logRate = LogRate(output.to(ScalarType.Float64));
        var probability = Cumulative(logRate, count.clamp_min(Scalars.Zero)).masked_fill(count.lt(Scalars.Zero), Scalars.Zero);
        var isNaN = logRate.isnan().logical_or(count.isnan());
        return probability.masked_fill(isNaN, Scalars.NaN).to(output.dtype.AtLeastSingle()).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected internal override string? RefusalOf(nn.Module lastModule) =>
        OutputLinks.GivesNonNegative(lastModule)
            ? "takes the logarithm of the rate and applies the exponential itself; leave the module out"
            : null;

    /// <inheritdoc/>
    internal sealed override (Tensor Below, Tensor UpTo)? CumulativeOfMixture(Tensor outputs, Tensor value)
    {
        using var scope = NewDisposeScope();
        var countBelow = value.ceil().add(Scalars.MinusOne, Scalars.One);
        return scope.MoveToOuter(CumulativeProbability(outputs, countBelow).mean([0L]), CumulativeProbability(outputs, value).mean([0L]));
    }

    /// <inheritdoc/>
    internal sealed override Tensor QuantilesOfMixture(Tensor outputs, IReadOnlyList<double> levels) =>
        Recursion(outputs).TryQuantiles(levels) ?? Stacked(levels, level => CountQuantiles.Of(this, outputs, level));

    /// <summary>Returns how the probabilities of the counts follow from each other, with new tensors in the caller's dispose scope.</summary>
    /// <param name="outputs">f of every draw, in double precision.</param>
    private protected abstract CountRecursion Recursion(Tensor outputs);

    /// <summary>Returns log p of each count.</summary>
    /// <param name="logRate">f, in double precision.</param>
    /// <param name="count">y, in double precision.</param>
    /// <param name="leading">The number of axes of f that count examples and draws.</param>
    private protected abstract Tensor LogMass(Tensor logRate, Tensor count, int leading);

    /// <summary>Returns P(y ≤ count) of each whole number of at least 0; the result for a NaN is not specified.</summary>
    /// <param name="logRate">f, in double precision.</param>
    /// <param name="count">Counts, in double precision, which broadcast with f.</param>
    private protected abstract Tensor Cumulative(Tensor logRate, Tensor count);

    /// <summary>Returns log y!.</summary>
    private protected static Tensor LogFactorial(Tensor count) => count.add(Scalars.One, Scalars.One).lgamma();

    /// <summary>Returns f, clamped to at most 40.</summary>
    private protected static Tensor LogRate(Tensor output) => output.ClampKeepingGradient(minimum: null, LargestLogRate);

    private static void RequireCounts(Tensor target)
    {
        Require.AllFinite(target, nameof(target));
        using var scope = NewDisposeScope();
        var values = target.to(ScalarType.Float64).flatten();
        var isNotCount = values.lt(Scalars.Zero).logical_or(values.ne(values.floor()));
        if (isNotCount.any().ReadBoolean())
            throw new ArgumentException(
                $"target has the value {values.masked_select(isNotCount)[0].ReadDouble()}; expected counts: whole numbers of at least 0.",
                nameof(target));
    }
}
