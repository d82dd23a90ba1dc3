using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Laplace;

/// <summary>
/// The generalized Gauss–Newton matrix Σ_n J_nᵀ Λ_n J_n of the weights of some layers, or an approximation of it, added up over rows.
/// </summary>
/// <remarks>Owns its tensors.</remarks>
internal abstract class Curvature(IReadOnlyList<WeightMatrix> matrices, CurvatureSettings settings) : IDisposable
{
    private const string Signs = "signs of a curvature";

    /// <summary>Gets the matrices.</summary>
    public IReadOnlyList<WeightMatrix> Matrices => matrices;

    /// <summary>Gets the settings.</summary>
    protected CurvatureSettings Settings => settings;

    /// <summary>Adds the rows of a pass.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="likelihood">p(y | f).</param>
    /// <param name="target">The targets of the rows.</param>
    /// <param name="firstRow">The number of the first row, which names its signs.</param>
    /// <exception cref="NotSupportedException">The likelihood does not tell its curvature.</exception>
    public void Add(CapturedPass pass, Likelihood likelihood, Tensor target, long firstRow)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        AddInputs(pass);
        if (pass.EndsInLayer && pass.InputsOf(0).shape[1] == 1 && likelihood.CurvatureOf(pass.Output, target) is { } curvature
            && AddIdentity(pass, curvature))
            return;
        var factor = likelihood.CurvatureFactor(pass.Output, target);
        if (factor.shape[^1] > settings.MostExactColumns && !(pass.EndsInLayer && pass.InputsOf(0).shape[1] == 1))
            factor = ByRandomSigns(factor, firstRow);
        for (long column = 0; column < factor.shape[^1]; column++)
        {
            using var columnScope = NewDisposeScope();
            AddColumn(pass, pass.Gradients(factor.select(-1, column)));
        }
    }

    /// <summary>Ends the sum.</summary>
    /// <param name="rows">N, the number of rows.</param>
    public abstract void Complete(long rows);

    /// <summary>Returns the curvature of each weight, <c>[Count]</c> for each matrix, to find what is not finite or zero.</summary>
    public abstract Tensor Diagonal(int matrix);

    /// <summary>Gets the number of parts of the curvature that do not depend on each other: by default one for each matrix.</summary>
    public virtual int PartCount => matrices.Count;

    /// <summary>Returns log det(scale · H + diag(precisions)) of a part, differentiable in both.</summary>
    /// <param name="part">Zero-based index of the part.</param>
    /// <param name="scale">A scalar in double precision.</param>
    /// <param name="precisions">The prior precision of the weights of each matrix, <c>[matrices]</c> in double precision.</param>
    /// <param name="isOne">Whether all precisions are one number.</param>
    public abstract Tensor LogDeterminant(int part, Tensor scale, Tensor precisions, bool isOne);

    /// <summary>Returns the covariance (scale · H + diag(precisions))⁻¹ of the weights.</summary>
    /// <param name="scale">A factor of the curvature.</param>
    /// <param name="precisions">The prior precision of the weights of each matrix.</param>
    /// <returns>A covariance that the caller disposes.</returns>
    public abstract WeightCovariance Covariance(double scale, IReadOnlyList<double> precisions);

    /// <summary>Frees the tensors.</summary>
    public abstract void Dispose();

    /// <summary>Adds what the inputs of the layers tell.</summary>
    protected virtual void AddInputs(CapturedPass pass)
    {
    }

    /// <summary>Adds the rows of a network that ends in the only layer with one place, without a gradient.</summary>
    /// <returns>False if this is not done here.</returns>
    protected virtual bool AddIdentity(CapturedPass pass, OutputCurvature curvature) => false;

    /// <summary>Adds J_nᵀ v_n v_nᵀ J_n of each row.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="gradients">The gradients in the direction v_n, <c>[B, T, outputs]</c> for each matrix.</param>
    protected abstract void AddColumn(CapturedPass pass, Tensor[] gradients);

    /// <summary>Returns the factors of a matrix's gradient: those of the rows and those of the columns, <c>[B, T, …]</c> each.</summary>
    public static (Tensor Rows, Tensor Columns) Factors(CapturedPass pass, int matrix, Tensor gradient)
    {
        var inputs = pass.InputsOf(matrix);
        return pass.Matrices[matrix].IsTransposed ? (inputs, gradient) : (gradient, inputs);
    }

    /// <summary>Returns the gradient of each example, <c>[B, Rows, Columns]</c>.</summary>
    public static Tensor OfExamples((Tensor Rows, Tensor Columns) factors)
    {
        using var scope = NewDisposeScope();
        return factors.Rows.transpose(1, 2).contiguous().bmm(factors.Columns).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the gradient of each example in the order of the matrix's parameters, <c>[B, Count]</c>.</summary>
    public static Tensor OfAllWeights(CapturedPass pass, int matrix, (Tensor Rows, Tensor Columns) factors)
    {
        using var scope = NewDisposeScope();
        var each = OfExamples(factors);
        if (pass.RowsOf(matrix) is { } met)
            each = zeros([each.shape[0], pass.Matrices[matrix].Rows, each.shape[2]], each.dtype, each.device).index_copy_(1, met, each);
        return pass.Matrices[matrix].Flatten(each).MoveToOuterDisposeScope();
    }

    /// <summary>Adds values of the rows that a pass meets, <c>[U, …]</c>, to those of all rows.</summary>
    protected static void AddToRows(Tensor total, CapturedPass pass, int matrix, Tensor values)
    {
        if (pass.RowsOf(matrix) is { } met)
            total.index_add_(0, met, values, Scalars.One);
        else
            total.add_(values, Scalars.One);
    }

    // E[ε εᵀ] = I, so L ε has the products of L on average. The signs of a row do not depend on the blocks of rows.
    private Tensor ByRandomSigns(Tensor factor, long firstRow)
    {
        using var scope = NewDisposeScope();
        int rows = (int)factor.shape[0], count = settings.MostExactColumns;
        using Scalar share = 1 / Math.Sqrt(count);
        var noise = NamedNoise.StandardNormal(
            settings.Seed, NamedNormals.Stream(Signs), (int)firstRow, rows, [factor.shape[^1], count], factor.dtype, factor.device);
        var signs = where(noise.lt(Scalars.Zero), full_like(noise, Scalars.MinusOne), ones_like(noise));
        return factor.bmm(signs).mul(share).MoveToOuterDisposeScope();
    }
}

/// <summary>How a curvature is computed.</summary>
/// <param name="MostExactColumns">The most directions of the outputs of a row for which gradients are taken.</param>
/// <param name="Seed">The seed of random signs.</param>
/// <param name="Budget">The memory to work in.</param>
internal sealed record CurvatureSettings(int MostExactColumns, long Seed, MemoryBudget Budget)
{
    /// <summary>Returns how many rows that take some bytes each are computed at a time; at least 1.</summary>
    public long RowsOf(double bytes) => Math.Max(1, (long)(Budget.Bytes / (4 * bytes)));
}
