using Bayes.Layers.Kernels;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// y ~ Σ_k π_k N(m_k, v_k) with K normal distributions whose weights, means and variances all come from the network: regression whose noise may
/// depend on the input, have heavy tails, be skewed or have several modes (Bishop 1994, "Mixture Density Networks", equations 22 to 26). For targets
/// <c>[B, D]</c> the network returns <c>[B, 3 D K]</c>: for each of D dimensions K logits of the weights, then likewise the means, then the
/// logarithms of the variances.
/// </summary>
/// <remarks>
/// The dimensions of a target are independent given the output. With K = 1 this is <see cref="HeteroscedasticGaussianLikelihood"/> with one output
/// too many.
/// <para>The density of a number that was rounded to a grid is not a density: a network can place a narrow distribution on each point of the grid.
/// <see cref="MinimumStddev"/> is the limit; the standard deviation that rounding to steps of g causes is g / √12.</para>
/// <para>A log-variance beyond ±40 counts as ±40; it keeps its gradient, which brings it back.</para>
/// </remarks>
public sealed class GaussianMixtureLikelihood : ContinuousLikelihood, IOutputGradient
{
    private const double LargestLog = 40, SmallestLog = -LargestLog;
    private const int MostOnStack = 64;

    private static readonly Scalar MinusLogOfRootOfTwoPi = -StandardNormal.LogOfRootOfTwoPi;
    private static readonly Scalar LargestLogVariance = LargestLog;
    private static readonly Scalar SmallestLogVariance = SmallestLog;

    private readonly bool _validate;
    private readonly double _minimumVariance;
    private readonly Scalar _addedVariance;

    /// <summary>Creates a likelihood of mixtures of normal distributions.</summary>
    /// <param name="components">K, the number of normal distributions; at least 1.</param>
    /// <param name="minimumStddev">The least standard deviation of each, in the target's unit: its square is added to the variances of the network.
    /// At least 0, the default.</param>
    /// <param name="validate">
    /// Whether every call checks that targets are finite. On CUDA the check waits for the device; turn it off for data that was checked before.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public GaussianMixtureLikelihood(int components, double minimumStddev = 0, bool validate = true)
    {
        Components = (int)Require.Positive(components);
        MinimumStddev = Require.NonNegativeAndFinite(minimumStddev);
        _addedVariance = _minimumVariance = minimumStddev * minimumStddev;
        _validate = validate;
    }

    /// <summary>Gets K, the number of normal distributions.</summary>
    public int Components { get; }

    /// <summary>Gets the least standard deviation of each, in the target's unit.</summary>
    public double MinimumStddev { get; }

