using TorchSharp.Modules;

namespace Bayes.Layers.Training;

/// <summary>
/// Writes every epoch to TensorBoard: pass it to <see cref="VariationalTrainer"/> as its progress. Writes scalars by the number of the epoch:
/// <c>loss</c>, <c>negative_log_likelihood</c> and <c>validation_log_density</c> in nats per example, <c>kl_divergence</c> in nats,
/// <c>effective_beta</c>, <c>learning_rate</c>, <c>gradient_norm</c>, <c>refused_steps</c> and <c>steps_per_second</c>.
/// </summary>
public sealed class SummaryWriterProgress : IProgress<TrainingProgress>
{
    private readonly SummaryWriter _writer;
    private readonly string _prefix;

    /// <summary>Creates progress for a writer.</summary>
    /// <param name="writer">
    /// The result of <c>torch.utils.tensorboard.SummaryWriter</c>, which writes each number at once and needs no closing.
    /// </param>
    /// <param name="prefix">The start of the scalars' names, before a slash; for several trainings in one log.</param>
    /// <exception cref="ArgumentNullException">The writer or the prefix is null.</exception>
    public SummaryWriterProgress(SummaryWriter writer, string prefix = "training")
    {
        _writer = writer ?? throw new ArgumentNullException(nameof(writer));
        _prefix = prefix ?? throw new ArgumentNullException(nameof(prefix));
    }

    /// <summary>Writes an epoch.</summary>
    /// <param name="value">The epoch.</param>
    /// <exception cref="ArgumentNullException">The epoch is null.</exception>
    public void Report(TrainingProgress value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var epoch = value.Epoch;
        // Without a time, TorchSharp writes 0.
        long time = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        Write("loss", epoch.Loss);
        Write("negative_log_likelihood", epoch.NegativeLogLikelihood);
        Write("kl_divergence", epoch.KlDivergence);
        Write("effective_beta", epoch.EffectiveBeta);
        Write("learning_rate", epoch.LearningRate);
        Write("gradient_norm", epoch.GradientNorm);
        Write("refused_steps", epoch.RefusedSteps);
        Write("steps_per_second", epoch.StepsPerSecond);
        if (epoch.ValidationLogDensity is { } density)
            Write("validation_log_density", density);

        void Write(string name, double number) => _writer.add_scalar($"{_prefix}/{name}", (float)number, epoch.Number, time);
    }
}
