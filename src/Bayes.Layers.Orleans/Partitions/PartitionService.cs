using Bayes.Layers.Partitioned;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Bayes.Layers.Orleans;

/// <summary>Answers for a partition while its silo runs. A partition that cannot answer does not end its silo.</summary>
internal sealed partial class PartitionService(PartitionedTrainingJob training, Func<PartitionWorker> worker, ILogger<PartitionService> logger)
    : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.Run(() => RunAsync(stoppingToken), stoppingToken);

    private async Task RunAsync(CancellationToken stoppingToken)
    {
        try
        {
            await training.AnswerAsync(worker(), stoppingToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
        catch (Exception exception)
        {
            LogCannotAnswer(training.Name, exception.Message);
        }
    }

    [LoggerMessage(LogLevel.Error, "The data on this silo no longer take part in the training '{Training}': {Reason}")]
    private partial void LogCannotAnswer(string training, string reason);
}
