using System.Net;
using Bayes.Layers.Orleans;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;

namespace Bayes.Layers.Silo;

/// <summary>Builds a silo.</summary>
internal static class SiloHost
{
    /// <summary>The name under which ADO.NET knows the driver of PostgreSQL.</summary>
    public const string Invariant = "Npgsql";

    // A dead silo has missed this many probes; one silo's word is enough, so that two silos do not wait for each other's.
    private const int Probes = 3;

    public static IHost Build(SiloOptions options)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat) = (true, "HH:mm:ss.fff "));
        builder.Logging.SetMinimumLevel(options.Verbose ? LogLevel.Information : LogLevel.Error);
        builder.Logging.AddFilter("Bayes.Layers", LogLevel.Information);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(20));
        builder.UseOrleans(silo => Configure(silo, options));
        return builder.Build();
    }

    private static void Configure(ISiloBuilder silo, SiloOptions options)
    {
        if (options.Connection is { } connection)
        {
            silo.UseAdoNetClustering(clustering => (clustering.Invariant, clustering.ConnectionString) = (Invariant, connection));
            silo.AddAdoNetGrainStorage(
                BayesLayersOptions.StorageName, storage => (storage.Invariant, storage.ConnectionString) = (Invariant, connection));
            silo.ConfigureEndpoints(options.Address, options.SiloPort, options.GatewayPort, listenOnAnyHostAddress: false);
        }
        else
        {
            var primary = options.PrimaryPort == 0 ? null : new IPEndPoint(IPAddress.Loopback, options.PrimaryPort);
            silo.UseLocalhostClustering(options.SiloPort, options.GatewayPort, primary, options.Cluster, options.Cluster);
        }
        silo.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (options.Cluster, options.Cluster));
        silo.Configure<ClusterMembershipOptions>(membership => Watch(membership, options.DeadAfter));
        silo.AddBayesLayers(scoring =>
        {
            scoring.ShardsAtATime = options.ShardsAtATime;
            scoring.ModelIdleTime = options.ModelIdleTime;
        });
    }

    /// <summary>Makes silos notice a dead one within a time, and lets a cluster start again at once that died as a whole.</summary>
    private static void Watch(ClusterMembershipOptions membership, TimeSpan deadAfter)
    {
        membership.NumMissedProbesLimit = Probes;
        membership.ProbeTimeout = deadAfter / (Probes + 1);
        membership.NumVotesForDeathDeclaration = 1;
        membership.TableRefreshTimeout = deadAfter;
        membership.IAmAliveTablePublishTimeout = deadAfter / Probes;
        membership.NumMissedTableIAmAliveLimit = Probes;
    }
}
