using System.Globalization;
using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// The options of <see cref="VariationalTrainer"/>. Immutable. The defaults should suit most cases: they were chosen on regressions and
/// classifications of 50 to 5,000 rows, networks of one and two hidden layers, inputs and targets of about unit size (docs/decisions/0031).
/// </summary>
public sealed record VariationalTrainerOptions
{
    /// <summary>
    /// Gets the largest number of passes over the data; at least 1. Null, the default, lets the trainer choose: it trains until the loss no longer
    /// falls, and then half as many epochs in which the learning rate falls linearly to 0. If you set a number, or a schedule with
    /// <see cref="CreateScheduler"/>, the trainer does not change the learning rate.
    /// </summary>
    /// <remarks>
    /// The loss no longer falls if it fell by less than 0.02 nats per example in the last quarter of the epochs. Training has 3,000 to 10,000 steps,
    /// and at least 12 epochs. <see cref="TrainingHistory.End"/> tells whether the loss settled.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int? Epochs { get; init => field = value is { } epochs ? (int)Require.Positive(epochs, nameof(Epochs)) : null; }

    /// <summary>
    /// Gets the number of examples of a batch that the trainer makes; at least 1, and 32 by default. The last batch of an epoch may be smaller.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int BatchSize { get; init => field = (int)Require.Positive(value, nameof(BatchSize)); } = 32;

    /// <summary>
    /// Gets the number of batches whose gradients make one step together, like one large batch that does not fit into memory at once. At least 1,
    /// the default. The last step of an epoch may have fewer. Each batch has its own draws and, in batch normalization, its own statistics.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int BatchesPerStep { get; init => field = (int)Require.Positive(value, nameof(BatchesPerStep)); } = 1;

    /// <summary>
    /// Gets whether an epoch contains each of the loss's <see cref="ElboLoss.DatasetSize"/> training examples once, which is checked; true by
    /// default. Set it to false for a source that has another number of examples on purpose: a part of the data in each epoch, rows drawn with
    /// replacement, or augmented rows.
    /// </summary>
    public bool EpochCoversDataset { get; init; } = true;

    /// <summary>Gets the learning rate for <see cref="CreateOptimizer"/>; above 0, and 0.01 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double LearningRate { get; init => field = Require.PositiveAndFinite(value, nameof(LearningRate)); } = 0.01;