    /// <summary>Returns log Σ_k π_k N(y; m_k, v_k), in nats, summed over the dimensions of the target.</summary>
    /// <param name="output">Logits, means and log-variances: <c>[B, 3 D K]</c> of one pass or <c>[S, B, 3 D K]</c> of S passes.</param>
    /// <param name="target">y: <c>[B, D]</c>.</param>
    /// <returns><c>[B]</c> or <c>[S, B]</c>, differentiable in the output.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public override Tensor LogProbability(Tensor output, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(target);
        using var scope = NewDisposeScope();
        var (logits, means, variances) = Split(output.Widened());
        int leading = LeadingAxes(means.select(-1, 0), target, output.shape);
        if (_validate)
            Require.AllFinite(target, nameof(target));
        // Divide before squaring: the square of a large difference may overflow single precision.
        var scores = target.to(means.dtype).unsqueeze(-1).add(means, Scalars.MinusOne).div(variances.sqrt());
        var each = scores.mul(scores).add(variances.log(), Scalars.One).mul(Scalars.MinusHalf).add(MinusLogOfRootOfTwoPi, Scalars.One);
        return SumOverExample(each.add(logits.log_softmax(-1), Scalars.One).logsumexp(-1), leading).MoveToOuterDisposeScope();
    }

    /// <summary>Returns Σ_k π_k m_k.</summary>
    /// <inheritdoc/>
    public override Tensor Mean(Tensor output)
    {
        using var scope = NewDisposeScope();
        var (logits, means, _) = Split(output);
        return logits.softmax(-1).mul(means).sum([-1L]).MoveToOuterDisposeScope();
    }

    /// <summary>Returns Σ_k π_k (v_k + (m_k − m)²) with the mean m of the mixture.</summary>
    /// <inheritdoc/>
    public override Tensor Variance(Tensor output)
    {
        using var scope = NewDisposeScope();
        var (logits, means, variances) = Split(output);
        var weights = logits.softmax(-1);
        var deviations = means.add(weights.mul(means).sum([-1L], keepdim: true), Scalars.MinusOne);
        return deviations.mul(deviations).add(variances, Scalars.One).mul(weights).sum([-1L]).MoveToOuterDisposeScope();
    }

    /// <summary>Returns Σ_k π_k Φ((value − m_k) / √v_k).</summary>
    /// <inheritdoc/>
    public override Tensor CumulativeProbability(Tensor output, Tensor value)
    {
        ArgumentNullException.ThrowIfNull(value);
        using var scope = NewDisposeScope();
        var (logits, means, variances) = Split(output);
        RequireValue(means.select(-1, 0), value);
        var scores = value.unsqueeze(-1).add(means, Scalars.MinusOne).div(variances.sqrt());
        return special.ndtr(scores).mul(logits.softmax(-1)).sum([-1L]).clamp(Scalars.Zero, Scalars.One).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the quantile of each draw's mixture, by bisection to about twelve digits.</summary>
    /// <inheritdoc/>
    public override Tensor Quantile(Tensor output, double level)
    {
        Require.Output(output);
        using var scope = NewDisposeScope();
        // Each draw is a mixture of its own: an axis of one draw, and the draws as rows.
        var rows = output.to(ScalarType.Float64).reshape(1, -1, output.shape[^1]);
        var quantiles = MixtureQuantiles.Of(this, rows, Require.Mass(level));
        return quantiles.reshape([.. output.shape[..^1], output.shape[^1] / PerDimension]).to(output.dtype).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        string minimum = MinimumStddev > 0 ? FormattableString.Invariant($", minimumStddev={MinimumStddev}") : "";
        return FormattableString.Invariant($"{nameof(GaussianMixtureLikelihood)}({Components}{minimum})");
    }

    /// <inheritdoc/>
    protected internal override string? RefusalOf(nn.Module lastModule) =>
        OutputLinks.GivesNonNegative(lastModule) ? "takes the logarithms of variances, which may be below 0; leave the module out"
        : OutputLinks.GivesLogProbabilities(lastModule) ? "takes the logarithms of variances, which may be above 0; leave the module out"
        : null;

    /// <inheritdoc/>
    internal override void RequireOutputs(Tensor outputs) => RequireWidth(outputs);

    /// <inheritdoc/>
    internal override (long[] Shape, ScalarType? Type) TargetOf(long[] outputShape, long[] meanShape) => (meanShape, null);

    /// <inheritdoc/>
    internal override (Tensor Low, Tensor High) QuantileBounds(Tensor outputs, double level)
    {
        using var scope = NewDisposeScope();
        var (_, means, variances) = Split(outputs);
        using Scalar score = StandardNormal.Quantile(level);
        var own = means.add(variances.sqrt(), score);
        return scope.MoveToOuter(own.amin([-1L]), own.amax([-1L]));
    }

    /// <summary>Returns the components of all draws, which are one mixture of S K normal distributions.</summary>
    /// <inheritdoc/>
    internal override LocationScaleComponents? ComponentsOf(Tensor outputs)
    {
        using var scope = NewDisposeScope();
        using Scalar perDraw = 1.0 / outputs.shape[0];
        var (logits, means, variances) = Split(outputs);
        return new LocationScaleComponents(
            Joined(means), Joined(variances.sqrt()), count => new NormalMixture(count), StandardNormal.Quantile)
        {
            Weights = Joined(logits.softmax(-1).mul(perDraw)),
        };

        static Tensor Joined(Tensor each) => each.movedim([-1L], [1L]).flatten(0, 1).MoveToOuterDisposeScope();
    }

    bool IOutputGradient.Takes(Tensor target, int rows, int width, ScalarType dtype) =>
        width % PerDimension == 0 && ManagedTargets.Like(target, rows, width / PerDimension, dtype) && ManagedTargets.AreFinite(target);

    double IOutputGradient.NegativeLogProbability<T>(
        ReadOnlySpan<T> output, int width, Tensor target, ReadOnlySpan<double> weights, Span<T> gradient, Span<double> learnedGradient)
    {
        var targets = target.AsSpan<T>();
        int count = Components, part = width / 3, dimensions = part / count;
        double sum = 0;
        Span<double> room = count <= MostOnStack ? stackalloc double[5 * count] : new double[5 * count];
        Span<double> shares = room[..count], joint = room[count..(2 * count)], scores = room[(2 * count)..(3 * count)];
        Span<double> roots = room[(3 * count)..(4 * count)], own = room[(4 * count)..];
        for (int i = 0; i < targets.Length; i++)
        {
            int row = i / dimensions, place = row * width + i % dimensions * count;
            ReadOnlySpan<T> logits = output.Slice(place, count), means = output.Slice(place + part, count);
            var logVariances = output.Slice(place + 2 * part, count);
            double wanted = double.CreateTruncating(targets[i]), weight = weights.IsEmpty ? 1 : weights[row];
            for (int k = 0; k < count; k++)
            {
                shares[k] = double.CreateTruncating(logits[k]);
                own[k] = Math.Exp(Math.Clamp(double.CreateTruncating(logVariances[k]), SmallestLog, LargestLog));
                roots[k] = 1 / Math.Sqrt(_minimumVariance + own[k]);
                scores[k] = (wanted - double.CreateTruncating(means[k])) * roots[k];
                joint[k] = shares[k] - 0.5 * scores[k] * scores[k] + Math.Log(roots[k]) - StandardNormal.LogOfRootOfTwoPi;
            }
            sum += weight * (ToShares(shares) - ToShares(joint));
            for (int k = 0; k < count; k++)
            {
                gradient[place + k] = T.CreateTruncating(weight * (shares[k] - joint[k]));
                gradient[place + part + k] = T.CreateTruncating(-weight * joint[k] * scores[k] * roots[k]);
                double share = own[k] * roots[k] * roots[k];
                gradient[place + 2 * part + k] = T.CreateTruncating(0.5 * weight * joint[k] * share * (1 - scores[k] * scores[k]));
            }
        }
        return sum;
    }

    private int PerDimension => 3 * Components;

    // Turns logarithms into shares of their sum, and returns its logarithm.
    private static double ToShares(Span<double> logs)
    {
        double largest = double.NegativeInfinity, total = 0;
        foreach (double log in logs)
            largest = Math.Max(largest, log);
        foreach (ref double log in logs)
            total += log = Math.Exp(log - largest);
        foreach (ref double share in logs)
            share /= total;
        return largest + Math.Log(total);
    }

    // [..., D, K] each.
    private (Tensor Logits, Tensor Means, Tensor Variances) Split(Tensor output)
    {
        RequireWidth(output);
        long[] shape = output.shape, each = [.. shape[..^1], shape[^1] / PerDimension, Components];
        long part = shape[^1] / 3;
        Tensor[] parts = [.. Enumerable.Range(0, 3).Select(i => output.narrow(-1, i * part, part).reshape(each))];
        var own = parts[2].ClampKeepingGradient(SmallestLogVariance, LargestLogVariance).exp();
        return (parts[0], parts[1], MinimumStddev > 0 ? own.add(_addedVariance, Scalars.One) : own);
    }

    private void RequireWidth(Tensor output)
    {
        Require.Output(output);
        if (output.ndim is < 2 or > 3 || output.shape[^1] == 0 || output.shape[^1] % PerDimension != 0)
            throw new ArgumentException(
                $"The output has shape {Shapes.Describe(output.shape)}; expected [batch, {PerDimension} D] or [samples, batch, {PerDimension} D]: "
                + $"{Components} logits, means and log-variances for each of D target dimensions.", nameof(output));
    }
}
