namespace Bayes.Layers.Training;

/// <summary>
/// The default schedule: rises linearly from 0 to 1 over the first 1,000 steps, or over the first fifth of the steps if training is shorter, and
/// stays at 1. The network first learns from the data, before the prior removes weights that are not used yet (<see cref="LinearWarmUpKl"/>).
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
