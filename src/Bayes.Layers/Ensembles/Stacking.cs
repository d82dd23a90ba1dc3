using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Ensembles;

/// <summary>
/// Weights the members of an ensemble so that the log density of held-out data under their mixture is highest (Yao, Vehtari, Simpson &amp; Gelman
/// 2018, "Using Stacking to Average Bayesian Predictive Distributions", equation 1 with the logarithmic score).
/// </summary>
/// <remarks>
/// The problem is convex, and its solution is found to about ten digits, whatever the members. Often several members get no weight: the mixture does
/// not predict better with them.
/// </remarks>
public static class Stacking
{
    // Far above the accuracy of the weights, and far below what a thousand draws could show.
    private const double LeastWeight = 1e-8;

    /// <summary>Computes the weights of members from their log densities.</summary>
    /// <param name="logDensities">
    /// log p(y | x) of each held-out row under each member, in nats, <c>[V, M]</c>; −∞ where a member excludes the row.
    /// </param>
    /// <returns>A weight for each member, at least 0, and 0 if it is below 10⁻⁸; they add up to 1.</returns>
    /// <exception cref="ArgumentException">
    /// The tensor is not a table, a number is NaN or +∞, or all members exclude a row.
    /// </exception>
    public static IReadOnlyList<double> Weights(Tensor logDensities)
    {
        ArgumentNullException.ThrowIfNull(logDensities);
        if (logDensities.ndim != 2 || logDensities.numel() == 0 || !logDensities.is_floating_point())
            throw new ArgumentException(
                $"The log densities are of type {logDensities.dtype} and shape {Shapes.Describe(logDensities.shape)}; expected floating-point "
                + "numbers [V, M], at least one row and one member.", nameof(logDensities));
        double[][] rows = [.. logDensities.ReadDoubles().Chunk((int)logDensities.shape[1])];
        foreach (var (row, values) in rows.Index())
            RequireDensities(row, values);
        double[] weights = SimplexMaximum.OfMeanLog([.. rows.Select(Relative)]);
        double kept = weights.Where(weight => weight >= LeastWeight).Sum();
        return Array.ConvertAll(weights, weight => weight >= LeastWeight ? weight / kept : 0);
    }

    /// <summary>Computes the weights of members on held-out data.</summary>
    /// <param name="members">The members, at least one.</param>
    /// <param name="likelihood">p(y | f).</param>
    /// <param name="input">The inputs of held-out rows, <c>[V, …]</c>, which no member was trained on.</param>
    /// <param name="target">Their targets, <c>[V, …]</c>.</param>
    /// <param name="options">The options; the defaults if null.</param>
    /// <param name="cancellationToken">Ends the work between two blocks of a prediction.</param>
    /// <returns>A weight for each member, at least 0; they add up to 1.</returns>
    /// <exception cref="ArgumentException">There is no member, tensors do not fit, or a member predicts no density for a row.</exception>
    public static IReadOnlyList<double> Weights(
        IEnumerable<FunctionDistribution> members, Likelihood likelihood, NetworkInput input, Tensor target, StackingOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(members);
        ArgumentNullException.ThrowIfNull(likelihood);
        ArgumentNullException.ThrowIfNull(target);
        options ??= new StackingOptions();
        using var scope = NewDisposeScope();
        Tensor[] densities = [.. members.Select(Densities)];
        return densities.Length > 0 ? Weights(stack(densities, 1))
            : throw new ArgumentException("There are 0 members; expected at least one.", nameof(members));

        Tensor Densities(FunctionDistribution member)
        {
            using var predictor = new MonteCarloPredictive(member, likelihood, options.Samples, options.Seed, options.Budget);
            using var prediction = predictor.Predict(input, target, cancellationToken: cancellationToken);
            return prediction.LogPredictiveDensity.to(ScalarType.Float64, copy: true);
        }
    }

    /// <summary>Makes the ensemble of the members that stacking gives a weight.</summary>
    /// <param name="members">The members, at least one, which stay the caller's.</param>
    /// <param name="likelihood">p(y | f).</param>
    /// <param name="input">The inputs of held-out rows, <c>[V, …]</c>, which no member was trained on.</param>
    /// <param name="target">Their targets, <c>[V, …]</c>.</param>
    /// <param name="options">The options; the defaults if null.</param>
    /// <param name="cancellationToken">Ends the work between two blocks of a prediction.</param>
    /// <returns>An ensemble without the members of weight 0.</returns>
    /// <exception cref="ArgumentException">There is no member, tensors do not fit, or a member predicts no density for a row.</exception>
    public static Ensemble Fit(
        IEnumerable<FunctionDistribution> members, Likelihood likelihood, NetworkInput input, Tensor target, StackingOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(members);
        FunctionDistribution[] all = [.. members];
        var kept = all.Zip(Weights(all, likelihood, input, target, options, cancellationToken)).Where(each => each.Second > 0).ToArray();
        return new Ensemble(kept.Select(each => each.First), kept.Select(each => each.Second));
    }

    private static void RequireDensities(int row, double[] values)
    {
        foreach (var (member, value) in values.Index())
            if (double.IsNaN(value) || double.IsPositiveInfinity(value))
                throw new ArgumentException(
                    $"The log density of row {row} under member {member} is {value}; expected a number below infinity.", "logDensities");
        if (values.All(double.IsNegativeInfinity))
            throw new ArgumentException(
                $"The density of row {row} is 0 under all {values.Length} members, so no weights can explain it; expected one that is above 0.",
                "logDensities");
    }

    // The weights do not depend on a factor of a row.
    private static double[] Relative(double[] values)
    {
        double largest = values.Max();
        return Array.ConvertAll(values, value => Math.Exp(value - largest));
    }
}
