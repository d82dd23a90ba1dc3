using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// y ∈ {0, 1, 2, …} with y ~ Poisson(exp(f)): regression of counts whose variance is their mean, such as events in a given time. For counts that
/// vary more, use <see cref="NegativeBinomialLikelihood"/>.
/// </summary>
/// <inheritdoc/>
public sealed class PoissonLikelihood : CountLikelihood
{
    /// <summary>Creates a Poisson likelihood over log-rates.</summary>
    /// <param name="validate">
    /// Whether every call checks that targets are whole numbers of at least 0. On CUDA the check waits for the device; turn it off for data that was
    /// checked before.
    /// </param>
    public PoissonLikelihood(bool validate = true) : base(validate)
    {
    }

    /// <summary>Returns exp(f), the mean.</summary>
    /// <inheritdoc/>
    public override Tensor Variance(Tensor output) => Mean(output);

    /// <inheritdoc/>
    internal override OutputCurvature? CurvatureOf(Tensor output, Tensor? target)
    {
        using var scope = NewDisposeScope();
        return OutputCurvature.OfEach(Mean(output.Widened())).MoveToOuter(scope);
    }

    /// <inheritdoc/>
    public override string ToString() => nameof(PoissonLikelihood);

    /// <summary>Returns y f − exp(f) − log y!.</summary>
    /// <inheritdoc/>
    private protected override Tensor LogMass(Tensor logRate, Tensor count, int leading) =>
        count.mul(logRate).add(logRate.exp(), Scalars.MinusOne).add(LogFactorial(count), Scalars.MinusOne);

    /// <summary>Returns Γ(y + 1, exp(f)) / y!, the regularized upper incomplete gamma function.</summary>
    /// <inheritdoc/>
    private protected override CountRecursion Recursion(Tensor outputs)
    {
        using var scope = NewDisposeScope();
        var rate = Mean(outputs);
        return new CountRecursion(
            rate.neg().MoveToOuterDisposeScope(), rate.alias().MoveToOuterDisposeScope(), zeros_like(rate).MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    private protected override Tensor Cumulative(Tensor logRate, Tensor count) => count.add(Scalars.One, Scalars.One).igammac(logRate.exp());
}
