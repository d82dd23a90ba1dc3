using Bayes.Layers.Training;
using Microsoft.Extensions.Logging;

namespace Bayes.Layers.Logging;

/// <summary>
/// Logs every epoch: pass it to <see cref="VariationalTrainer"/> as its progress. An epoch is an event at <see cref="LogLevel.Debug"/>, or at
/// <see cref="LogLevel.Information"/> if its validation log density is the best so far. Refused steps, whose loss or gradient was not finite, are an
/// event at <see cref="LogLevel.Warning"/>.
/// </summary>
/// <remarks>Numbers are fields of the events: losses and densities in nats per example, the KL divergence in nats.</remarks>
public sealed partial class LoggerProgress : IProgress<TrainingProgress>
{
    private const string EpochMessage = "Epoch {Epoch} of {Epochs}: loss {Loss:g5}, negative log-likelihood {NegativeLogLikelihood:g5}, "
        + "KL divergence {KlDivergence:g5}, learning rate {LearningRate:g3}";

    private readonly ILogger _logger;

    /// <summary>Creates a progress that writes to a logger.</summary>
    /// <param name="logger">The logger.</param>
    /// <exception cref="ArgumentNullException">The logger is null.</exception>
    public LoggerProgress(ILogger logger) => _logger = logger ?? throw new ArgumentNullException(nameof(logger));

    /// <summary>Logs an epoch.</summary>
    /// <param name="value">The epoch.</param>
    /// <exception cref="ArgumentNullException">The epoch is null.</exception>
    public void Report(TrainingProgress value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var epoch = value.Epoch;
        if (epoch.RefusedSteps > 0)
            Refused(_logger, epoch.RefusedSteps, epoch.RefusedSteps + epoch.Steps, epoch.Number);
        if (epoch.ValidationLogDensity is { } density)
            Validated(
                _logger, value.IsBest ? LogLevel.Information : LogLevel.Debug, epoch.Number, value.Epochs, epoch.Loss,
                epoch.NegativeLogLikelihood, epoch.KlDivergence, epoch.LearningRate, density);
        else
            Trained(_logger, epoch.Number, value.Epochs, epoch.Loss, epoch.NegativeLogLikelihood, epoch.KlDivergence, epoch.LearningRate);
    }

    [LoggerMessage(1, LogLevel.Debug, EpochMessage)]
    private static partial void Trained(
        ILogger logger, int epoch, int epochs, double loss, double negativeLogLikelihood, double klDivergence, double learningRate);

    [LoggerMessage(EventId = 2, Message = EpochMessage + ", validation log density {ValidationLogDensity:g5}")]
    private static partial void Validated(
        ILogger logger, LogLevel level, int epoch, int epochs, double loss, double negativeLogLikelihood, double klDivergence,
        double learningRate, double validationLogDensity);

    [LoggerMessage(
        3, LogLevel.Warning, "{RefusedSteps} of {Steps} steps of epoch {Epoch} were refused, since the loss or its gradient was not finite")]
    private static partial void Refused(ILogger logger, long refusedSteps, long steps, int epoch);
}
