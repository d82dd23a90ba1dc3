using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Posteriors;

/// <summary>
/// A normal posterior of a matrix of weights, W = mu + A (S ∘ E) Bᵀ, with independent N(0, 1) numbers E and standard deviations S: with eigenvectors
/// A
/// and B it is the posterior of a Kronecker-factored curvature with a prior (Ritter, Botev &amp; Barber 2018, "A Scalable Laplace Approximation for
/// Neural Networks", §2). The rows are axis 0 of the tensor, and the columns all other axes; a bias is one column.
/// </summary>
/// <remarks>
/// A view of four tensors of another owner; it disposes nothing. Posteriors that share E, such as those of weight and bias, are one normal
/// distribution. Entropy and total correlation are those of this tensor alone.
/// </remarks>
public sealed class KroneckerNormal : WeightPosterior
{
    internal const string LeftName = "left", RightName = "right", LogVarianceName = MeanFieldNormal.LogVarianceName;

    private readonly long _rows, _columns;

    /// <summary>Creates a posterior over tensors shaped like <paramref name="mean"/>.</summary>
    /// <param name="mean">mu, in the weight's unit, with <c>rows</c> on axis 0 and <c>columns</c> in all others.</param>
    /// <param name="logVariance">log S², <c>[rows, noise]</c>.</param>
    /// <param name="left">A, <c>[rows, rows]</c>, invertible; null for the identity, if the rows are independent.</param>
    /// <param name="right">B, <c>[columns, noise]</c>, with at least as many columns as rows.</param>
    /// <param name="sharedName">The name under which several posteriors share E; null if they do not.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public KroneckerNormal(Tensor mean, Tensor logVariance, Tensor? left, Tensor right, string? sharedName = null) : base(mean)
    {
        ArgumentNullException.ThrowIfNull(right);
        ArgumentNullException.ThrowIfNull(logVariance);
        (_rows, _columns) = MatrixOf(Shape);
        long noise = right.ndim == 2 ? right.shape[1] : 0;
        if (left?.shape.AsSpan().SequenceEqual([_rows, _rows]) == false || noise < _columns || right.shape[0] != _columns
            || !logVariance.shape.AsSpan().SequenceEqual([_rows, noise]))
            throw new ArgumentException(
                $"The factors of {_rows} rows and {_columns} columns have shapes {(left is null ? "null" : Shapes.Describe(left.shape))}, "
                + $"{Shapes.Describe(right.shape)} and "
                + $"{Shapes.Describe(logVariance.shape)}; expected [{_rows}, {_rows}], [{_columns}, noise] and [{_rows}, noise], with noise of at "
                + $"least {_columns}.", nameof(right));
        (Left, Right, LogVariance, SharedName) = (left, right, logVariance, sharedName);
    }

    /// <summary>Gets A, <c>[rows, rows]</c>; null for the identity, if the rows are independent.</summary>
    public Tensor? Left { get; }

    /// <summary>Gets B, <c>[columns, noise]</c>.</summary>
    public Tensor Right { get; }

    /// <summary>Gets log S², <c>[rows, noise]</c>.</summary>
    public Tensor LogVariance { get; }

    /// <summary>Gets the name under which several posteriors share E, or null.</summary>
    public string? SharedName { get; }

    /// <summary>Gets <c>mu</c>, <c>log_var</c>, <c>left</c> and <c>right</c>.</summary>
    public override IReadOnlyList<(string Name, Tensor Value)> Parameters =>
        Left is null ? [(MeanName, Mean), (LogVarianceName, LogVariance), (RightName, Right)]
            : [(MeanName, Mean), (LogVarianceName, LogVariance), (LeftName, Left), (RightName, Right)];

    /// <summary>Gets the noise E, <c>[rows, noise]</c>, named by <c>log_var</c> or by the shared name.</summary>
    public override IReadOnlyList<PosteriorNoise> Noise => [new(LogVariance, LogVariance.shape) { SharedName = SharedName }];

    /// <summary>Computes A (S ∘ E) Bᵀ.</summary>
    /// <inheritdoc/>
    public override Tensor DeviationsFrom(IReadOnlyList<Tensor> noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        using var scope = NewDisposeScope();
        long[] leading = noise[0].shape[..^2];
        var scaled = LogVariance.mul(Scalars.Half).exp().mul(noise[0]);
        var right = scaled.reshape(-1, Right.shape[1]).mm(Right.t()).reshape(-1, _rows, _columns);
        if (Left is not null)
            right = Left.unsqueeze(0).expand(right.shape[0], _rows, _rows).bmm(right);
        return right.reshape([.. leading, .. Shape]).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the distributions of each weight alone. In half precision their log-variance is in single precision.</summary>
    /// <inheritdoc/>
    public override MeanFieldNormal Marginals()
    {
        using var scope = NewDisposeScope();
        return new(Mean, Variance().log().MoveToOuterDisposeScope());
    }

    /// <summary>Computes A² S² (B²)ᵀ with squares of each number; in single precision if the parameters are in half precision.</summary>
    /// <inheritdoc/>
    public override Tensor Variance()
    {
        using var scope = NewDisposeScope();
        var right = Right.Widened();
        var variances = LogVariance.Widened().exp();
        if (Left?.Widened() is { } left)
            variances = left.mul(left).mm(variances);
        return variances.mm(right.mul(right).t()).reshape(Shape).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Computes ½ log det(2πe Σ) of the weights of this tensor: with the rows s of S, log det Σ = 2 · columns · log |det A| + Σ log det(B diag(s²)
    /// Bᵀ).
    /// In double precision inside.
    /// </summary>
    /// <inheritdoc/>
    public override Tensor Entropy()
    {
        using var scope = NewDisposeScope();
        using Scalar constant = Mean.numel() * StandardNormal.Entropy, columns = (double)_columns;
        Tensor right = Right.to(ScalarType.Float64), logs = LogVariance.to(ScalarType.Float64), ofRows;
        if (right.shape[1] == _columns)
        {
            using Scalar rows = (double)_rows;
            ofRows = logs.sum().add(right.mm(right.t()).logdet(), rows);
        }
        else
        {
            var scaled = logs.mul(Scalars.Half).exp().unsqueeze(1).mul(right);
            ofRows = scaled.bmm(scaled.transpose(1, 2)).logdet().sum();
        }
        if (Left?.to(ScalarType.Float64) is { } left)
            ofRows = ofRows.add(left.mm(left.t()).logdet().mul(columns), Scalars.One);
        return ofRows.mul(Scalars.Half).add(constant, Scalars.One).to(Mean.dtype.ForSums()).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the number of rows and columns of a tensor as a matrix.</summary>
    internal static (long Rows, long Columns) MatrixOf(long[] shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        long count = shape.Aggregate(1L, (product, size) => product * size), rows = shape.Length == 0 ? 1 : shape[0];
        return (rows, rows == 0 ? 0 : count / rows);
    }
}
