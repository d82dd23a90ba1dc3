using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Posteriors;

/// <summary>
/// A normal posterior of a matrix of weights with a full covariance L Lᵀ for each row, the weights of one output; rows are independent of each other
/// (Harrison, Willes &amp; Snoek 2024, "Variational Bayesian Last Layers", §3). L is lower triangular: sigma on its diagonal, and below it the
/// numbers of <see cref="Factor"/>. The rows are axis 0 of the tensor, and the columns all other axes; a bias is one column.
/// </summary>
/// <remarks>
/// A view of three tensors of another owner; it disposes nothing. The factor takes the square of the number of columns for each row.
/// </remarks>
public sealed class RowNormal : WeightPosterior
{
    internal const string FactorName = "factor";

    private readonly long _rows, _columns;

    /// <summary>Creates a posterior over tensors shaped like <paramref name="mean"/>.</summary>
    /// <param name="mean">mu, in the weight's unit.</param>
    /// <param name="logVariance">log sigma², twice the logarithm of the diagonal of L, of the same shape.</param>
    /// <param name="factor">L below its diagonal, in the weight's unit, <c>[rows, columns, columns]</c>; its other numbers are not used.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public RowNormal(Tensor mean, Tensor logVariance, Tensor factor) : base(mean)
    {
        ArgumentNullException.ThrowIfNull(logVariance);
        ArgumentNullException.ThrowIfNull(factor);
        (_rows, _columns) = KroneckerNormal.MatrixOf(Shape);
        if (!logVariance.shape.AsSpan().SequenceEqual(Shape))
            throw new ArgumentException(
                $"The log-variance has shape {Shapes.Describe(logVariance.shape)}; expected {Shapes.Describe(Shape)}, the mean's shape.",
                nameof(logVariance));
        if (!factor.shape.AsSpan().SequenceEqual([_rows, _columns, _columns]))
            throw new ArgumentException(
                $"The factor has shape {Shapes.Describe(factor.shape)}; expected {Shapes.Describe([_rows, _columns, _columns])}, a square of the "
                + "columns for each row.", nameof(factor));
        (LogVariance, Factor) = (logVariance, factor);
    }

    /// <summary>Gets log sigma², twice the logarithm of the diagonal of L: the variance of a weight given those before it in its row.</summary>
    public Tensor LogVariance { get; }

    /// <summary>Gets L below its diagonal, <c>[rows, columns, columns]</c>.</summary>
    public Tensor Factor { get; }

    /// <summary>Gets <c>mu</c>, <c>log_var</c> and <c>factor</c>.</summary>
    public override IReadOnlyList<(string Name, Tensor Value)> Parameters =>
        [(MeanName, Mean), (MeanFieldNormal.LogVarianceName, LogVariance), (FactorName, Factor)];

    /// <summary>Computes L eps for each row.</summary>
    /// <inheritdoc/>
    public override Tensor DeviationsFrom(IReadOnlyList<Tensor> noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        using var scope = NewDisposeScope();
        long[] leading = noise[0].shape[..^Shape.Length];
        var epsilon = noise[0].reshape(-1, _rows, _columns).permute(1, 2, 0);
        var deviations = Factor.tril(-1).bmm(epsilon).addcmul(Sigma().unsqueeze(2), epsilon, Scalars.One);
        return deviations.permute(2, 0, 1).reshape([.. leading, .. Shape]).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the distributions of each weight alone. In half precision their log-variance is in single precision.</summary>
    /// <inheritdoc/>
    public override MeanFieldNormal Marginals()
    {
        using var scope = NewDisposeScope();
        return new(Mean, Variance().log().MoveToOuterDisposeScope());
    }

    /// <summary>Computes the sums of the squares of the rows of L; in single precision if the parameters are in half precision.</summary>
    /// <inheritdoc/>
    public override Tensor Variance()
    {
        using var scope = NewDisposeScope();
        var below = Factor.Widened().tril(-1);
        return LogVariance.Widened().exp().add(below.mul(below).sum([2L]).reshape(Shape), Scalars.One).MoveToOuterDisposeScope();
    }

    /// <summary>Computes ½ log det(2πe L Lᵀ), which is that of independent weights with the variances sigma².</summary>
    /// <inheritdoc/>
    public override Tensor Entropy()
    {
        using var scope = NewDisposeScope();
        return new MeanFieldNormal(Mean, LogVariance).Entropy().MoveToOuterDisposeScope();
    }

    /// <summary>Computes ½ Σ log(1 + |l|² / sigma²), with l the rows of L left of the diagonal. No large numbers are subtracted.</summary>
    /// <inheritdoc/>
    public override Tensor TotalCorrelation()
    {
        using var scope = NewDisposeScope();
        var scaled = Factor.Widened().tril(-1).mul(LogVariance.Widened().mul(Scalars.MinusHalf).exp().reshape(_rows, _columns, 1));
        return scaled.mul(scaled).sum([2L]).log1p().sum(Mean.dtype.ForSums()).mul(Scalars.Half).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override OutputSpread SpreadOf(Tensor? rows, Func<WeightPosterior, Tensor> variance)
    {
        using var scope = NewDisposeScope();
        if (rows is null)
            return new OutputSpread(LogVariance.exp().unsqueeze(0), Root: null).MoveToOuter(scope);
        // The diagonal apart: it needs no matrix.
        var shared = rows.unsqueeze(0);
        var deviations = shared.expand(_rows, -1, -1).bmm(Factor.tril(-1)).addcmul(shared, Sigma().unsqueeze(1), Scalars.One);
        return new OutputSpread(deviations.mul(deviations).sum([2L]).t(), Root: null).MoveToOuter(scope);
    }

    // The diagonal of L, [rows, columns].
    private Tensor Sigma() => LogVariance.mul(Scalars.Half).exp().reshape(_rows, _columns);
}
