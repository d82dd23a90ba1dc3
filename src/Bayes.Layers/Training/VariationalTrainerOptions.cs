using System.Globalization;
using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// How <see cref="VariationalTrainer"/> trains. Immutable. The defaults are meant to be left alone: they were chosen on regressions and
/// classifications of 50 to 5,000 rows, networks of one and two hidden layers, inputs and targets of about unit size (docs/decisions/0031).
/// </summary>
public sealed record VariationalTrainerOptions
{
    /// <summary>
    /// Passes over the data at most; at least 1. Null, the default, lets the trainer choose: it trains until the loss no longer falls, then half as
    /// many epochs again in which the learning rate falls evenly to 0. With a number, or a schedule from <see cref="CreateScheduler"/>, the
    /// learning rate is not touched.
    /// </summary>
    /// <remarks>
    /// The loss no longer falls if the last quarter of the epochs brought less than 0.02 nats per example. Training has 3,000 to 10,000 steps, and
    /// at least 12 epochs. <see cref="TrainingHistory.End"/> says whether the loss settled.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int? Epochs { get; init => field = value is { } epochs ? (int)Require.Positive(epochs, nameof(Epochs)) : null; }

    /// <summary>
    /// Examples a step, where the trainer makes the batches; at least 1, and 32 by default. An epoch's last batch may be smaller.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int BatchSize { get; init => field = (int)Require.Positive(value, nameof(BatchSize)); } = 32;

    /// <summary>
    /// Batches whose gradients make one step together, as one large batch would: for batches that do not fit into memory at once. At least 1, the
    /// default. An epoch's last step may have fewer. Each batch has draws and, in batch normalization, statistics of its own.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int BatchesPerStep { get; init => field = (int)Require.Positive(value, nameof(BatchesPerStep)); } = 1;

    /// <summary>
    /// Whether an epoch gives each of the loss's <see cref="ElboLoss.DatasetSize"/> training examples once, which is checked; true by default. Set
    /// it to false for a source that gives another number of examples on purpose: a part of the data each epoch, rows drawn with replacement,
    /// augmented rows.
    /// </summary>
    public bool EpochCoversDataset { get; init; } = true;

    /// <summary>The learning rate that <see cref="CreateOptimizer"/> is given; above 0, and 0.01 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double LearningRate { get; init => field = Require.PositiveAndFinite(value, nameof(LearningRate)); } = 0.01;

