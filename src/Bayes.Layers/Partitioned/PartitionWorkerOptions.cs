using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using Bayes.Layers.Training;

namespace Bayes.Layers.Partitioned;

/// <summary>The options of a <see cref="PartitionWorker"/>. Immutable.</summary>
public sealed record PartitionWorkerOptions
{
    /// <summary>
    /// Gets the options of the local training: by default those of <see cref="VariationalTrainer"/>, which chooses the number of epochs, without the
    /// rise of the KL divergence at the start, which would forget the cavity. Their seed of the order of rows is replaced.
    /// </summary>
    /// <exception cref="ArgumentException">The options have an estimator, or name a file.</exception>
    public VariationalTrainerOptions Training
    {
        get;
        init => field = RequireOwn(value);
    } = new() { KlSchedule = new ConstantKl() };

    /// <summary>
    /// Gets the function that makes the estimator of the local training from a source of noise, which it must use so that the answer can be
    /// repeated; null, the default, means <see cref="LocalReparameterization"/>, or <see cref="Reparameterization"/> where a module needs drawn
    /// weights.
    /// </summary>
    public Func<NoiseSource, Estimator>? CreateEstimator { get; init; }

    /// <summary>Gets the number of draws for the expected log-likelihood in the history; at least 1, and 16 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int EvaluationSamples { get; init => field = (int)Require.Positive(value, nameof(EvaluationSamples)); } = 16;

    /// <summary>Gets how the partition protects its data; null, the default, if it sends what it finds.</summary>
    public PartitionPrivacy? Privacy { get; init; }

    private static VariationalTrainerOptions RequireOwn(VariationalTrainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options is not { StatePath: null, ResumeFrom: null })
            throw new ArgumentException(
                $"{nameof(options.StatePath)} or {nameof(options.ResumeFrom)} is set, one file for all rounds; expected null for both.",
                nameof(options));
        return options.Estimator is null ? options : throw new ArgumentException(
            $"{nameof(options.Estimator)} is set, whose noise would not be that of the request; expected {nameof(CreateEstimator)}.",
            nameof(options));
    }
}
