using Bayes.Layers.Prediction;

namespace Bayes.Layers;

/// <summary>Makes distributions over functions that are linear in the weights.</summary>
public static class Linearisation
{
    /// <summary>
    /// Returns the posterior of a model's weights as a distribution over linearised functions: draw k is f(x; μ) + J(x)(w_k − μ), with the model's
    /// draw w_k and the Jacobian J of the outputs in the weights at their means μ (Immer, Korzepa &amp; Bauer 2021, "Improving predictions of
    /// Bayesian
    /// neural nets via local linearization", §3.2). A Laplace approximation with a generalized Gauss–Newton matrix is the exact posterior of these
    /// functions, and predicts better with them than with the network's own; under a wide posterior of weights, they also stay close to the mean.
    /// </summary>
    /// <remarks>
    /// No Jacobian is stored: a draw takes about three times as long as a pass through the network. If the network ends in the only random layer, it
    /// is linear in its weights already, and the draws are the model's own. BatchNorm and dropout are in evaluation mode. Save the model itself, and
    /// linearise it again after loading.
    /// </remarks>
    /// <param name="model">A <see cref="WeightSpaceModule"/>. It stays the caller's.</param>
    /// <returns>A distribution for <see cref="MonteCarloPredictive"/> and <see cref="Ensemble"/>.</returns>
    /// <exception cref="ArgumentException">The model is not a <see cref="WeightSpaceModule"/>.</exception>
    /// <example><c>new MonteCarloPredictive(model.Linearised(), likelihood)</c></example>
    public static FunctionDistribution Linearised(this BayesianModule model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new LinearisedFunctions(model, model.LinearPass ?? throw new ArgumentException(
            $"A {model.GetName()} cannot be linearised; expected a {nameof(WeightSpaceModule)}, which ToBayesian makes with the Form WeightSpace, "
            + "or Laplace and SWAG make of any network.", nameof(model)));
    }
}
