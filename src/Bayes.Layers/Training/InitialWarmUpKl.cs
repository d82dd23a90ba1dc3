namespace Bayes.Layers.Training;

/// <summary>
/// Rises evenly from 0 to 1 over the first 1,000 steps, or over the first fifth of the steps where training is shorter, and stays at 1: the
/// default. The network first finds what the data say, before the prior takes away what is not used yet (<see cref="LinearWarmUpKl"/>).
/// </summary>
public sealed class InitialWarmUpKl : KlSchedule
{
    private const long MostSteps = 1000;
    private const double MostOfTraining = 0.2;

    /// <inheritdoc/>
    public override double Factor(TrainingPosition position)
    {
        double length = Math.Min(MostSteps, MostOfTraining * position.Steps);
        return position.Step >= length ? 1 : position.Step / length;
    }

    /// <inheritdoc/>
    public override string ToString() => nameof(InitialWarmUpKl);
}
