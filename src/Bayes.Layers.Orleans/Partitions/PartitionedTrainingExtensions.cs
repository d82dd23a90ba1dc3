using Bayes.Layers.Partitioned;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Bayes.Layers.Orleans;

/// <summary>Gives clients and silos of a cluster its partitioned trainings.</summary>
public static class PartitionedTrainingExtensions
{
    /// <summary>Returns the partitioned training of a name, whether anything was begun under it or not.</summary>
    /// <param name="client">A client of the cluster, or the factory of grains of a silo.</param>
    /// <param name="name">The name of the training.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public static PartitionedTrainingJob GetPartitionedTraining(this IGrainFactory client, string name)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return new PartitionedTrainingJob(client.GetGrain<IPartitionedTrainingGrain>(name), name);
    }

    /// <summary>Lets a silo answer for the data that are on it, from its start until the training ends.</summary>
    /// <param name="silo">The silo, with <see cref="BayesLayersSiloExtensions.AddBayesLayers"/>.</param>
    /// <param name="training">The name of the training.</param>
    /// <param name="worker">Makes the partition with its data, once; the silo does not dispose them.</param>
    /// <returns>The silo.</returns>
    public static ISiloBuilder AddPartition(this ISiloBuilder silo, string training, Func<IServiceProvider, PartitionWorker> worker)
    {
        ArgumentNullException.ThrowIfNull(silo);
        ArgumentException.ThrowIfNullOrWhiteSpace(training);
        ArgumentNullException.ThrowIfNull(worker);
        silo.Services.AddSingleton<IHostedService>(services => new PartitionService(
            services.GetRequiredService<IGrainFactory>().GetPartitionedTraining(training), () => worker(services),
            services.GetRequiredService<ILogger<PartitionService>>()));
        return silo;
    }
}
