using System.Diagnostics;
using System.Globalization;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Scoring;

namespace Bayes.Layers.Tests.Scoring;

/// <summary>
/// Seeded runs of the real program in which anything may end, stand still or be damaged at any moment. Every run ends with the exact result, and
/// leaves nothing behind. <c>BAYES_LAYERS_FAULT_RUNS</c> sets how many; 2 by default.
/// </summary>
public sealed class ScoringFaultsTests : TorchTest, IDisposable
{
    private const int Shards = 12;

    // A run that hangs fails; on a busy machine an ordinary one takes a minute.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly ScoringFolder _folder = new();
    private readonly ScoringPlan _plan;
    private readonly byte[] _expected;
    private readonly Dictionary<string, int> _faults = [];

    public ScoringFaultsTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The test looks for processes as Linux tells of them.");
        _folder.SaveModel(new GaussianLikelihood(0.5), units: 64);
        _plan = ScoringPlan.Create(_folder.Request(_folder.WriteParquet(Shards * 500, 1700), 500) with { Draws = 4000 });
        _plan.Save(_folder["plan.json"]);
        ScoringRun.RunAsync(_plan, _folder["expected.parquet"]).GetAwaiter().GetResult();
        _expected = File.ReadAllBytes(_folder["expected.parquet"]);
    }

    private string Output => _folder["results.parquet"];

    private ScoringParts Parts => new(_plan, _folder["results.parquet.parts"]);

    void IDisposable.Dispose()
    {
        _folder.Dispose();
        base.Dispose();
    }

    [Fact]
    public async Task Every_run_ends_with_the_exact_result()
    {
        int runs = Setting("BAYES_LAYERS_FAULT_RUNS", 2), first = Setting("BAYES_LAYERS_FAULT_SEED", 1);
        for (int run = first; run < first + runs; run++)
        {
            await RunAsync(run);
            File.ReadAllBytes(Output).Should().Equal(_expected, "run {0}", run);
            File.Delete(Output);
            _folder.Names.Should().Equal(["expected.parquet", "model.safetensors", "plan.json", "table.parquet"], "run {0}", run);
            ScoringProcess.WorkersIn(_folder["plan.json"]).Should().BeEmpty("run {0}", run);
        }
        TestContext.Current.SendDiagnosticMessage(
            $"{runs} runs: {string.Join(", ", _faults.OrderBy(fault => fault.Key).Select(fault => $"{fault.Value} × {fault.Key}"))}");
    }

    private static int Setting(string name, int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out int value) ? value : usual;

    private async Task RunAsync(int seed)
    {
        var random = new Random(seed);
        int workers = random.Next(2, 5), faults = random.Next(1, 5);
        var watch = Stopwatch.StartNew();
        var masters = new List<Process> { StartMaster(workers) };
        try
        {
            while (watch.Elapsed < Patience && !(masters.All(master => master.HasExited) && File.Exists(Output)))
            {
                await Task.WhenAny(Task.WhenAll(masters.Select(master => master.WaitForExitAsync())), Task.Delay(random.Next(50, 1500)));
                if (faults > 0 && masters.Any(master => !master.HasExited))
                {
                    faults--;
                    Strike(random, masters, workers);
                }
                else if (masters.All(master => master.HasExited) && !File.Exists(Output))
                    masters.Add(StartMaster(workers));
            }
            File.Exists(Output).Should().BeTrue("run {0} ends", seed);
        }
        finally
        {
            foreach (var master in masters)
            {
                ScoringProcess.Kill(master.Id);
                master.Dispose();
            }
        }
        // A worker whose master was killed ends within a moment, once it does not stand still.
        foreach (int id in ScoringProcess.WorkersIn(_folder["plan.json"]))
            ScoringProcess.Thaw(id);
        for (int tries = 0; tries < 500 && ScoringProcess.WorkersIn(_folder["plan.json"]).Length > 0; tries++)
            await Task.Delay(20);
        // What a master that was killed at the end left is used, or removed, by the next run.
        if (Directory.Exists(Parts.Folder))
        {
            using var last = StartMaster(workers);
            await last.WaitForExitAsync();
        }
    }

    private void Strike(Random random, List<Process> masters, int workers)
    {
        int[] ids = ScoringProcess.WorkersIn(_folder["plan.json"]);
        int kind = random.Next(7);
        string fault = "nothing";
        if (kind <= 1 && ids.Length > 0)
        {
            ScoringProcess.Kill(ids[random.Next(ids.Length)]);
            fault = "worker killed";
        }
        else if (kind == 2 && ids.Length > 1)
        {
            ScoringProcess.Freeze(ids[random.Next(ids.Length)]);
            fault = "worker frozen";
        }
        else if (kind == 3)
        {
            ScoringProcess.Kill(masters[^1].Id);
            fault = "master killed";
        }
        else if (kind == 4)
        {
            foreach (int id in masters.Select(master => master.Id).Concat(ids))
                ScoringProcess.Kill(id);
            fault = "all killed";
        }
        else if (kind == 5 && Directory.Exists(Parts.Folder))
            fault = Damage(random);
        else if (kind == 6)
        {
            masters.Add(StartMaster(workers));
            fault = "second master";
        }
        _faults[fault] = _faults.GetValueOrDefault(fault) + 1;
    }

    private string Damage(Random random)
    {
        try
        {
            int shard = random.Next(Shards);
            byte[] part = File.ReadAllBytes(Parts.PathOf(shard));
            if (random.Next(2) == 0)
                part = part[..random.Next(part.Length)];
            else
                part.AsSpan(60, 100).Clear();
            File.WriteAllBytes(Parts.PathOf(shard), part);
            return "part damaged";
        }
        catch (IOException)
        {
            return "nothing";
        }
    }

    private Process StartMaster(int workers)
    {
        var master = ScoringProcess.Start(
            "score", "--plan", _folder["plan.json"], "--output", Output, "--workers", $"{workers}", "--threads", "1");
        master.OutputDataReceived += (_, _) => { };
        master.ErrorDataReceived += (_, _) => { };
        master.BeginOutputReadLine();
        master.BeginErrorReadLine();
        return master;
    }
}
