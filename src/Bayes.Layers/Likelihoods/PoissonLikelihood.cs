using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// y ∈ {0, 1, 2, …} with y ~ Poisson(exp(f)): regression of counts, such as events in a given time. The network gives the logarithm of
/// the rate and ends in a linear layer; output and target are <c>[B, …]</c>.
/// </summary>
/// <remarks>
/// f counts as 40 where it is above, a rate of 10¹⁷, so that neither a rate nor the square of a gradient is infinite in single precision; its
/// gradient there is what brings it back. For counts from unequal times add the logarithm of the time to f.
/// </remarks>
public sealed class PoissonLikelihood : Likelihood
{
    private static readonly Scalar LargestLogRate = 40.0;

    private readonly bool _validate;

    /// <summary>A Poisson likelihood over log-rates.</summary>
    /// <param name="validate">
    /// Whether targets are checked to be whole numbers of at least 0 at every call. On CUDA the check waits for the device; turn it off for data that was
    /// checked before.
    /// </param>
    public PoissonLikelihood(bool validate = true) => _validate = validate;

    /// <summary>
    /// y f − exp(f) − log y!, in nats, summed over the axes of one example. Computed in double precision: of large counts it is a small difference
    /// of large numbers.
    /// </summary>
    /// <inheritdoc/>
    public override Tensor LogProbability(Tensor output, Tensor target)
    {
        int leading = LeadingAxes(output, target);
        if (_validate)
            RequireCounts(target);
        using var scope = NewDisposeScope();
        var count = target.to(ScalarType.Float64);
        var logRate = LogRate(output.to(ScalarType.Float64));
        var each = count.mul(logRate).add(logRate.exp(), Scalars.MinusOne).add(count.add(Scalars.One, Scalars.One).lgamma(), Scalars.MinusOne);
        return SumOverExample(each, leading).to(output.dtype.AtLeastSingle()).MoveToOuterDisposeScope();
    }

    /// <summary>exp(f).</summary>
    /// <inheritdoc/>
    public override Tensor Mean(Tensor output)
    {
        Require.Output(output);
        using var scope = NewDisposeScope();
        return LogRate(output).exp().MoveToOuterDisposeScope();
    }

    /// <summary>exp(f): the mean.</summary>
    /// <inheritdoc/>
    public override Tensor Variance(Tensor output) => Mean(output);

    /// <inheritdoc/>
    public override string ToString() => nameof(PoissonLikelihood);

    private static Tensor LogRate(Tensor output) => output.ClampKeepingGradient(minimum: null, LargestLogRate);

    private static void RequireCounts(Tensor target)
    {
        Require.AllFinite(target, nameof(target));
        using var scope = NewDisposeScope();
        var values = target.to(ScalarType.Float64).flatten();
        var isNoCount = values.lt(Scalars.Zero).logical_or(values.ne(values.floor()));
        if (isNoCount.any().ReadBoolean())
            throw new ArgumentException(
                $"target has the value {values.masked_select(isNoCount)[0].ReadDouble()}; expected counts: whole numbers of at least 0.", nameof(target));
    }
}
