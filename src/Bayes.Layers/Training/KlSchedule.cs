namespace Bayes.Layers.Training;

/// <summary>
/// A factor of the KL divergence for each step, beside the loss's own beta: 1 is what <see cref="ElboLoss"/> has without a schedule.
/// Immutable: a factor depends on where training is and on nothing else.
/// </summary>
/// <remarks>
/// The likelihood is a mean per example, so a factor of 1 at every step weighs the KL divergence once an epoch, as Bayes' rule does;
/// it is not to be divided by the number of batches or of layers once more.
/// </remarks>
public abstract class KlSchedule
{
    /// <summary>The factor of one step: finite, at least 0.</summary>
    /// <param name="position">Where training is.</param>
    public abstract double Factor(TrainingPosition position);

    /// <summary>Names the schedule with its numbers.</summary>
    public abstract override string ToString();
}
