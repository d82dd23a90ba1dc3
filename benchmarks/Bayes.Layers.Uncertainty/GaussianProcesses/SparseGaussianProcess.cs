using TorchSharp;
using static Bayes.Layers.Uncertainty.GaussianProcesses.Algebra;
using static TorchSharp.torch;

namespace Bayes.Layers.Uncertainty.GaussianProcesses;

/// <summary>
/// A Gaussian process that sees the rows through inducing points: the collapsed lower bound of the log marginal likelihood, and the predictions of
/// its best variational distribution (Titsias 2009, "Variational Learning of Inducing Variables in Sparse Gaussian Processes", eq. 9 and 10).
/// </summary>
/// <remarks>
/// After the <see cref="KernelParameters"/> the parameters are the inducing points, row by row. With A = L⁻¹ K_mn / σ, K_mm = L Lᵀ, B = I + A Aᵀ
/// and Q = σ² AᵀA the derivative of the bound by Q is G = ½ (α αᵀ + σ⁻² Aᵀ B⁻¹ A) with α = (Q + σ² I)⁻¹ y. Q depends on the kernel by K_mn and
/// K_mm, whose derivatives follow from P = K_mm⁻¹ K_mn: 2 P G and −P G Pᵀ.
/// </remarks>
/// <param name="inputs"><c>[rows, columns]</c> in double precision; stays the caller's.</param>
/// <param name="targets"><c>[rows, 1]</c> with mean 0; stays the caller's.</param>
/// <param name="points">Number of inducing points.</param>
/// <param name="kernel">The kernel.</param>
internal sealed class SparseGaussianProcess(Tensor inputs, Tensor targets, int points, Kernel kernel) : GaussianProcess
{
    // Added to the diagonal of K_mm, relative to the variance: inducing points may meet.
    private const double Jitter = 1e-8;

    private readonly long _rows = inputs.shape[0];
    private readonly int _columns = (int)inputs.shape[1];

    public override (double Value, double[] Gradient)? Evaluate(double[] parameters)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var known = new KernelParameters(parameters, _columns);
        double sigma = Math.Sqrt(known.Noise);
        using Scalar variance = known.Variance, inverseSigma = 1 / sigma;
        var lengths = tensor(known.Lengths);
        Tensor scaled = inputs.div(lengths), induced = InducedOf(parameters).div(lengths);
        var (betweenPoints, slopeOfPoints) = kernel.Evaluate(SquaredDistances(induced, induced));
        var (across, slopeAcross) = kernel.Evaluate(SquaredDistances(induced, scaled));
        across.mul_(variance);
        if (RootOfPoints(betweenPoints, variance) is not { } root)
            return null;
        var a = Solve(root, across).mul_(inverseSigma);
        var squares = a.mm(a.t());
        var identity = Identity(points);
        if (Root(squares.add(identity, One)) is not { } inner)
            return null;
        var product = a.mm(targets);
        var solved = product.cholesky_solve(inner);
        double explained = Number(product.mul(solved).sum()), squaredTargets = Number(targets.mul(targets).sum());
        double trace = Number(squares.trace());
        double bound = -0.5 * _rows * Math.Log(2 * Math.PI * known.Noise) - LogRootDeterminant(inner)
            - 0.5 * (squaredTargets - explained) / known.Noise - 0.5 * (_rows * known.Variance / known.Noise - trace);

        using Scalar inverseNoise = 1 / known.Noise;
        var weights = targets.add(a.t().mm(solved), MinusOne).mul_(inverseNoise);
        var inverse = inner.cholesky_inverse();
        // P α, and L⁻ᵀ (I − B⁻¹) A / σ = σ⁻² P Aᵀ B⁻¹ A: twice P G is their outer product with α and their sum.
        var pointWeights = Solve(root, a.mm(weights), isTransposed: true);
        using Scalar sigmaOnce = sigma;
        pointWeights.mul_(sigmaOnce);
        var byAcross = Solve(root, identity.add(inverse, MinusOne).mm(a), isTransposed: true).mul_(inverseSigma)
            .add_(pointWeights.mm(weights.t()), One);
        // L⁻ᵀ (I − B⁻¹) (B − I) L⁻¹, where the middle is A Aᵀ − I + B⁻¹.
        var middle = squares.add(inverse, One).add_(identity, MinusOne);
        var half = Solve(root, middle, isTransposed: true);
        var byPoints = Solve(root, half.t(), isTransposed: true).add_(pointWeights.mm(pointWeights.t()), One).mul_(MinusHalf);

