using Bayes.Layers.Orleans.Jobs;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Bayes.Layers.Orleans.Agents;

/// <summary>
/// The worker of a silo: reads the registry of jobs with work left, and works for each with a <see cref="JobPump"/>. Its first report wakes the grain
/// of a job, so that jobs go on by themselves after the whole cluster has died.
/// </summary>
internal sealed partial class SiloAgent(
    IGrainFactory grains,
    ILocalSiloDetails silo,
    IScoringWork work,
    IOptions<BayesLayersOptions> options,
    TimeProvider time,
    ILogger<SiloAgent> logger) : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private readonly RunnerCache _models = new(options.Value.ModelIdleTime, time);
    private readonly Slots _slots = new(options.Value.ShardsAtATime);
    private readonly Dictionary<string, Task> _pumps = [];
    private readonly CancellationTokenSource _leaving = new();
    private Task _loop = Task.CompletedTask;

    public void Participate(ISiloLifecycle observer) => observer.Subscribe(nameof(SiloAgent), ServiceLifecycleStage.Active, StartAsync, StopAsync);

    public void Dispose()
    {
        _models.Dispose();
        _leaving.Dispose();
    }

    private Task StartAsync(CancellationToken cancellation)
    {
        options.Value.Validate();
        _loop = Task.Run(RunAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    private async Task StopAsync(CancellationToken cancellation)
    {
        await _leaving.CancelAsync();
        await _loop.WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RunAsync()
    {
        while (!_leaving.IsCancellationRequested)
        {
            try
            {
                var jobs = await grains.GetGrain<IJobRegistryGrain>(JobRegistryGrain.Key).List();
                foreach (var ended in _pumps.Where(pump => pump.Value.IsCompleted).Select(pump => pump.Key).ToArray())
                    _pumps.Remove(ended);
                foreach (var job in jobs)
                    if (!_pumps.ContainsKey(job))
                        _pumps[job] = Task.Run(() => Pump(job).RunAsync(_leaving.Token), CancellationToken.None);
            }
            catch (Exception exception)
            {
                LogNoRegistry(ErrorSentence.Short(exception));
            }
            _models.UnloadIdle();
            await Task.Delay(options.Value.PollPeriod, _leaving.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        await Task.WhenAll(_pumps.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private JobPump Pump(string job) => new(
        job, silo.SiloAddress.ToParsableString(), grains.GetGrain<IScoringWorkGrain>(job), work, _models, _slots, options.Value.ReportPeriod, logger);

    [LoggerMessage(LogLevel.Information, "The registry of jobs does not answer: {Reason}")]
    private partial void LogNoRegistry(string reason);
}
