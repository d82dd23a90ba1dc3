using System.Net;

namespace Bayes.Layers.Silo;

/// <summary>What the command line says.</summary>
internal sealed record SiloOptions
{
    /// <summary>Gets the connection string of PostgreSQL; null for a cluster on this machine that keeps its state in memory.</summary>
    public string? Connection { get; init; }

    public bool CreateTables { get; init; }

    public string Cluster { get; init; } = "bayes-layers";

    public IPAddress Address { get; init; } = IPAddress.Loopback;

    public int SiloPort { get; init; } = 11111;

    public int GatewayPort { get; init; } = 30000;

    /// <summary>Gets the silo port of the first silo of a cluster without a database; 0 if this is the first.</summary>
    public int PrimaryPort { get; init; }

    public int ShardsAtATime { get; init; } = Environment.ProcessorCount;

    public TimeSpan ModelIdleTime { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Gets how long a silo may give no sign before the others declare it dead.</summary>
    public TimeSpan DeadAfter { get; init; } = TimeSpan.FromSeconds(6);

    public bool Verbose { get; init; }
}
