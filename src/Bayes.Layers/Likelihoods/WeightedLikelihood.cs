using Bayes.Layers.Kernels;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// A likelihood whose targets carry the weights of their rows: everything that passes on inputs and targets, such as batches and steps, passes on
/// weights with them. Immutable.
/// </summary>
internal sealed class WeightedLikelihood : Likelihood, IOutputGradient
{
    private readonly Likelihood _likelihood;
    private readonly long[] _rowShape;
    private readonly ScalarType _type;

    /// <summary>Creates a likelihood for targets like some others.</summary>
    /// <param name="likelihood">The likelihood, without weights.</param>
    /// <param name="target">Targets without weights, <c>[N, …]</c>.</param>
    public WeightedLikelihood(Likelihood likelihood, Tensor target) =>
        (_likelihood, _rowShape, _type) = (likelihood, target.shape[1..], target.dtype);

    /// <inheritdoc/>
    public override nn.Module? Parameters => _likelihood.Parameters;

    /// <inheritdoc/>
    internal override (double Minimum, double Maximum)? LearnedRange => _likelihood.LearnedRange;

    /// <inheritdoc/>
    internal override (double Minimum, double Maximum)? LearnedRangeOf(string parameter) => _likelihood.LearnedRangeOf(parameter);

    /// <inheritdoc/>
    protected internal override string Settings => _likelihood.Settings;

    /// <summary>Returns targets with weights: <c>[N, 1 + …]</c> in double precision, which holds every number of the narrower types.</summary>
    /// <param name="target">Targets, <c>[N, …]</c>.</param>
    /// <param name="weights">Weights, <c>[N]</c>.</param>
    public static Tensor Join(Tensor target, Tensor weights)
    {
        using var scope = NewDisposeScope();
        return JointLikelihood.JoinTargets(weights.to(target.device), target).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the likelihood without weights, which predicts: weights are of the examples of a training.</summary>
    public override Likelihood Frozen() => _likelihood.Frozen();

    /// <inheritdoc/>
    public override Tensor LogProbability(Tensor output, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(target);
        using var scope = NewDisposeScope();
        var logs = _likelihood.LogProbability(output, TargetOf(target));
        return logs.mul(WeightsOf(target).to(logs.dtype)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected internal override Tensor CurvatureFactor(Tensor output) => _likelihood.CurvatureFactor(output);

    /// <inheritdoc/>
    internal override Tensor CurvatureFactor(Tensor output, Tensor target)
    {
        using var scope = NewDisposeScope();
        var factor = _likelihood.CurvatureFactor(output, TargetOf(target));
        return factor.mul(WeightsOf(target).to(factor.dtype).sqrt().reshape(-1, 1, 1)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override OutputCurvature? CurvatureOf(Tensor output, Tensor? target)
    {
        if (target is null)
            return _likelihood.CurvatureOf(output, null);
        using var scope = NewDisposeScope();
        return _likelihood.CurvatureOf(output, TargetOf(target))?.Times(WeightsOf(target)).MoveToOuter(scope);
    }

    int IOutputGradient.LearnedCount => (_likelihood as IOutputGradient)?.LearnedCount ?? 0;

    bool IOutputGradient.Takes(Tensor target, int rows, int width, ScalarType dtype)
    {
        if (_likelihood is not IOutputGradient gradient || target.ndim != 2 || target.size(0) != rows)
            return false;
        using var scope = NewDisposeScope();
        return gradient.Takes(PlainTargetOf(target), rows, width, dtype);
    }

    double IOutputGradient.NegativeLogProbability<T>(
        ReadOnlySpan<T> output, int width, Tensor target, ReadOnlySpan<double> weights, Span<T> gradient, Span<double> learnedGradient)
    {
        using var scope = NewDisposeScope();
        var own = WeightsOf(target).to(ScalarType.Float64).contiguous();
        double sum = ((IOutputGradient)_likelihood).NegativeLogProbability(
            output, width, PlainTargetOf(target), own.AsSpan<double>(), gradient, learnedGradient);
        GC.KeepAlive(own);
        return sum;
    }

    void IOutputGradient.AddLearnedGradient(ReadOnlySpan<double> learnedGradient, double factor) =>
        ((IOutputGradient)_likelihood).AddLearnedGradient(learnedGradient, factor);

    /// <inheritdoc/>
    public override Tensor Mean(Tensor output) => _likelihood.Mean(output);

    /// <inheritdoc/>
    public override Tensor Variance(Tensor output) => _likelihood.Variance(output);

    /// <inheritdoc/>
    public override string ToString() => _likelihood.ToString();

    /// <inheritdoc/>
    protected internal override string? RefusalOf(nn.Module lastModule) => _likelihood.RefusalOf(lastModule);

    /// <inheritdoc/>
    internal override void RequireOutputs(Tensor outputs) => _likelihood.RequireOutputs(outputs);

    private Tensor TargetOf(Tensor joined) => JoinedRows.Part(joined, 1, _rowShape).to(_type);

    private Tensor PlainTargetOf(Tensor joined) => TargetOf(joined).contiguous();

    private static Tensor WeightsOf(Tensor joined) => joined.select(1, 0);
}
