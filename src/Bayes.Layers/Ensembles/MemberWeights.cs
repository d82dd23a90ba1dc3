using Bayes.Layers.Numerics;
using Bayes.Layers.Training;

namespace Bayes.Layers.Ensembles;

/// <summary>Weights of the members of an ensemble by how well each explains the training data.</summary>
public static class MemberWeights
{
    /// <summary>
    /// Computes weights in proportion to the evidence p(y | x, member), exp of the logarithms over their sum: the posterior probabilities of members
    /// that are equally probable before the data.
    /// </summary>
    /// <remarks>
    /// A difference of a few nats over all examples leaves almost all weight to one member. Stacking (<see cref="Stacking"/>) asks how well members
    /// predict together, and not which one of them is true.
    /// </remarks>
    /// <param name="logEvidences">The log marginal likelihood of each member, or a lower bound, in nats over all examples.</param>
    /// <returns>A weight for each member, at least 0; they add up to 1.</returns>
    /// <exception cref="ArgumentException">There is no member, or a number is not finite.</exception>
    public static IReadOnlyList<double> ByLogEvidence(IEnumerable<double> logEvidences)
    {
        ArgumentNullException.ThrowIfNull(logEvidences);
        double[] values = [.. logEvidences];
        if (values.Length == 0)
            throw new ArgumentException("There are 0 members; expected at least one.", nameof(logEvidences));
        foreach (double value in values)
            if (!double.IsFinite(value))
                throw new ArgumentException($"A log evidence is {value}; expected finite numbers.", nameof(logEvidences));
        double largest = values.Max();
        double[] shares = Array.ConvertAll(values, value => Math.Exp(value - largest));
        double sum = shares.Sum();
        return Array.ConvertAll(shares, share => share / sum);
    }

    /// <summary>
    /// Computes weights by the ELBO, a lower bound of the log evidence: N times the negative loss of each training's last epoch, or of the epoch to
    /// which the model was put back.
    /// </summary>
    /// <param name="histories">The histories of Bayesian models with beta 1, of equal data.</param>
    /// <param name="datasetSize">N, the number of training examples; at least 1.</param>
    /// <returns>A weight for each member, at least 0; they add up to 1.</returns>
    /// <exception cref="ArgumentException">There is no member, a training has no epochs, or its loss is no ELBO.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="datasetSize"/> is below 1.</exception>
    public static IReadOnlyList<double> ByElbo(IEnumerable<TrainingHistory> histories, long datasetSize)
    {
        ArgumentNullException.ThrowIfNull(histories);
        Require.Positive(datasetSize);
        return ByLogEvidence(histories.Select((history, index) => -datasetSize * LossOf(history, index)));
    }

    private static double LossOf(TrainingHistory history, int index)
    {
        ArgumentNullException.ThrowIfNull(history);
        var epoch = history.IsBestRestored ? history.Best : history.Epochs.LastOrDefault();
        if (epoch is null)
            throw new ArgumentException($"The training of member {index} has no epochs; expected at least one.", nameof(history));
        return Math.Abs(epoch.EffectiveBeta - 1) < 1e-9 ? epoch.Loss : throw new ArgumentException(
            $"The training of member {index} ended with beta {epoch.EffectiveBeta}; expected 1, for which the loss is the ELBO.", nameof(history));
    }
}
