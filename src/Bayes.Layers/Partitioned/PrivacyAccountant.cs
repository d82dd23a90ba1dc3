using Bayes.Layers.Numerics;

namespace Bayes.Layers.Partitioned;

/// <summary>
/// Computes (ε, δ) of a number of answers of a partition with <see cref="PartitionPrivacy"/>, by the Rényi divergences of the Gaussian mechanism.
/// </summary>
public static class PrivacyAccountant
{
    // Logarithms of α − 1. The best α is near 1 + √(log(1 / δ) / ρ), where ρ is half the number of answers over the multiplier's square.
    private const double LeastLogOrder = -20, MostLogOrder = 40;
    private const int Halvings = 200;

    /// <summary>Computes the Rényi divergence of order α that answers cost, n α / (2 z²) (Mironov 2017, "Rényi Differential Privacy",
    /// proposition 7 and, for several answers, proposition 1).</summary>
    /// <param name="order">α, above 1.</param>
    /// <param name="noiseMultiplier">z, above 0.</param>
    /// <param name="answers">n, at least 0.</param>
    /// <returns>The divergence in nats.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public static double RenyiDivergence(double order, double noiseMultiplier, int answers)
    {
        if (!(order > 1))
            throw new ArgumentOutOfRangeException(nameof(order), order, $"{nameof(order)} is {order}; expected a number above 1.");
        Require.PositiveAndFinite(noiseMultiplier);
        ArgumentOutOfRangeException.ThrowIfNegative(answers);
        return answers * order / (2 * noiseMultiplier * noiseMultiplier);
    }

    /// <summary>
    /// Computes the smallest ε for which the answers are (ε, δ)-differentially private by the divergences of all orders: τ(α) + log((α − 1) / α) −
    /// (log δ + log α) / (α − 1) (Canonne, Kamath &amp; Steinke 2020, "The Discrete Gaussian for Differential Privacy", proposition 12).
    /// </summary>
    /// <param name="noiseMultiplier">z, above 0 (<see cref="PartitionPrivacy.NoiseMultiplier"/>).</param>
    /// <param name="answers">The number of answers of the partition; at least 0.</param>
    /// <param name="delta">δ, above 0 and below 1. Well below 1 over the number of partitions.</param>
    /// <returns>ε, at least 0.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public static double Epsilon(double noiseMultiplier, int answers, double delta)
    {
        Require.PositiveAndFinite(noiseMultiplier);
        ArgumentOutOfRangeException.ThrowIfNegative(answers);
        if (delta is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(delta), delta, $"{nameof(delta)} is {delta}; expected a number above 0 and below 1.");
        if (answers == 0)
            return 0;
        // Unimodal in the logarithm of α − 1: halve the interval around its minimum by the golden section.
        double ratio = (Math.Sqrt(5) - 1) / 2, low = LeastLogOrder, high = MostLogOrder;
        for (int i = 0; i < Halvings; i++)
        {
            double first = high - ratio * (high - low), second = low + ratio * (high - low);
            if (Of(first) < Of(second))
                high = second;
            else
                low = first;
        }
        return Math.Max(0, Of(0.5 * (low + high)));

        double Of(double logOrder)
        {
            double below = Math.Exp(logOrder), order = 1 + below;
            return RenyiDivergence(order, noiseMultiplier, answers) + logOrder - Math.Log(order) - (Math.Log(delta) + Math.Log(order)) / below;
        }
    }
}
