using TorchSharp;
using static Bayes.Layers.Uncertainty.GaussianProcesses.Algebra;
using static TorchSharp.torch;

namespace Bayes.Layers.Uncertainty.GaussianProcesses;

/// <summary>An exact Gaussian process: the log marginal likelihood (Rasmussen &amp; Williams 2006, eq. 2.30 and 5.9) and eq. 2.25, 2.26.</summary>
/// <param name="inputs"><c>[rows, columns]</c> in double precision; stays the caller's.</param>
/// <param name="targets"><c>[rows, 1]</c> with mean 0; stays the caller's.</param>
/// <param name="kernel">The kernel.</param>
internal sealed class ExactGaussianProcess(Tensor inputs, Tensor targets, Kernel kernel) : GaussianProcess
{
    private readonly long _rows = inputs.shape[0];
    private readonly int _columns = (int)inputs.shape[1];

    public override (double Value, double[] Gradient)? Evaluate(double[] parameters)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var known = new KernelParameters(parameters, _columns);
        using Scalar variance = known.Variance, noise = known.Noise;
        var scaled = inputs.div(tensor(known.Lengths));
        var (value, slope) = kernel.Evaluate(SquaredDistances(scaled, scaled));
        var covariance = value.mul_(variance);
        if (Root(covariance.add(Identity(_rows), noise)) is not { } root)
            return null;
        var weights = targets.cholesky_solve(root);
        double evidence = -0.5 * Number(targets.mul(weights).sum()) - LogRootDeterminant(root) - 0.5 * _rows * Math.Log(2 * Math.PI);

        // The derivative by the covariance matrix, eq. 5.9, where it is symmetric: ½ (α αᵀ − K⁻¹).
        var byCovariance = weights.mm(weights.t()).add_(root.cholesky_inverse(), MinusOne).mul_(OneHalf);
        var gradient = new double[parameters.Length];
        gradient[_columns] = Number(byCovariance.mul(covariance).sum());
        gradient[_columns + 1] = known.Noise * Number(byCovariance.trace());
        // r² = Σ (u − u')² with u = x / length, so the derivative by log length is −2 (u − u')².
        var byDistance = byCovariance.mul_(slope).mul_(variance);
        var byLength = byDistance.sum([1L], keepdim: true).mul(scaled).add(byDistance.mm(scaled), MinusOne).mul_(scaled).sum([0L]);
        foreach (var (column, derivative) in byLength.data<double>().ToArray().Index())
            gradient[column] = -4 * derivative;
        evidence -= known.Penalty(gradient);
        return double.IsFinite(evidence) && gradient.All(double.IsFinite) ? (evidence, gradient) : null;
    }

    public override (double[] Mean, double[] Variance)? Predict(double[] parameters, Tensor test)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var known = new KernelParameters(parameters, _columns);
        using Scalar variance = known.Variance, noise = known.Noise;
        var lengths = tensor(known.Lengths);
        var scaled = inputs.div(lengths);
        var covariance = kernel.Evaluate(SquaredDistances(scaled, scaled)).Value.mul_(variance);
        if (Root(covariance.add_(Identity(_rows), noise)) is not { } root)
            return null;
        var between = kernel.Evaluate(SquaredDistances(scaled, test.div(lengths))).Value.mul_(variance);
        var mean = between.t().mm(targets.cholesky_solve(root));
        var explained = Solve(root, between);
        double prior = known.Variance + known.Noise, least = known.Noise;
        return (
            mean.data<double>().ToArray(),
            [.. explained.mul(explained).sum([0L]).data<double>().Select(known => Math.Max(prior - known, least))]);
    }
}