    /// <summary>
    /// Makes the optimizer from parameters and learning rate; Adam by default, without weight decay, since the prior is that. The trainer
    /// disposes it.
    /// </summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public Func<IEnumerable<Parameter>, double, optim.Optimizer> CreateOptimizer
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(CreateOptimizer));
    } =
        (parameters, learningRate) => optim.Adam(parameters, lr: learningRate);

    /// <summary>
    /// Makes the step; null, the default, makes a <see cref="VariationalStep"/> with <see cref="CreateOptimizer"/>. Another step moves the posterior
    /// in another way, and <see cref="CreateOptimizer"/> is then not called. The trainer disposes the step.
    /// </summary>
    public Func<TrainingStepSettings, TrainingStep>? CreateStep { get; init; }

    /// <summary>
    /// Makes a schedule of the learning rate, stepped after every epoch with the last validation's negative log density, or the loss without a
    /// validation set, for schedules that look at one; null by default. Needs a step with an optimizer.
    /// </summary>
    public Func<optim.Optimizer, optim.lr_scheduler.LRScheduler>? CreateScheduler { get; init; }

    /// <summary>
    /// Whether the schedule of the learning rate is stepped after every step, made or refused, and not after every epoch; false by default.
    /// </summary>
    public bool ScheduleEveryStep { get; init; }

    /// <summary>
    /// How to integrate over the posterior; null, the default, is the model's <see cref="BayesianModule.TrainingEstimator"/> if that was set, and
    /// otherwise <see cref="LocalReparameterization"/> with one draw.
    /// </summary>
    public Estimator? Estimator { get; init; }

    /// <summary>S, the draws of a step; at least 1. Null, the default, is as many as the estimator has: 1 unless it was set.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int? Samples { get; init => field = value is { } samples ? (int)Require.Positive(samples, nameof(Samples)) : null; }

    /// <summary>
    /// A factor of the KL divergence for each step; <see cref="InitialWarmUpKl"/> by default, which rises to 1 over the first 1,000 steps, or the
    /// first fifth of a shorter training.
    /// </summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public KlSchedule KlSchedule { get; init => field = value ?? throw new ArgumentNullException(nameof(KlSchedule)); } = new InitialWarmUpKl();

    /// <summary>
    /// A gradient of a norm above this, taken over all parameters together, is scaled down to it; above 0. Null, the default, scales nothing.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double? MaximumGradientNorm { get; init => field = value is { } norm ? Require.PositiveAndFinite(norm, nameof(MaximumGradientNorm)) : null; }

    /// <summary>
    /// Training ends when the validation log density has not risen for this many epochs; at least 1. Null by default: validation does not
    /// end training. Needs a validation set.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int? Patience { get; init => field = value is { } epochs ? (int)Require.Positive(epochs, nameof(Patience)) : null; }

    /// <summary>How much higher a validation log density has to be to count as risen, in nats per example; at least 0, the default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double MinimumImprovement { get; init => field = Require.NonNegativeAndFinite(value, nameof(MinimumImprovement)); }

    /// <summary>
    /// Whether the model ends as it was after the epoch of the highest validation log density, where there is a validation set; true by default.
    /// </summary>
    public bool RestoreBest { get; init; } = true;

    /// <summary>Draws for the validation log density; at least 1, and 32 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int ValidationSamples { get; init => field = (int)Require.Positive(value, nameof(ValidationSamples)); } = 32;

    /// <summary>
    /// The seed of these draws, 0 by default: the same noise at every validation, so that epochs differ by what was learned alone.
    /// </summary>
    public long ValidationSeed { get; init; }

    /// <summary>Epochs from one validation to the next; at least 1, the default. The last epoch is validated in any case.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int EpochsBetweenValidations { get; init => field = (int)Require.Positive(value, nameof(EpochsBetweenValidations)); } = 1;

    /// <summary>
    /// The seed of the order of rows, where the trainer makes the batches; null, the default, takes one from torch's global generator, so that
    /// <c>torch.manual_seed</c> repeats the whole training.
    /// </summary>
    public int? ShuffleSeed { get; init; }

    /// <summary>
    /// A file that the state of training is written to between two epochs, whole or not at all; null by default. <see cref="ResumeFrom"/> goes on
    /// from there. It is a SafeTensors file with the model's values among others. The optimizer has to be Adam, AdamW, SGD or RMSProp, and the
    /// estimator's noise <c>TorchNoise</c>.
    /// </summary>
    public string? StatePath { get; init; }

    /// <summary>
    /// Epochs from one writing of <see cref="StatePath"/> to the next; at least 1, the default. It is also written after the last epoch.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int EpochsBetweenStates { get; init => field = (int)Require.Positive(value, nameof(EpochsBetweenStates)); } = 1;

    /// <summary>
    /// A file of <see cref="StatePath"/> to go on from, with a model, data and options that are made as they were for the training that wrote it;
    /// null by default. On a CPU the training ends with the bits that it would have had without the interruption, and leaves torch's generator
    /// where it would have been. More <see cref="Epochs"/> than before train on. A loader, or a source of batches of one's own, is asked for the
    /// next epoch as if it were its first.
    /// </summary>
    public string? ResumeFrom { get; init; }

    /// <summary>Training is stopped when this many steps in a row had a loss or a gradient that was not finite; at least 1, and 10 by
    /// default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int MaximumRefusedInARow { get; init => field = (int)Require.Positive(value, nameof(MaximumRefusedInARow)); } = 10;

    /// <summary>Describes the settings in one line; those that are null or off are left out.</summary>
    public override string ToString() => string.Join(
        ", ",
        new (string Name, object? Value)[]
        {
            (nameof(Epochs), Epochs), (nameof(BatchSize), BatchSize), (nameof(BatchesPerStep), BatchesPerStep > 1 ? BatchesPerStep : null),
                (nameof(LearningRate), LearningRate),
            (nameof(Estimator), Estimator), (nameof(Samples), Samples), (nameof(KlSchedule), KlSchedule),
                (nameof(MaximumGradientNorm), MaximumGradientNorm), (nameof(Patience), Patience),
            (nameof(MinimumImprovement), MinimumImprovement > 0 ? MinimumImprovement : null), (nameof(RestoreBest), RestoreBest),
                (nameof(ValidationSamples), ValidationSamples),
            (nameof(EpochsBetweenValidations), EpochsBetweenValidations > 1 ? EpochsBetweenValidations : null), (nameof(ShuffleSeed), ShuffleSeed),
            (nameof(EpochCoversDataset), EpochCoversDataset), (nameof(MaximumRefusedInARow), MaximumRefusedInARow),
        }.Where(setting => setting.Value is not (null or false))
            .Select(setting => setting.Value is true ? setting.Name
            : string.Create(CultureInfo.InvariantCulture, $"{setting.Name} {setting.Value}")));
}
