using Bayes.Layers.Likelihoods;
using Bayes.Layers.Orleans;
using Bayes.Layers.Partitioned;
using Bayes.Layers.Training;
using Orleans.TestingHost;

namespace Bayes.Layers.Tests.Orleans;

/// <summary>Training on data in several places, by a cluster of two silos: the same bits as in one process, whatever is lost between.</summary>
public sealed class PartitionedClusterTests : TorchTest, IAsyncLifetime
{
    private const int Rounds = 3;
    private static readonly BernoulliLikelihood Likelihood = new();
    private readonly Tensor _inputs = randn(60, 2);
    private readonly Tensor _targets;
    private readonly TestCluster _cluster;

    public PartitionedClusterTests()
    {
        _targets = _inputs.sum([1L], keepdim: true).gt(0).to(float32);
        var builder = new TestClusterBuilder(2);
        builder.AddSiloBuilderConfigurator<Silo>();
        _cluster = builder.Build();
    }

    public async ValueTask InitializeAsync() => await _cluster.DeployAsync();

    public async ValueTask DisposeAsync()
    {
        await _cluster.StopAllSilosAsync();
        await _cluster.DisposeAsync();
        Dispose();
    }

    [Fact]
    public async Task The_cluster_learns_what_one_process_learns_to_the_bit()
    {
        var (start, workers) = Scene();
        var expected = PartitionedPosterior.FromBytes(start.ToBytes());
        for (int round = 0; round < Rounds; round++)
        {
            foreach (var worker in workers)
                expected.Offer(worker.Answer(expected.Request(worker.Partition.Name)));
            expected.EndRound();
        }

        var training = _cluster.Client.GetPartitionedTraining("hospitals");
        await training.Awaiting(each => each.WaitAsync()).Should().ThrowAsync<InvalidOperationException>().WithMessage("Nothing was begun *");
        (await training.BeginAsync(start, Rounds)).State.Should().Be(PartitionedTrainingState.Training);
        (await training.BeginAsync(start, Rounds)).Rounds.Should().Be(0, "the same again changes nothing");
        await training.Awaiting(each => each.BeginAsync(start, Rounds + 1)).Should().ThrowAsync<InvalidOperationException>()
            .WithMessage("Another training was begun under the name 'hospitals'; *");

        var seen = new List<int>();
        var answering = workers.Select(worker => Task.Run(() => training.AnswerAsync(worker))).ToList();
        // Grains that are put away come back with what is durable.
        var management = _cluster.Client.GetGrain<IManagementGrain>(0);
        var found = await training.WaitAsync(new Told<PartitionedTrainingStatus>(status =>
        {
            seen.Add(status.Rounds);
            management.ForceActivationCollection(TimeSpan.Zero).GetAwaiter().GetResult();
        }));
        await Task.WhenAll(answering);
        seen.Should().BeInAscendingOrder().And.HaveElementAt(0, 0);
        found.Rounds.Should().HaveCount(Rounds);
        found.Posterior.Precisions.ToArray().Should().Equal(expected.Posterior.Precisions.ToArray());
        found.Posterior.PrecisionMeans.ToArray().Should().Equal(expected.Posterior.PrecisionMeans.ToArray());
        (await training.StatusAsync()).State.Should().Be(PartitionedTrainingState.Completed);
    }

    [Fact]
    public async Task Places_join_late_leave_and_are_refused_with_what_differs()
    {
        var (start, workers) = Scene();
        var training = _cluster.Client.GetPartitionedTraining("branches");
        await training.BeginAsync(start, 100, TimeSpan.FromSeconds(1));
        var grain = _cluster.Client.GetGrain<IPartitionedTrainingGrain>("branches");
        await grain.Awaiting(each => each.Ask("north", "other")).Should().ThrowAsync<ArgumentException>()
            .WithMessage("Partition 'north' has a model of fingerprint other; expected *");
        await grain.Awaiting(each => each.Offer([1, 2, 3])).Should().ThrowAsync<ArgumentException>().WithMessage("The answer cannot be read: *");

        // The round does not wait for the south for ever.
        var request = PartitionRequest.FromBytes((await grain.Ask("north", start.Fingerprint)).Request);
        byte[] answer = workers[0].Answer(request).ToBytes();
        (await grain.Offer(answer)).Should().Be(AnswerOutcome.Accepted);
        (await grain.Offer(answer)).Should().Be(AnswerOutcome.Duplicate);
        (await grain.Ask("north", start.Fingerprint)).Request.Should().BeNull("it has answered");
        while ((await training.StatusAsync()).Rounds == 0)
            await Task.Delay(100);
        (await training.PosteriorAsync())!.Rounds[0].Answered.Should().Equal("north");

        (await grain.Ask("east", start.Fingerprint)).Request.Should().NotBeNull("a place may come late");
        (await training.StatusAsync()).Partitions.Should().Be(3);
        (await training.LeaveAsync("east", keepsFactor: false)).Partitions.Should().Be(2);
        await training.LeaveAsync("north", keepsFactor: true);
        (await grain.Ask("north", start.Fingerprint)).HasEnded.Should().BeTrue();
        (await training.PauseAsync()).State.Should().Be(PartitionedTrainingState.Paused);
        (await grain.Ask("south", start.Fingerprint)).Should().Be(new PartitionOrder());
        (await training.ResumeAsync()).State.Should().Be(PartitionedTrainingState.Training);
    }

    private (PartitionedPosterior Start, PartitionWorker[] Workers) Scene()
    {
        random.manual_seed(4);
        var options = new PartitionWorkerOptions { Training = new() { Epochs = 3, KlSchedule = new ConstantKl() } };
        var posterior = new PartitionedPosterior(Network(), Likelihood);
        posterior.Join("north");
        posterior.Join("south");
        return (posterior,
            [
                new(new Partition("north", _inputs[..40], _targets[..40]), Network(), Likelihood, options),
                new(new Partition("south", _inputs[40..], _targets[40..]), Network(), Likelihood, options),
            ]);
    }

    private static BayesianSequential Network() => new(new BayesianLinear(2, 4), nn.Tanh(), new BayesianLinear(4, 1));

    private sealed class Silo : ISiloConfigurator
    {
        public void Configure(ISiloBuilder siloBuilder) => siloBuilder.AddBayesLayers();
    }
}
