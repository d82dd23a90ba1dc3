using Bayes.Layers.Orleans;
using Orleans.TestingHost;

namespace Bayes.Layers.Tests.Orleans;

/// <summary>Jobs on two silos in this process.</summary>
[Collection(OtherProcesses.Name)]
public sealed class ScoringClusterTests(ScoringClusterTests.TwoSilos silos) : IClassFixture<ScoringClusterTests.TwoSilos>, IDisposable
{
    private readonly ScoringScene _scene = new(shards: 12, rowsOfShard: 10, draws: 5);

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task The_result_is_that_of_one_process_to_the_bit_and_nothing_else_remains()
    {
        var job = Job();
        var told = new List<ScoringJobStatus>();
        (await job.GetStatusAsync()).Should().Be(new ScoringJobStatus { Name = job.Name });
        await SubmitAsync(job);
        var last = await job.WaitAsync(new Told<ScoringJobStatus>(told.Add));
        last.Should().BeEquivalentTo(new
        {
            State = ScoringJobState.Completed, ShardCount = 12, DoneShardCount = 12, RowCount = 120L, DoneRowCount = 120L,
            _scene.Plan.Fingerprint, Output = _scene.In("result.parquet"),
        });
        told.Select(status => status.DoneShardCount).Should().BeInAscendingOrder();
        File.ReadAllBytes(_scene.In("result.parquet")).Should().Equal(_scene.Expected);
        _scene.Leftovers("result.parquet").Should().BeEmpty();
    }

    [Fact]
    public async Task The_same_plan_twice_is_one_job_and_another_one_is_refused()
    {
        using var other = new ScoringScene(shards: 2, rowsOfShard: 10, draws: 5);
        var job = Job();
        await SubmitAsync(job);
        await job.WaitAsync();
        (await SubmitAsync(job)).State.Should().Be(ScoringJobState.Completed);
        await job.Awaiting(job => job.SubmitAsync(other.Plan, _scene.Parts, _scene.In("result.parquet"))).Should()
            .ThrowAsync<InvalidOperationException>()
            .WithMessage($"Job '{job.Name}' has the plan {_scene.Plan.Fingerprint}, and was given the plan {other.Plan.Fingerprint}: *");
        await job.Awaiting(job => job.SubmitAsync(_scene.Plan, _scene.Parts, _scene.In("other.parquet"))).Should()
            .ThrowAsync<InvalidOperationException>().WithMessage("*has its result in *");

        await job.ForgetAsync();
        (await job.SubmitAsync(other.Plan, _scene.Parts, _scene.In("other.parquet"))).ShardCount.Should().Be(2);
        (await job.WaitAsync()).State.Should().Be(ScoringJobState.Completed);
    }

    [Fact]
    public async Task A_text_that_is_no_plan_is_refused() =>
        await silos.Cluster.Client.GetGrain<IScoringJobGrain>("no plan")
            .Awaiting(grain => grain.Submit(new ScoringJobRequest { Plan = "{}", PartsFolder = "/nowhere", Output = "/nowhere/result" }))
            .Should().ThrowAsync<ArgumentException>().WithMessage("*no plan of scoring*");

    [Fact]
    public async Task A_paused_job_waits_and_a_cancelled_one_leaves_nothing()
    {
        using var slow = new ScoringScene(shards: 40, rowsOfShard: 500, draws: 5_000);
        var job = Job();
        await job.SubmitAsync(slow.Plan, slow.Parts, slow.In("result.parquet"));
        await foreach (var status in job.WatchAsync())
            if (status.DoneShardCount > 2)
                break;
        await job.PauseAsync();
        await foreach (var status in job.WatchAsync())
            if (status.RunningShardCount == 0)
                break;
        var paused = await job.GetStatusAsync();
        await Task.Delay(1_000);
        (await job.GetStatusAsync()).Should().Be(paused with { State = ScoringJobState.Paused });
        await job.Awaiting(job => job.ForgetAsync()).Should().ThrowAsync<InvalidOperationException>().WithMessage("*is Paused; *");

        await job.ResumeAsync();
        await foreach (var status in job.WatchAsync())
            if (status.DoneShardCount > paused.DoneShardCount)
                break;
        await job.CancelAsync();
        (await job.WaitAsync()).State.Should().Be(ScoringJobState.Cancelled);
        slow.Leftovers().Should().BeEmpty();
    }

    [Fact]
    public async Task A_job_that_failed_goes_on_from_its_parts()
    {
        var job = Job();
        await job.SubmitAsync(_scene.Plan, _scene.Parts, _scene.In(Path.Combine("absent", "result.parquet")));
        var failed = await job.WaitAsync();
        failed.Should().BeEquivalentTo(new { State = ScoringJobState.Failed, DoneShardCount = 12 });
        failed.Error.Should().Contain("absent");

        Directory.CreateDirectory(_scene.In("absent"));
        await job.ResumeAsync();
        (await job.WaitAsync()).State.Should().Be(ScoringJobState.Completed);
        File.ReadAllBytes(failed.Output).Should().Equal(_scene.Expected);
    }

    [Fact]
    public async Task A_corrupt_part_is_scored_again()
    {
        Directory.CreateDirectory(_scene.Parts);
        var parts = new Bayes.Layers.Scoring.ScoringParts(_scene.Plan, _scene.Parts);
        File.WriteAllText(parts.PathOf(3), "no part");
        var job = Job();
        await SubmitAsync(job);
        (await job.WaitAsync()).State.Should().Be(ScoringJobState.Completed);
        File.ReadAllBytes(_scene.In("result.parquet")).Should().Equal(_scene.Expected);
    }

    [Fact]
    public async Task A_model_that_is_another_than_the_plans_fails_the_job_with_what_differs()
    {
        File.AppendAllText(_scene.In("model.safetensors"), " ");
        var job = Job();
        await SubmitAsync(job);
        var last = await job.WaitAsync();
        last.State.Should().Be(ScoringJobState.Failed);
        last.Error.Should().Contain("is another than the plan's: its SHA-256 is");
        await job.CancelAsync();
        (await job.WaitAsync()).State.Should().Be(ScoringJobState.Cancelled);
        _scene.Leftovers().Should().BeEmpty();
    }

    private ScoringJob Job([System.Runtime.CompilerServices.CallerMemberName] string name = "") => silos.Cluster.Client.GetScoringJob(name);

    private Task<ScoringJobStatus> SubmitAsync(ScoringJob job) => job.SubmitAsync(_scene.Plan, _scene.Parts, _scene.In("result.parquet"));

    public sealed class TwoSilos : IAsyncLifetime
    {
        internal InProcessTestCluster Cluster { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            var builder = new InProcessTestClusterBuilder(2);
            builder.ConfigureSilo((_, silo) => silo.AddBayesLayers(options =>
            {
                options.ShardsAtATime = 2;
                (options.PollPeriod, options.ReportPeriod) = (TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(250));
                (options.LeaseTime, options.RetryDelay) = (TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(50));
            }));
            Cluster = builder.Build();
            await Cluster.DeployAsync();
        }

        public async ValueTask DisposeAsync()
        {
            if (Cluster is not null)
                await Cluster.DisposeAsync();
        }
    }
}
