using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// Changes the learning rate from step to step: by a schedule that the user gave, or, if the trainer chooses the length of the training, down to 0
/// at its end.
/// </summary>
internal sealed class LearningRateSchedule
{
    private readonly TrainingStep _step;
    private readonly AutomaticLength? _length;
    private readonly optim.lr_scheduler.LRScheduler? _scheduler;
    private readonly bool _isForSteps;

    /// <exception cref="ArgumentException">There is a schedule, and the step has no optimizer.</exception>
    public LearningRateSchedule(TrainingStep step, VariationalTrainerOptions options, AutomaticLength? length)
    {
        (_step, _length, _isForSteps) = (step, length, options.ScheduleEveryStep);
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

    /// <summary>Takes in that some steps were made or refused.</summary>
    public void EndSteps(long count = 1)
    {
        for (long step = 0; _isForSteps && step < count; step++)
            _scheduler?.step();
    }

    /// <summary>Takes in that an epoch ended.</summary>
    /// <param name="measure">What a schedule may look at; it falls if the training goes well.</param>
    public void EndEpoch(double measure)
    {
        if (!_isForSteps)
            _scheduler?.step(measure);
    }
}
