namespace Bayes.Layers.Tests.Orleans;

/// <summary>How often what goes wrong in a <see cref="SimulatedCluster"/>.</summary>
internal sealed record SimulatedFaults
{
    public double DeathsPerHour { get; init; }

    public double DeathsOfAllPerHour { get; init; }

    public double LedgerLossesPerHour { get; init; }

    public double FreezesPerHour { get; init; }

    public double CorruptionsPerHour { get; init; }

    public double FullDisksPerHour { get; init; }

    public double SlowShare { get; init; }

    public double LostShare { get; init; }

    public double DoubledShare { get; init; }

    public double DelayedShare { get; init; }
}
