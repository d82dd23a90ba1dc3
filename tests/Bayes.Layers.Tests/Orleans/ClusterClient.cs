using Bayes.Layers.Orleans;
using Bayes.Layers.Silo;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;

namespace Bayes.Layers.Tests.Orleans;

/// <summary>A client of a cluster of <see cref="SiloProcess"/>es.</summary>
internal sealed class ClusterClient : IAsyncDisposable
{
    private readonly IHost _host;

    private ClusterClient(IHost host) => _host = host;

    public static async Task<ClusterClient> ConnectAsync(string connection, string cluster)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.ClearProviders();
        builder.UseOrleansClient(client =>
        {
            client.UseAdoNetClustering(clustering => (clustering.Invariant, clustering.ConnectionString) = (SiloHost.Invariant, connection));
            client.Configure<ClusterOptions>(names => (names.ClusterId, names.ServiceId) = (cluster, cluster));
            client.Configure<GatewayOptions>(gateways => gateways.GatewayListRefreshPeriod = TimeSpan.FromSeconds(1));
            client.Configure<ClientMessagingOptions>(messages => messages.ResponseTimeout = TimeSpan.FromSeconds(10));
        });
        var host = builder.Build();
        await host.StartAsync();
        return new ClusterClient(host);
    }

    public ScoringJob Job(string name)
    {
        var job = _host.Services.GetRequiredService<IClusterClient>().GetScoringJob(name);
        job.Patience = TimeSpan.FromMinutes(2);
        return job;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _host.StopAsync().WaitAsync(TimeSpan.FromSeconds(10));
        }
        catch (TimeoutException)
        {
            // A client whose silos are all dead waits for them.
        }
        _host.Dispose();
    }
}
