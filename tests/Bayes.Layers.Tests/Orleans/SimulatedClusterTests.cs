using Bayes.Layers.Orleans.Scheduling;

namespace Bayes.Layers.Tests.Orleans;

public sealed class SimulatedClusterTests
{
    private static int Seeds => int.TryParse(Environment.GetEnvironmentVariable("BAYES_LAYERS_SIMULATIONS"), out var seeds) ? seeds : 300;

    private static SimulatedFaults Faults(int seed)
    {
        var random = new Random(seed);
        double Sometimes(double most) => random.Next(3) == 0 ? 0 : most * random.NextDouble();
        return new SimulatedFaults
        {
            DeathsPerHour = Sometimes(200),
            DeathsOfAllPerHour = Sometimes(30),
            LedgerLossesPerHour = Sometimes(200),
            FreezesPerHour = Sometimes(100),
            CorruptionsPerHour = Sometimes(100),
            SlowShare = Sometimes(0.5),
            LostShare = Sometimes(0.3),
            DoubledShare = Sometimes(0.3),
            DelayedShare = Sometimes(0.3),
        };
    }

    [Fact]
    public void Every_shard_is_in_the_result_once_whatever_dies_or_is_lost()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var cluster = new SimulatedCluster(seed, shardCount: seed % 40, agentCount: 1 + (seed % 5), Faults(seed));
            cluster.Run().Should().BeTrue($"seed {seed} ends");
            if (cluster.Ledger.End == LedgerEnd.Failed)
            {
                cluster.Ledger.Error.Should().Be("A part is corrupt.", $"seed {seed}");
                continue;
            }
            cluster.Ledger.End.Should().Be(LedgerEnd.Merged, $"seed {seed}");
            cluster.Result.Keys.Order().Should().Equal(Enumerable.Range(0, seed % 40), $"seed {seed} loses nothing");
        }
    }

    [Fact]
    public void A_full_disk_ends_in_the_result_or_in_its_sentence()
    {
        var failed = 0;
        for (var seed = 0; seed < Seeds; seed++)
        {
            var cluster = new SimulatedCluster(seed, 20, 3, Faults(seed) with { FullDisksPerHour = 100, CorruptionsPerHour = 0 });
            cluster.Run().Should().BeTrue($"seed {seed} ends");
            if (cluster.Ledger.End == LedgerEnd.Failed)
                cluster.Ledger.Error.Should().Be("No space is left on the disk.", $"seed {seed}");
            else
                cluster.Result.Should().HaveCount(20, $"seed {seed}");
            failed += cluster.Ledger.End == LedgerEnd.Failed ? 1 : 0;
        }
        failed.Should().BeInRange(1, Seeds - 1, "both happen");
    }

    [Fact]
    public void A_cancelled_job_comes_to_rest()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var cluster = new SimulatedCluster(seed, 40, 3, Faults(seed));
            var random = new Random(seed);
            cluster.Run(running =>
            {
                running.Ledger.Paused = random.Next(3) == 0;
                if (running.Now > TimeSpan.FromSeconds(10))
                    running.Ledger.Cancel();
            }).Should().BeTrue($"seed {seed} ends");
        }
    }

    [Fact]
    public void A_slow_silo_is_helped()
    {
        var faults = new SimulatedFaults { SlowShare = 0.3 };
        for (var seed = 0; seed < 100; seed++)
        {
            var cluster = new SimulatedCluster(seed, 60, 5, faults);
            cluster.Run().Should().BeTrue();
            cluster.Result.Should().HaveCount(60);
            cluster.Written.Should().BeInRange(60, 80, "copies are few");
        }
    }
}
