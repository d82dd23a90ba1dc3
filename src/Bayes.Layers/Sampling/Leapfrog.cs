namespace Bayes.Layers.Sampling;

/// <summary>
/// Leapfrog steps of Hamilton's equations for H(w, p) = −log p(w | D) + ½ Σ p² / m (Neal 2011, "MCMC using Hamiltonian dynamics", §2.3, equations
/// 2.28 to 2.30).
/// </summary>
internal static class Leapfrog
{
    /// <summary>Moves weights and momentum along a trajectory.</summary>
    /// <param name="density">The log posterior.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="momentum">The momentum.</param>
    /// <param name="gradient">The gradient of the log posterior at the weights, and afterwards at the end.</param>
    /// <param name="inverseMasses">1 / m of each weight; 0 keeps a weight where it is.</param>
    /// <param name="step">The step size.</param>
    /// <param name="count">The number of steps; at least 1.</param>
    /// <returns>The log posterior at the end; NaN or infinite as soon as it is not finite.</returns>
    public static double Run(
        LogPosterior density, Span<double> weights, Span<double> momentum, Span<double> gradient, ReadOnlySpan<double> inverseMasses, double step,
        int count)
    {
        double value = double.NaN;
        Push(momentum, gradient, 0.5 * step);
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < weights.Length; j++)
                weights[j] += step * inverseMasses[j] * momentum[j];
            value = density.Differentiate(weights, gradient);
            if (!double.IsFinite(value))
                return value;
            Push(momentum, gradient, i == count - 1 ? 0.5 * step : step);
        }
        return value;
    }

    /// <summary>Returns ½ Σ p² / m.</summary>
    public static double KineticEnergy(ReadOnlySpan<double> momentum, ReadOnlySpan<double> inverseMasses)
    {
        double sum = 0;
        for (int i = 0; i < momentum.Length; i++)
            sum += momentum[i] * momentum[i] * inverseMasses[i];
        return 0.5 * sum;
    }

    private static void Push(Span<double> momentum, ReadOnlySpan<double> gradient, double step)
    {
        for (int i = 0; i < momentum.Length; i++)
            momentum[i] += step * gradient[i];
    }
}
