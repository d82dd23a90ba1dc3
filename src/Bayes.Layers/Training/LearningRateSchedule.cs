using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// Changes the learning rate from step to step: by the user's schedule, or, if the trainer chooses the length of the training, down to 0 at its end.
/// </summary>
internal sealed class LearningRateSchedule
{
    private readonly TrainingStep _step;
    private readonly AutomaticLength? _length;
    private readonly optim.lr_scheduler.LRScheduler? _scheduler;
    private readonly bool _isEveryStep;

    /// <exception cref="ArgumentException">There is a schedule, but the step has no optimizer.</exception>
    public LearningRateSchedule(TrainingStep step, VariationalTrainerOptions options, AutomaticLength? length)
    {
        (_step, _length, _isEveryStep) = (step, length, options.ScheduleEveryStep);
        if (options.CreateScheduler is not { } create)
            return;
        _scheduler = create(step.Optimizer ?? throw new ArgumentException(
            $"{step.GetType().Name} has no optimizer for the schedule of the learning rate; expected CreateScheduler to be null.", nameof(options)));
    }

    /// <summary>Sets the learning rate of a step.</summary>
    public void BeginStep(TrainingPosition position)
    {
        if (_scheduler is null && _length?.LearningRateShare(position) is < 1 and var share)
            _step.LearningRateShare = share;
    }

    /// <summary>Records that some steps were made or refused.</summary>
    public void EndSteps(long count = 1)
    {
        for (long step = 0; _isEveryStep && step < count; step++)
            _scheduler?.step();
    }

    /// <summary>Records that an epoch ended.</summary>
    /// <param name="measure">The measure that a schedule may use; it falls if the training goes well.</param>
    public void EndEpoch(double measure)
    {
        if (!_isEveryStep)
            _scheduler?.step(measure);
    }
}
