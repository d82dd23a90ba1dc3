using Bayes.Layers.Numerics;
using Bayes.Layers.Priors;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>
/// Sets priors and posteriors from the weights w of a trained network: prior N(w, <see cref="PriorStddev"/>²), posterior N(w, (<see cref="Delta"/>
/// |w|)²) (Krishnan, Subedar &amp; Tickoo 2020, "Specifying Weight Priors in Bayesian Deep Neural Networks with Empirical Bayes").
/// </summary>
public sealed class Moped
{
    // A lower bound of |w| as a share of the root mean square weight, since a posterior needs a variance above 0.
    private const double SmallestShare = 1e-3;

    /// <summary>Creates the settings.</summary>
    /// <param name="delta">The posterior's standard deviation as a share of the weight's size; above 0.</param>
    /// <param name="priorStddev">The prior's standard deviation, in the weight's unit; above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public Moped(double delta = 0.1, double priorStddev = 1)
    {
        Delta = Require.PositiveAndFinite(delta);
        PriorStddev = Require.PositiveAndFinite(priorStddev);
    }

    /// <summary>Gets the posterior's standard deviation as a share of the weight's size.</summary>
    public double Delta { get; }

    /// <summary>Gets the prior's standard deviation, in the weight's unit.</summary>
    public double PriorStddev { get; }

    /// <summary>Returns N(w, priorStddev²). Pass it to a layer while the weights and the dispose scope of the caller live.</summary>
    internal Prior PriorOf(Tensor weight) => NormalPrior.PerWeight(weight, tensor(PriorStddev, weight.dtype, weight.device));

    /// <summary>Returns log (delta |w|)², a new tensor, with |w| at least a thousandth of the root mean square weight.</summary>
    internal Tensor LogVarianceOf(Tensor weight)
    {
        using var scope = NewDisposeScope();
        double size = Math.Sqrt(weight.mul(weight).mean().ReadDouble());
        using Scalar smallest = SmallestShare * (size > 0 ? size : 1), logDelta = 2 * Math.Log(Delta);
        return weight.abs().clamp_min(smallest).log().mul(Scalars.Two).add(logDelta, Scalars.One).MoveToOuterDisposeScope();
    }
}
