using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>
/// Computes the results of a prediction that need its samples, in double precision, some rows at a time, and returns them in the outputs' type.
/// </summary>
/// <param name="likelihood">p(y | f).</param>
/// <param name="samples">The outputs of all draws, <c>[S, B, …]</c>. Not owned.</param>
internal sealed class PredictiveSamples(Likelihood likelihood, Tensor samples)
{
    /// <summary>Returns log p(y | x) of targets, <c>[B]</c>, in nats.</summary>
    public Tensor LogDensityOf(Tensor target)
    {
        ArgumentNullException.ThrowIfNull(target);
        Require.OneForEachRow(target, samples.shape[1]);
        using Scalar logDraws = -Math.Log(samples.shape[0]);
        return OfBlocks((outputs, row, length) =>
            RowLogProbability.Of(likelihood, outputs, target.narrow(0, row, length)).logsumexp(0).add(logDraws, Scalars.One), axisOfRows: 0);
    }

    /// <summary>Returns quantiles of E[y | f], <c>[Q, B, …]</c>.</summary>
    public Tensor QuantilesOfMean(IReadOnlyList<double> levels, CancellationToken cancellationToken)
    {
        RequireLevels(levels);
        return OfBlocks((outputs, _, _) => SampleQuantiles.Of(likelihood.Mean(outputs), levels), axisOfRows: 1, cancellationToken);
    }

    /// <summary>Returns quantiles of the target, <c>[Q, B, …]</c>.</summary>
    /// <exception cref="InvalidOperationException">The likelihood is neither of real targets nor of counts.</exception>
    public Tensor QuantilesOfTarget(IReadOnlyList<double> levels, CancellationToken cancellationToken)
    {
        RequireLevels(levels);
        foreach (double level in levels)
            if (level is 0 or 1)
                throw new ArgumentException($"A level is {level}; expected levels above 0 and below 1: the target has no bounds.", nameof(levels));
        return OfBlocks((outputs, _, _) => likelihood.QuantilesOfMixture(outputs, levels) ?? throw NoQuantiles(), axisOfRows: 1, cancellationToken);
    }

    /// <summary>Returns the probabilities of targets below, and at or below, those given, each <c>[B, …]</c>.</summary>
    /// <exception cref="InvalidOperationException">The likelihood is neither of real targets nor of counts.</exception>
    public (Tensor Below, Tensor UpTo) Cumulative(Tensor target)
    {
        using var scope = NewDisposeScope();
        var wide = target.to(ScalarType.Float64);
        var ends = OfBlocks(Ends, axisOfRows: 1).unbind(0);
        return scope.MoveToOuter(ends[0], ends[1]);

        Tensor Ends(Tensor outputs, long row, long length)
        {
            var (below, upTo) = likelihood.CumulativeOfMixture(outputs, wide.narrow(0, row, length)) ?? throw NoQuantiles();
            return stack([below, upTo]);
        }
    }

    /// <summary>Returns the ends of the central interval that quantiles make.</summary>
    /// <param name="mass">The probability within; above 0, below 1.</param>
    /// <param name="quantiles">Computes the quantiles of levels, <c>[Q, …]</c>.</param>
    public static (Tensor Lower, Tensor Upper) Central(double mass, Func<IReadOnlyList<double>, Tensor> quantiles)
    {
        Require.Mass(mass);
        using var scope = NewDisposeScope();
        var ends = quantiles([(1 - mass) / 2, (1 + mass) / 2]).unbind(0);
        return scope.MoveToOuter(ends[0].clone(), ends[1].clone());
    }

    private static void RequireLevels(IReadOnlyList<double> levels)
    {
        ArgumentNullException.ThrowIfNull(levels);
        if (levels.Count == 0)
            throw new ArgumentException("There are no levels; expected at least one in [0, 1].", nameof(levels));
        foreach (double level in levels)
            if (!(level >= 0 && level <= 1))
                throw new ArgumentException($"A level is {level}; expected levels in [0, 1].", nameof(levels));
    }

    private Tensor OfBlocks(Func<Tensor, long, long, Tensor> compute, int axisOfRows, CancellationToken cancellationToken = default)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var results = new List<Tensor>();
        foreach (var (row, length) in RowBlocks.Of(samples.shape[1], samples.numel()))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var block = NewDisposeScope();
            results.Add(compute(samples.narrow(1, row, length).to(ScalarType.Float64), row, length).to(samples.dtype).MoveToOuterDisposeScope());
        }
        return (results.Count == 1 ? results[0] : cat(results, axisOfRows)).MoveToOuterDisposeScope();
    }

    private InvalidOperationException NoQuantiles() => new(
        $"{likelihood} has no quantiles of the target, which is neither a real number nor a count; use "
        + $"{likelihood.Uncertainties}.");
}