    /// <summary>
    /// Gets the function that makes the optimizer from parameters and learning rate; Adam by default, without weight decay, since the prior takes
    /// its place. The trainer disposes the optimizer.
    /// </summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public Func<IEnumerable<Parameter>, double, optim.Optimizer> CreateOptimizer
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(CreateOptimizer));
    } = (parameters, learningRate) => optim.Adam(parameters, lr: learningRate);

    /// <summary>
    /// Gets the function that makes the step, which can move the posterior in another way; null, the default, makes a <see cref="VariationalStep"/>
    /// with <see cref="CreateOptimizer"/>, which is otherwise not called. The trainer disposes the step.
    /// </summary>
    public Func<TrainingStepSettings, TrainingStep>? CreateStep { get; init; }

    /// <summary>
    /// Gets the function that makes a schedule of the learning rate; null by default. The schedule is stepped after every epoch, with the negative
    /// log density of the last validation, or the loss without a validation set, for schedules that use one. Needs a step with an optimizer.
    /// </summary>
    public Func<optim.Optimizer, optim.lr_scheduler.LRScheduler>? CreateScheduler { get; init; }

    /// <summary>
    /// Gets whether the schedule of the learning rate is stepped after every step, made or refused, instead of every epoch; false by default.
    /// </summary>
    public bool ScheduleEveryStep { get; init; }

    /// <summary>
    /// Gets the estimator, which integrates over the posterior; null, the default, means the model's <see cref="BayesianModule.TrainingEstimator"/>
    /// if it was set, and otherwise <see cref="LocalReparameterization"/> with one draw.
    /// </summary>
    public Estimator? Estimator { get; init; }

    /// <summary>
    /// Gets S, the number of draws of a step; at least 1. Null, the default, means that of the estimator, which is 1 unless it was set.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int? Samples { get; init => field = value is { } samples ? (int)Require.Positive(samples, nameof(Samples)) : null; }

    /// <summary>
    /// Gets the factor of the KL divergence for each step; <see cref="InitialWarmUpKl"/> by default, which rises to 1 over the first 1,000 steps, or
    /// the first fifth of a shorter training.
    /// </summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public KlSchedule KlSchedule { get; init => field = value ?? throw new ArgumentNullException(nameof(KlSchedule)); } = new InitialWarmUpKl();

    /// <summary>
    /// Gets the norm over all parameters together to which a larger gradient is scaled down; above 0. Null, the default, scales nothing.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double? MaximumGradientNorm
    {
        get;
        init => field = value is { } norm ? Require.PositiveAndFinite(norm, nameof(MaximumGradientNorm)) : null;
    }

    /// <summary>
    /// Gets the number of epochs without a rise of the validation log density after which training ends; at least 1. Null, the default, means that
    /// validation does not end training. Needs a validation set.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int? Patience { get; init => field = value is { } epochs ? (int)Require.Positive(epochs, nameof(Patience)) : null; }

    /// <summary>Gets the smallest rise of the validation log density that counts, in nats per example; at least 0, the default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double MinimumImprovement { get; init => field = Require.NonNegativeAndFinite(value, nameof(MinimumImprovement)); }

    /// <summary>
    /// Gets whether the model is put back to the epoch of the highest validation log density, if there is a validation set; true by default.
    /// </summary>
    public bool RestoreBest { get; init; } = true;

    /// <summary>Gets the number of draws for the validation log density; at least 1, and 32 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int ValidationSamples { get; init => field = (int)Require.Positive(value, nameof(ValidationSamples)); } = 32;

    /// <summary>
    /// Gets the seed of the draws for validation, 0 by default. Every validation has the same noise, so epochs differ only by what was learned.
    /// </summary>
    public long ValidationSeed { get; init; }

    /// <summary>Gets the number of epochs from one validation to the next; at least 1, the default. The last epoch is always validated.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int EpochsBetweenValidations { get; init => field = (int)Require.Positive(value, nameof(EpochsBetweenValidations)); } = 1;

    /// <summary>
    /// Gets the seed of the order of rows in batches that the trainer makes; null, the default, takes one from torch's global generator, so that
    /// <c>torch.manual_seed</c> repeats the whole training.
    /// </summary>
    public int? ShuffleSeed { get; init; }

    /// <summary>
    /// Gets the path of the file to which the state of training is written between two epochs, whole or not at all; null by default.
    /// <see cref="ResumeFrom"/> continues from it. It is a SafeTensors file that includes the model's values. The optimizer has to be Adam, AdamW,
    /// SGD or RMSProp, and the estimator's noise <c>TorchNoise</c>.
    /// </summary>
    public string? StatePath { get; init; }

    /// <summary>
    /// Gets the number of epochs from one writing of <see cref="StatePath"/> to the next; at least 1, the default. It is also written after the last
    /// epoch.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int EpochsBetweenStates { get; init => field = (int)Require.Positive(value, nameof(EpochsBetweenStates)); } = 1;

    /// <summary>
    /// Gets the path of a <see cref="StatePath"/> file to continue from; null by default. Model, data and options have to be made like those of the
    /// training that wrote it. On a CPU the training then ends with the same bits as without the interruption, and torch's generator is in the same
    /// state. If <see cref="Epochs"/> is larger than before, training goes on for longer. A loader or your own source of batches is asked for the
    /// next epoch as if it were the first.
    /// </summary>
    public string? ResumeFrom { get; init; }

    /// <summary>Gets the number of refused steps in a row after which training is stopped; at least 1, and 10 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int MaximumRefusedInARow { get; init => field = (int)Require.Positive(value, nameof(MaximumRefusedInARow)); } = 10;

    /// <summary>Returns a description of the options in one line, without those that are null or off.</summary>
    public override string ToString() => string.Join(
        ", ",
        new (string Name, object? Value)[]
        {
            (nameof(Epochs), Epochs), (nameof(BatchSize), BatchSize), (nameof(BatchesPerStep), BatchesPerStep > 1 ? BatchesPerStep : null),
            (nameof(LearningRate), LearningRate), (nameof(Estimator), Estimator), (nameof(Samples), Samples), (nameof(KlSchedule), KlSchedule),
            (nameof(MaximumGradientNorm), MaximumGradientNorm), (nameof(Patience), Patience),
            (nameof(MinimumImprovement), MinimumImprovement > 0 ? MinimumImprovement : null), (nameof(RestoreBest), RestoreBest),
            (nameof(ValidationSamples), ValidationSamples),
            (nameof(EpochsBetweenValidations), EpochsBetweenValidations > 1 ? EpochsBetweenValidations : null), (nameof(ShuffleSeed), ShuffleSeed),
            (nameof(EpochCoversDataset), EpochCoversDataset), (nameof(MaximumRefusedInARow), MaximumRefusedInARow),
        }.Where(setting => setting.Value is not (null or false))
            .Select(setting => setting.Value is true ? setting.Name
            : string.Create(CultureInfo.InvariantCulture, $"{setting.Name} {setting.Value}")));
}