        var gradient = new double[parameters.Length];
        using Scalar jitter = Jitter;
        var covarianceOfPoints = betweenPoints.add(identity, jitter).mul_(variance);
        gradient[_columns] = Number(byAcross.mul(across).sum()) + Number(byPoints.mul(covarianceOfPoints).sum())
            - 0.5 * _rows * known.Variance / known.Noise;
        double traceOfInverse = (_rows - points + Number(inverse.trace())) / known.Noise;
        gradient[_columns + 1] = 0.5 * known.Noise * (Number(weights.mul(weights).sum()) - traceOfInverse)
            + 0.5 * (_rows * known.Variance / known.Noise - trace);

        var acrossByDistance = byAcross.mul_(slopeAcross).mul_(variance);
        var pointsByDistance = byPoints.mul_(slopeOfPoints).mul_(variance);
        Tensor sumsAcross = acrossByDistance.sum([1L], keepdim: true), productAcross = acrossByDistance.mm(scaled);
        var acrossOfPoints = sumsAcross.mul(induced).add(productAcross, MinusOne);
        var pointsOfPoints = pointsByDistance.sum([1L], keepdim: true).mul(induced).add(pointsByDistance.mm(induced), MinusOne);
        // Σ H (v − u)² = Σ h v² + Σ g u² − 2 Σ v H u, for each column.
        var squaredAcross = acrossOfPoints.add(productAcross, MinusOne).mul_(induced).sum([0L])
            .add_(acrossByDistance.sum([0L]).unsqueeze(1).mul(scaled).mul_(scaled).sum([0L]), One);
        var squaredPoints = pointsOfPoints.mul(induced).sum([0L]);
        foreach (var (column, derivative) in squaredAcross.add(squaredPoints, Two).data<double>().ToArray().Index())
            gradient[column] = -2 * derivative;
        // The distance of a point to itself stays 0; each other pair of points is in the matrix twice.
        var byInduced = acrossOfPoints.add(pointsOfPoints, Two).div_(lengths).mul_(Two);
        byInduced.data<double>().ToArray().CopyTo(gradient, _columns + 2);
        bound -= known.Penalty(gradient);
        return double.IsFinite(bound) && gradient.All(double.IsFinite) ? (bound, gradient) : null;
    }

    public override (double[] Mean, double[] Variance)? Predict(double[] parameters, Tensor test)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var known = new KernelParameters(parameters, _columns);
        using Scalar variance = known.Variance, inverseSigma = 1 / Math.Sqrt(known.Noise);
        var lengths = tensor(known.Lengths);
        var induced = InducedOf(parameters).div(lengths);
        if (RootOfPoints(kernel.Evaluate(SquaredDistances(induced, induced)).Value, variance) is not { } root)
            return null;
        var a = Solve(root, kernel.Evaluate(SquaredDistances(induced, inputs.div(lengths))).Value.mul_(variance)).mul_(inverseSigma);
        if (Root(a.mm(a.t()).add_(Identity(points), One)) is not { } inner)
            return null;
        var between = Solve(root, kernel.Evaluate(SquaredDistances(induced, test.div(lengths))).Value.mul_(variance));
        var mean = between.t().mm(a.mm(targets).cholesky_solve(inner)).mul_(inverseSigma);
        var left = Solve(inner, between);
        var spread = between.mul(between).sum([0L]).add(left.mul(left).sum([0L]), MinusOne);
        double prior = known.Variance + known.Noise, least = known.Noise;
        return (
            mean.data<double>().ToArray(), [.. spread.data<double>().Select(explained => Math.Max(prior - explained, least))]);
    }

    private Tensor InducedOf(double[] parameters) => tensor(parameters[(_columns + 2)..], [points, _columns]);

    private Tensor? RootOfPoints(Tensor correlation, Scalar variance)
    {
        using var scope = NewDisposeScope();
        using Scalar jitter = Jitter;
        return Root(correlation.add(Identity(points), jitter).mul_(variance))?.MoveToOuterDisposeScope();
    }
}
