using Bayes.Layers.Orleans.Agents;
using Bayes.Layers.Orleans.Jobs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Storage;

namespace Bayes.Layers.Orleans;

/// <summary>Adds Bayes.Layers to silos.</summary>
public static class BayesLayersSiloExtensions
{
    /// <summary>
    /// Makes a silo work for scoring jobs. Clustering and persistence are the host's: jobs are stored by the provider named
    /// <see cref="BayesLayersOptions.StorageName"/>, in the memory of the cluster if the host has none of this name.
    /// </summary>
    /// <param name="silo">The silo.</param>
    /// <param name="configure">Changes the options.</param>
    /// <returns>The silo.</returns>
    /// <example><c>silo.UseLocalhostClustering().AddBayesLayers(options => options.ShardsAtATime = 4)</c></example>
    public static ISiloBuilder AddBayesLayers(this ISiloBuilder silo, Action<BayesLayersOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(silo);
        silo.Services.AddOptions<BayesLayersOptions>();
        if (configure is not null)
            silo.Services.Configure(configure);
        if (silo.Services.Any(service => service.ServiceType == typeof(SiloAgent)))
            return silo;

        // The last provider of a name is used: one that the host adds later takes the place of memory.
        if (!silo.Services.Any(service => service.ServiceType == typeof(IGrainStorage) && Equals(service.ServiceKey, BayesLayersOptions.StorageName)))
            silo.AddMemoryGrainStorage(BayesLayersOptions.StorageName);
        silo.Services.TryAddSingleton(TimeProvider.System);
        silo.Services.TryAddSingleton<IScoringWork, ScoringWork>();
        silo.Services.AddSingleton<SiloAgent>();
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(services => services.GetRequiredService<SiloAgent>());
        return silo;
    }
}
