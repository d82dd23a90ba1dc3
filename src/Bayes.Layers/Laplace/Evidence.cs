using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Laplace;

/// <summary>
/// The evidence of a Laplace approximation as a function of the prior precisions and, for a Gaussian likelihood, of its standard deviation, which
/// scales the curvature (MacKay 1992; Immer et al. 2021, "Scalable Marginal Likelihood Estimation for Model Selection in Deep Learning", equation 8).
/// </summary>
/// <param name="likelihood">The likelihood with which the curvature was computed.</param>
/// <param name="logLikelihood">log p(D | θ), in nats.</param>
/// <param name="targets">The count of numbers in the targets.</param>
/// <param name="layerOf">The layer of each matrix.</param>
/// <param name="counts">The number of weights of each layer.</param>
/// <param name="squaredNorms">The squared length of the weights of each layer.</param>
internal sealed class Evidence(
    Likelihood likelihood, double logLikelihood, long targets, int[] layerOf, double[] counts, double[] squaredNorms)
{
    private const int MostSteps = 2_000;
    private const double Tolerance = 1e-12;

    /// <summary>Returns the factor of the curvature for a likelihood: σ₀² / σ², and 1 if it is not Gaussian.</summary>
    public double ScaleOf(Likelihood current) =>
        likelihood.NoiseStddev is { } own && current.NoiseStddev is { } other ? own / other * (own / other) : 1;

    /// <summary>Returns the same for a standard deviation, differentiable in it.</summary>
    public Tensor ScaleOf(Likelihood current, Tensor? noiseStddev)
    {
        if (noiseStddev is null)
            return tensor(ScaleOf(current), ScalarType.Float64);
        using var scope = NewDisposeScope();
        var ratio = tensor(RequireStddev(), ScalarType.Float64).div(noiseStddev.to(ScalarType.Float64).reshape([]));
        return ratio.mul(ratio).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the likelihood for a factor of the curvature.</summary>
    public Likelihood LikelihoodAt(double scale) => likelihood.WithNoiseStddev(RequireStddev() / Math.Sqrt(scale));

    /// <summary>Returns the evidence, in nats.</summary>
    public double At(Curvature curvature, double scale, IReadOnlyList<double> precisions)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        double[] given = precisions.Distinct().Count() == 1 ? [precisions[0]] : [.. precisions];
        return Of(curvature, tensor(scale, ScalarType.Float64), tensor(given, ScalarType.Float64)).ReadDouble();
    }

    /// <summary>Returns the evidence, differentiable.</summary>
    /// <param name="curvature">The curvature.</param>
    /// <param name="scale">A scalar.</param>
    /// <param name="precisions"><c>[1]</c> or <c>[layers]</c>.</param>
    public Tensor Of(Curvature curvature, Tensor scale, Tensor precisions)
    {
        using var scope = NewDisposeScope();
        var parts = Enumerable.Range(0, curvature.PartCount).Select(part => LogDeterminant(curvature, part, scale, precisions)).ToArray();
        return Of(stack(parts).sum(), scale, precisions).MoveToOuterDisposeScope();
    }

    /// <summary>Finds the precisions, and the factor of the curvature if wanted, of the highest evidence.</summary>
    /// <returns>The precisions, one or one for each layer, and the factor.</returns>
    /// <exception cref="InvalidOperationException">A precision grows without bound.</exception>
    public (double[] Precisions, double Scale) Maximize(Curvature curvature, double scale, bool forEachLayer, bool noise)
    {
        if (noise)
            RequireStddev();
        int groups = forEachLayer ? counts.Length : 1;
        double[] sizes = forEachLayer ? counts : [counts.Sum()], norms = forEachLayer ? squaredNorms : [squaredNorms.Sum()];
        for (int i = 0; i < groups; i++)
            if (!(norms[i] > 0))
                throw new InvalidOperationException(
                    "The weights are zero, so the evidence grows without bound with the prior precision; expected a trained network, or a given "
                    + "LaplaceOptions.PriorPrecision.");
        var at = Slopes([.. Enumerable.Repeat(1.0, groups)], scale);
        for (int step = 0; step < MostSteps; step++)
        {
            var next = Slopes(Updated(at, exact: false), noise ? UpdatedScale(at, exact: false) : scale);
            if (!(next.Value >= at.Value))
                next = Slopes(Updated(at, exact: true), noise ? UpdatedScale(at, exact: true) : scale);
            double gain = next.Value - at.Value;
            bool isDone = Math.Abs(gain) <= Tolerance * Math.Max(1, Math.Abs(at.Value));
            if (!(gain < 0))
                at = next;
            if (isDone || gain < 0)
                break;
        }
        return (at.Precisions, at.Scale);

        // MacKay's step, or the step of expectation–maximization, which never lowers the evidence.
        double[] Updated(Point point, bool exact) => [.. sizes.Select((size, i) =>
        {
            double trace = point.Traces[i], wellDetermined = size - point.Precisions[i] * trace;
            double updated = exact || wellDetermined <= 0 ? size / (norms[i] + trace) : wellDetermined / norms[i];
            return Math.Clamp(updated, 1e-30, 1e30);
        })];

        double UpdatedScale(Point point, bool exact)
        {
            // −2 log p(D | θ) is squares · scale, less terms of its logarithm.
            double squares = -2 * Fit(RequireStddev()), left = targets - point.Scale * point.ScaleTrace;
            return exact || left <= 0 ? targets / (squares + point.ScaleTrace) : left / squares;
        }

        Point Slopes(double[] precisions, double factor)
        {
            using var scope = NewDisposeScope();
            using var gradients = enable_grad();
            var variable = tensor(precisions, ScalarType.Float64, requires_grad: true);
            var scaleVariable = tensor(factor, ScalarType.Float64, requires_grad: true);
            double logDeterminant = 0;
            for (int part = 0; part < curvature.PartCount; part++)
            {
                // What a gradient needs of many weights is freed before the next part.
                using var partScope = NewDisposeScope();
                var own = LogDeterminant(curvature, part, scaleVariable, variable);
                own.backward();
                logDeterminant += own.ReadDouble();
            }
            using var noGrad = no_grad();
            double value = Of(tensor(logDeterminant, ScalarType.Float64), scaleVariable, variable).ReadDouble();
            return new Point(precisions, factor, value, variable.grad!.ReadDoubles(), scaleVariable.grad!.ReadDouble());
        }
    }

    private Tensor LogDeterminant(Curvature curvature, int part, Tensor scale, Tensor precisions)
    {
        using var scope = NewDisposeScope();
        var device = curvature.Matrices[0].Weight.Value.device;
        var ofMatrices = precisions.expand(counts.Length).index_select(0, tensor(layerOf.Select(each => (long)each).ToArray(), ScalarType.Int64));
        return curvature.LogDeterminant(part, scale.to(device), ofMatrices.to(device), precisions.shape[0] == 1).cpu().MoveToOuterDisposeScope();
    }

    private Tensor Of(Tensor logDeterminant, Tensor scale, Tensor precisions)
    {
        using var scope = NewDisposeScope();
        var ofLayers = precisions.expand(counts.Length);
        var prior = ofLayers.log().mul(tensor(counts, ScalarType.Float64))
            .add(ofLayers.mul(tensor(squaredNorms, ScalarType.Float64)), Scalars.MinusOne).sum();
        return LogLikelihood(scale).add(prior.add(logDeterminant, Scalars.MinusOne), Scalars.Half).MoveToOuterDisposeScope();
    }

    private double RequireStddev() => likelihood.NoiseStddev ?? throw new ArgumentException(
        $"{likelihood} has no single standard deviation; expected a GaussianLikelihood with one number.", nameof(likelihood));

    // log p(D | θ) of a Gaussian likelihood without the terms of the logarithm: minus half the sum of the squared scores.
    private double Fit(double stddev) => logLikelihood + targets * (Math.Log(stddev) + StandardNormal.LogOfRootOfTwoPi);

    private Tensor LogLikelihood(Tensor scale)
    {
        if (likelihood.NoiseStddev is not { } stddev)
            return tensor(logLikelihood, ScalarType.Float64);
        using var scope = NewDisposeScope();
        double squares = Fit(stddev);
        using Scalar fit = squares, constant = logLikelihood - squares, half = targets / 2.0;
        return scale.cpu().mul(fit).add(scale.cpu().log(), half).add(constant, Scalars.One).MoveToOuterDisposeScope();
    }

    private sealed record Point(double[] Precisions, double Scale, double Value, double[] Traces, double ScaleTrace);
}
