using System.Diagnostics;
using System.Globalization;
using Bayes.Layers.Orleans;

namespace Bayes.Layers.Tests.Orleans;

/// <summary>
/// Jobs on silos that are killed, frozen and slowed, with parts that are damaged and a disk that is full, as a seed says. By hand:
/// <c>BAYES_LAYERS_FAULT_RUNS=200</c> is the number of runs, <c>BAYES_LAYERS_FAULT_FIRST</c> the first seed, and a line for each run is
/// written to the file <c>BAYES_LAYERS_FAULT_LOG</c>.
/// </summary>
[Collection(OtherProcesses.Name)]
public sealed class FaultRunsTests
{
    private const string Cluster = "faults";
    private const int SiloCount = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly SiloProcess?[] _silos = new SiloProcess?[SiloCount];
    private readonly int[] _ports = FreePorts.Take(2 * SiloCount);
    private readonly List<string> _told = [];

    private static int Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int number) ? number : 0;

    [Fact]
    public async Task Every_run_ends_with_the_exact_result_or_a_stated_failure_and_leaves_nothing()
    {
        int runs = Number("BAYES_LAYERS_FAULT_RUNS"), first = Number("BAYES_LAYERS_FAULT_FIRST");
        Assert.SkipWhen(runs == 0, "BAYES_LAYERS_FAULT_RUNS says how many runs there are, and is not set");
        Assert.SkipWhen(PostgresServer.Missing is not null, PostgresServer.Missing ?? "");
        using var model = Scene();
        await using var postgres = await PostgresServer.StartAsync();
        await StartAsync(postgres);
        try
        {
            await using var client = await ClusterClient.ConnectAsync(postgres.ConnectionString, Cluster);
            for (int seed = first; seed < first + runs; seed++)
                await RunAsync(seed, model.Expected, postgres, client);
        }
        finally
        {
            foreach (var silo in _silos)
                silo?.Dispose();
        }
    }

    private static ScoringScene Scene() => new(shards: 20, rowsOfShard: 300, draws: 2_500);

    private async Task RunAsync(int seed, byte[] expected, PostgresServer postgres, ClusterClient client)
    {
        var watch = Stopwatch.StartNew();
        var random = new Random(seed);
        _told.Clear();
        await StartAsync(postgres);
        using var scene = Scene();
        var job = client.Job($"run {seed}");
        string ended = "";
        try
        {
            await job.SubmitAsync(scene.Plan, scene.Parts, scene.Result);
            for (int faults = random.Next(1, 4); faults > 0; faults--)
            {
                await Task.Delay(random.Next(100, 2_500));
                await MakeFaultAsync(random, scene, job);
            }
            await Task.Delay(random.Next(3_000));
            if (random.Next(2) == 0 || _silos.All(silo => silo is null or { HasExited: true }))
                await StartAsync(postgres);
            if (random.Next(3) == 0)
                await job.SubmitAsync(scene.Plan, scene.Parts, scene.Result);
            using var patience = new CancellationTokenSource(Patience);
            var last = await WaitAsync(job, postgres, patience.Token);
            if (last.State == ScoringJobState.Failed)
            {
                ended = $"failed ({last.Error}), resumed, ";
                last.Error.Should().Contain("became larger than the system allows", "nothing else fails a job");
                Limit("unlimited");
                await job.ResumeAsync();
                last = await WaitAsync(job, postgres, patience.Token);
            }
            ended += last.State;
            last.State.Should().Be(ScoringJobState.Completed);
            File.ReadAllBytes(scene.Result).Should().Equal(expected);
            scene.Leftovers("result.parquet").Should().BeEmpty();
        }
        catch (Exception exception)
        {
            ended += " WRONG: " + exception;
            foreach (var silo in _silos.OfType<SiloProcess>())
                ended += $"\n\nsilo {silo.Id} {silo.HasExited}\n{string.Join('\n', silo.Lines.TakeLast(60))}";
            try
            {
                ended += "\nstatus: " + await job.GetStatusAsync();
            }
            catch (Exception silent)
            {
                ended += "\nno status: " + silent.Message;
            }
            throw new InvalidOperationException($"Seed {seed}: {string.Join("; ", _told)}: {ended}", exception);
        }
        finally
        {
            Limit("unlimited");
            string line = FormattableString.Invariant($"seed {seed}: {string.Join("; ", _told)}: {ended}, {watch.Elapsed.TotalSeconds:F1} s");
            if (Environment.GetEnvironmentVariable("BAYES_LAYERS_FAULT_LOG") is { } log)
                await File.AppendAllTextAsync(log, line + "\n");
        }
    }

    /// <summary>Waits for the end of a job, and starts silos again as an orchestrator does, if all are dead.</summary>
    private async Task<ScoringJobStatus> WaitAsync(ScoringJob job, PostgresServer postgres, CancellationToken patience)
    {
        for (var last = job.WaitAsync(cancellationToken: patience); ; )
        {
            if (await Task.WhenAny(last, Task.Delay(1_000, CancellationToken.None)) == last)
                return await last;
            if (_silos.All(silo => silo is null or { HasExited: true }))
                await StartAsync(postgres);
        }
    }

    private async Task MakeFaultAsync(Random random, ScoringScene scene, ScoringJob job)
    {
        var alive = _silos.OfType<SiloProcess>().Where(silo => !silo.HasExited).ToArray();
        if (alive.Length == 0)
            return;
        var one = alive[random.Next(alive.Length)];
        switch (random.Next(8))
        {
            case 0:
                _told.Add("a silo is killed");
                one.Kill();
                break;
            case 1:
                _told.Add("the job's silo is killed");
                (alive.LastOrDefault(silo => silo.Lines.Any(line => line.Contains($"Job {job.Name} ", StringComparison.Ordinal))) ?? one).Kill();
                break;
            case 2:
                _told.Add("all silos are killed");
                foreach (var silo in alive)
                    silo.Kill();
                break;
            case 3:
                _told.Add("a silo ends as told");
                await one.StopAsync();
                break;
            case 4:
                int milliseconds = random.Next(500, 12_000);
                _told.Add($"a silo stands still for {milliseconds} ms");
                one.Signal("STOP");
                await Task.Delay(milliseconds);
                one.Signal("CONT");
                break;
            case 5:
                _told.Add("a silo is slow");
                _ = SlowAsync(one, random.Next(3_000, 10_000));
                break;
            case 6:
                var parts = Directory.Exists(scene.Parts) ? Directory.GetFiles(scene.Parts, "*.parquet") : [];
                if (parts.Length == 0)
                    goto case 0;
                _told.Add("a part is damaged");
                Damage(parts[random.Next(parts.Length)], random);
                break;
            default:
                int room = random.Next(200, 30_000);
                _told.Add($"files may have {room} bytes");
                Limit($"{room}");
                if (random.Next(2) == 0)
                {
                    await Task.Delay(random.Next(2_000));
                    _told.Add("and any number again");
                    Limit("unlimited");
                }
                break;
        }
    }

    private static void Damage(string part, Random random)
    {
        try
        {
            using var file = new FileStream(part, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            file.Position = random.NextInt64(file.Length);
            file.WriteByte((byte)random.Next(256));
        }
        catch (IOException)
        {
            // The job has ended meanwhile.
        }
    }

    /// <summary>Lets a silo run for a fifth of the time.</summary>
    private static async Task SlowAsync(SiloProcess silo, int milliseconds)
    {
        for (var watch = Stopwatch.StartNew(); watch.ElapsedMilliseconds < milliseconds && !silo.HasExited; await Task.Delay(50))
        {
            silo.Signal("STOP");
            await Task.Delay(200);
            silo.Signal("CONT");
        }
    }

    /// <summary>Limits the size of files that silos write, as a full disk does.</summary>
    private void Limit(string bytes)
    {
        foreach (var silo in _silos.OfType<SiloProcess>().Where(silo => !silo.HasExited))
        {
            using var limit = Process.Start("prlimit", ["--pid", $"{silo.Id}", $"--fsize={bytes}:unlimited"]);
            limit.WaitForExit();
        }
    }

    /// <summary>Starts the silos that are dead, and again those that do not start, as an orchestrator does.</summary>
    private async Task StartAsync(PostgresServer postgres)
    {
        var dead = Enumerable.Range(0, SiloCount).Where(number => _silos[number] is null or { HasExited: true }).ToArray();
        await Task.WhenAll(dead.Select(async number =>
        {
            _silos[number]?.Dispose();
            _silos[number] = null;
            for (int tries = 1; _silos[number] is null; tries++)
                try
                {
                    _silos[number] = await SiloProcess.StartAsync(
                        postgres.ConnectionString, Cluster, 1, _ports[2 * number], _ports[(2 * number) + 1],
                        Number("BAYES_LAYERS_FAULT_VERBOSE") > 0 ? ["--verbose"] : []);
                }
                catch (InvalidOperationException exception) when (tries < 3)
                {
                    _told.Add("a silo does not start: " + exception.Message);
                }
        }));
    }
}
