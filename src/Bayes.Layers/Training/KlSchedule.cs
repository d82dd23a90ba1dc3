namespace Bayes.Layers.Training;

/// <summary>
/// A factor of the KL divergence for each step, in addition to the loss's own beta: 1 is <see cref="ElboLoss"/> without a schedule. Immutable: a
/// factor depends only on the position of training.
/// </summary>
/// <remarks>
/// The likelihood is a mean per example, so a factor of 1 at every step counts the KL divergence once an epoch, as Bayes' rule does. Do not divide
/// it by the number of batches or layers again.
/// </remarks>
public abstract class KlSchedule
{
    /// <summary>Returns the factor of one step: finite, at least 0.</summary>
    /// <param name="position">The position of training.</param>
    public abstract double Factor(TrainingPosition position);

    /// <summary>Returns the name of the schedule with its numbers.</summary>
    public abstract override string ToString();
}
