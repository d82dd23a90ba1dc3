using Bayes.Layers.Numerics;
using Bayes.Layers.Priors;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>
/// Priors and posteriors from a trained network's weights w: prior N(w, <see cref="PriorStddev"/>²), posterior N(w, (<see cref="Delta"/> |w|)²)
/// (Krishnan, Subedar &amp; Tickoo 2020, "Specifying Weight Priors in Bayesian Deep Neural Networks with Empirical Bayes").
/// </summary>
public sealed class Moped
{
    // Of the root mean square weight: what a weight of 0 is given in place of no size at all, which no posterior can have.
    private const double SmallestShare = 1e-3;

    /// <summary>Settings.</summary>
    /// <param name="delta">The posterior's standard deviation as a share of the weight's size; above 0.</param>
    /// <param name="priorStddev">The prior's standard deviation, in the weight's unit; above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public Moped(double delta = 0.1, double priorStddev = 1)
    {
        Delta = Require.PositiveAndFinite(delta);
        PriorStddev = Require.PositiveAndFinite(priorStddev);
    }

    /// <summary>The posterior's standard deviation as a share of the weight's size.</summary>
    public double Delta { get; }

    /// <summary>The prior's standard deviation, in the weight's unit.</summary>
    public double PriorStddev { get; }

    /// <summary>N(w, priorStddev²), to be given to a layer while the weights and the caller's dispose scope live.</summary>
    internal Prior PriorOf(Tensor weight) => NormalPrior.PerWeight(weight, tensor(PriorStddev, weight.dtype, weight.device));

    /// <summary>log (delta |w|)², a new tensor; for weights next to 0 a thousandth of the root mean square weight stands in for |w|.</summary>
    internal Tensor LogVarianceOf(Tensor weight)
    {
        using var scope = NewDisposeScope();
        double size = Math.Sqrt(weight.mul(weight).mean().ReadDouble());
        using Scalar smallest = SmallestShare * (size > 0 ? size : 1), logDelta = 2 * Math.Log(Delta);
        return weight.abs().clamp_min(smallest).log().mul(Scalars.Two).add(logDelta, Scalars.One).MoveToOuterDisposeScope();
    }
}
