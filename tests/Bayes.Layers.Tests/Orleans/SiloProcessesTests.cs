using Bayes.Layers.Orleans;

namespace Bayes.Layers.Tests.Orleans;

/// <summary>Silos in processes of their own, with clustering and persistence in a PostgreSQL of the test.</summary>
[Collection(OtherProcesses.Name)]
public sealed class SiloProcessesTests
{
    private const string Cluster = "killed";

    [Fact]
    public async Task A_job_ends_with_the_same_bits_though_its_silo_and_then_all_are_killed()
    {
        Assert.SkipWhen(PostgresServer.Missing is not null, PostgresServer.Missing ?? "");
        using var scene = new ScoringScene(shards: 24, rowsOfShard: 500, draws: 20_000);
        await using var postgres = await PostgresServer.StartAsync();
        int[] ports = FreePorts.Take(10);
        var silos = await StartAsync(0, 3);
        try
        {
            await using var client = await ClusterClient.ConnectAsync(postgres.ConnectionString, Cluster);
            var job = client.Job("scores");
            await job.SubmitAsync(scene.Plan, scene.Parts, scene.In("result.parquet"));
            await DoneAsync(job, 3);

            var holder = silos.Single(silo => silo.Lines.Any(line => line.Contains("Job scores was submitted", StringComparison.Ordinal)));
            holder.Kill();
            await DoneAsync(job, 9);
            foreach (var silo in silos)
                silo.Kill();
            scene.Leftovers("result.parquet", "parts").Should().HaveCountLessThan(24, "the job is in the middle");

            silos.AddRange(await StartAsync(3, 2));
            var last = await job.WaitAsync();
            last.Should().BeEquivalentTo(
                new { State = ScoringJobState.Completed, DoneShardCount = 24, DoneRowCount = 12_000L, Error = (string?)null });
            File.ReadAllBytes(last.Output).Should().Equal(scene.Expected);
            scene.Leftovers("result.parquet").Should().BeEmpty();

            foreach (var silo in silos.Where(silo => !silo.HasExited))
                (await silo.StopAsync()).Should().Be(0, string.Join('\n', silo.Lines));
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw new InvalidOperationException(
                exception.Message + "\n" + string.Join("\n\n", silos.Select(silo => string.Join('\n', silo.Lines))), exception);
        }
        finally
        {
            silos.ForEach(silo => silo.Dispose());
        }

        async Task<List<SiloProcess>> StartAsync(int first, int count) => [.. await Task.WhenAll(Enumerable.Range(first, count)
            .Select(number => SiloProcess.StartAsync(postgres.ConnectionString, Cluster, 1, ports[2 * number], ports[(2 * number) + 1])))];
    }

    private static async Task DoneAsync(ScoringJob job, int shards)
    {
        await foreach (var status in job.WatchAsync())
            if (status.DoneShardCount >= shards || status.IsAtRest)
            {
                status.IsAtRest.Should().BeFalse("the job is killed in the middle");
                return;
            }
    }
}
