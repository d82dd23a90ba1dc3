using System.Globalization;
using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>How <see cref="VariationalTrainer"/> trains. Immutable; the defaults suit a small network on a table of data.</summary>
public sealed record VariationalTrainerOptions
{
    /// <summary>Passes over the data at most; at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int Epochs { get; init => field = (int)Require.Positive(value, nameof(Epochs)); } = 100;

    /// <summary>Examples a step, where the trainer makes the batches; at least 1. An epoch's last batch may be smaller.</summary>
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

    /// <summary>The learning rate that <see cref="CreateOptimizer"/> is given; above 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double LearningRate { get; init => field = Require.PositiveAndFinite(value, nameof(LearningRate)); } = 1e-3;

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
    /// Makes a schedule of the learning rate, stepped after every epoch with the last validation's negative log density, or the loss without a
    /// validation set, for schedules that look at one; none by default.
    /// </summary>
    public Func<optim.Optimizer, optim.lr_scheduler.LRScheduler>? CreateScheduler { get; init; }

    /// <summary>Whether the schedule of the learning rate is stepped after every step, made or refused, and not after every epoch; no by default.</summary>
    public bool ScheduleEveryStep { get; init; }

    /// <summary>How to integrate over the posterior; the model's <see cref="BayesianModule.TrainingEstimator"/> by default.</summary>
    public Estimator? Estimator { get; init; }

    /// <summary>S, the draws of a step; at least 1. As many as the estimator has by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int? Samples { get; init => field = value is { } samples ? (int)Require.Positive(samples, nameof(Samples)) : null; }

    /// <summary>A factor of the KL divergence for each step; 1 throughout by default.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public KlSchedule KlSchedule { get; init => field = value ?? throw new ArgumentNullException(nameof(KlSchedule)); } = new ConstantKl();

    /// <summary>A gradient of a norm above this, taken over all parameters together, is scaled down to it; above 0. None by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double? MaximumGradientNorm { get; init => field = value is { } norm ? Require.PositiveAndFinite(norm, nameof(MaximumGradientNorm)) : null; }

    /// <summary>
    /// Training ends when the validation log density has not risen for this many epochs; at least 1. None by default: all epochs are made.
    /// Needs a validation set.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int? Patience { get; init => field = value is { } epochs ? (int)Require.Positive(epochs, nameof(Patience)) : null; }

    /// <summary>How much higher a validation log density has to be to count as risen, in nats per example; at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double MinimumImprovement { get; init => field = Require.NonNegativeAndFinite(value, nameof(MinimumImprovement)); }

    /// <summary>Whether the model ends as it was after the epoch of the highest validation log density, where there is a validation set; yes by default.</summary>
    public bool RestoreBest { get; init; } = true;

    /// <summary>Draws for the validation log density; at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int ValidationSamples { get; init => field = (int)Require.Positive(value, nameof(ValidationSamples)); } = 32;

    /// <summary>The seed of these draws: the same noise at every validation, so that epochs differ by what was learned alone.</summary>
    public long ValidationSeed { get; init; }

    /// <summary>Epochs from one validation to the next; at least 1. The last epoch is validated in any case.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int EpochsBetweenValidations { get; init => field = (int)Require.Positive(value, nameof(EpochsBetweenValidations)); } = 1;

    /// <summary>
    /// The seed of the order of rows, where the trainer makes the batches; from torch's global generator by default, so that
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

    /// <summary>Training is stopped when this many steps in a row had a loss or a gradient that was not finite; at least 1.</summary>
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
