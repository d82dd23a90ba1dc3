using Bayes.Layers.Likelihoods;
using Bayes.Layers.Partitioned;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Partitioned;

/// <summary>Training in one process: the same bits on any number of threads, and one sentence for what cannot be partitioned.</summary>
public sealed class PartitionedTrainingTests : TorchTest
{
    private static readonly BernoulliLikelihood Likelihood = new();

    private readonly Tensor _inputs = randn(40, 2);
    private readonly Tensor _targets;

    public PartitionedTrainingTests() => _targets = _inputs.sum([1L], keepdim: true).gt(0).to(float32);

    private static VariationalTrainerOptions Short => new() { Epochs = 3, KlSchedule = new ConstantKl() };

    private static BayesianSequential Network(Prior? prior = null) =>
        new(new BayesianLinear(2, 4, prior: prior), nn.Tanh(), new BayesianLinear(4, 1, prior: prior));

    private Partition[] Parts() => Regressions.Cut(_inputs, _targets, 10, 6, 14, 10);

    private double[] Train(int atATime, Func<BayesianModule>? create = null, PartitionPrivacy? privacy = null)
    {
        random.manual_seed(3);
        using var model = Network();
        new PartitionedTraining(model, Likelihood, new()
        {
            Rounds = 2, PartitionsAtATime = atATime, CreateModel = create, Worker = new() { Training = Short, Privacy = privacy },
        }).Fit(Parts());
        return [.. model.parameters().SelectMany(Values)];
    }

    [Fact]
    public void The_number_at_a_time_and_native_threads_change_no_bit()
    {
        double[] alone = Train(1);
        Train(2).Should().Equal(alone);
        Train(4, () => Network()).Should().Equal(alone);
        int before = get_num_threads();
        try
        {
            set_num_threads(3);
            Train(3).Should().Equal(alone);
            get_num_threads().Should().Be(3);
            int ofNewThread = 0;
            var thread = new Thread(() => ofNewThread = get_num_threads());
            thread.Start();
            thread.Join();
            ofNewThread.Should().Be(3);
        }
        finally
        {
            set_num_threads(before);
        }
        var privacy = new PartitionPrivacy(2, 0.1) { Seed = 4 };
        double[] hidden = Train(1, privacy: privacy);
        hidden.Should().NotEqual(alone);
        Train(3, privacy: privacy).Should().Equal(hidden);
    }

    [Fact]
    public void The_asynchronous_form_asks_each_partition_equally_often()
    {
        using var model = Network();
        var told = new List<PartitionedRound>();
        var result = new PartitionedTraining(model, Likelihood, new()
        {
            Rounds = 3, PartitionsAtATime = 3, Posterior = new() { Schedule = PartitionSchedule.Asynchronous }, Worker = new() { Training = Short },
        }).Fit(Parts(), new Told<PartitionedRound>(told.Add));
        result.Rounds.Should().HaveCount(12);
        told.Should().Equal(result.Rounds);
        result.Posterior.Partitions.Should().OnlyContain(status => status.Answers == 3);
        result.Elbo.Should().NotBeNull();
    }

    [Fact]
    public void A_stream_of_batches_is_a_partition_too_and_nothing_is_left_behind()
    {
        using var model = Network();
        var training = new PartitionedTraining(model, Likelihood, new() { Rounds = 1, PartitionsAtATime = 1, Worker = new() { Training = Short } });
        Partition[] parts = [new("stream", new RowStream(_inputs, _targets, 8)), Parts()[0]];
        training.Fit(parts);
        long before = LiveTensors();
        var result = training.Fit(parts);
        LiveTensors().Should().Be(before);
        result.Rounds[0].EffectiveExamples.Should().BeApproximately(2 / 3.0 * 50, 1e-9);
        result.ToString().Should().StartWith("Round 1: 2 answers, largest change ");
        // The priors are the model's own again.
        model.KlDivergence().ToDouble().Should().BeApproximately(result.Posterior.KlDivergence, 1e-3);
    }

    [Fact]
    public void Cancelling_leaves_the_last_whole_round_and_tolerance_ends_early()
    {
        using var model = Network();
        using var source = new CancellationTokenSource();
        var training = new PartitionedTraining(model, Likelihood, new() { Rounds = 5, Worker = new() { Training = Short } });
        var result = training.Fit(Parts(), new Told<PartitionedRound>(round =>
        {
            if (round.Number == 2)
                source.Cancel();
        }), source.Token);
        (result.End, result.Rounds.Count, result.Elbo).Should().Be((PartitionedEnd.Cancelled, 2, null));
        result.Posterior.Partitions.Should().OnlyContain(status => status.Answers == 2 && !status.HasAnswered);
        new PartitionedTraining(model, Likelihood, new() { Tolerance = 100, Worker = new() { Training = Short } }).Fit(Parts())
            .Should().Match<PartitionedResult>(settled => settled.End == PartitionedEnd.Settled && settled.Rounds.Count == 1);
    }

    [Fact]
    public void What_cannot_be_partitioned_is_refused_in_one_sentence()
    {
        Refused(Network(new LaplacePrior(1)))
            .WithMessage("'0.weight' has the prior LaplacePrior(*), which is not normal or learns its scale; expected*");
        Refused(Network(new HorseshoePrior())).WithMessage("'0.weight' has the prior HorseshoePrior*");
        Refused(new BayesianSequential(new BayesianLinear(2, 1, initializer: new FanInInitializer { Family = new LowRankFamily(1) })))
            .WithMessage("'0.weight' has a LowRankNormal as its posterior; expected mean-field normals first, MeanFieldNormal.*");
        Refused(new BayesianSequential(nn.Linear(2, 3), new BayesianLinear(3, 1)))
            .WithMessage("'0.weight' would be trained as a number without a posterior, which has no factors; expected it frozen *");
        Refused(new BayesianSequential(new BayesianLinear(2, 3), nn.Dropout(0.2), new BayesianLinear(3, 1)))
            .WithMessage("'1' is a Dropout, which draws from torch's global generator;*");
        Refused(new BayesianSequential(new BayesianLinear(2, 3), nn.BatchNorm1d(3, affine: false), new BayesianLinear(3, 1)))
            .WithMessage("'1' is a BatchNorm1d whose statistics would be those of one partition;*");
        Refused(new BayesianSequential(nn.Tanh())).WithMessage("The model has no weights with a posterior;*");
        using var model = Network();
        FluentActions.Invoking(() => new PartitionedPosterior(model, GaussianLikelihood.Learned(1))).Should().Throw<ArgumentException>()
            .WithMessage("GaussianLikelihood(*) learns parameters, which have no prior and so no factors;*");

        static FluentAssertions.Specialized.ExceptionAssertions<ArgumentException> Refused(BayesianModule module)
        {
            using (module)
                return FluentActions.Invoking(() => new PartitionedPosterior(module, Likelihood)).Should().Throw<ArgumentException>();
        }
    }

    [Fact]
    public void Data_that_do_not_fit_are_refused_with_the_name_of_the_partition()
    {
        using var model = Network();
        var training = new PartitionedTraining(model, Likelihood, new() { Worker = new() { Training = Short } });
        FluentActions.Invoking(() => new Partition("empty", zeros(0, 2), zeros(0, 1))).Should().Throw<ArgumentException>()
            .WithMessage("Partition 'empty' has no rows; expected at least one.*");
        FluentActions.Invoking(() => new Partition("bad", full([2, 2], double.NaN), zeros(2, 1))).Should().Throw<ArgumentException>()
            .WithMessage("Partition 'bad' cannot be trained on: rows 0, 1 of the input are not finite; expected finite numbers.*");
        Refused(new Partition("wide", randn(5, 3), zeros(5, 1))).WithMessage("Partition 'wide' does not fit the model: *3*2*");
        Refused(new Partition("counts", randn(5, 2), full([5, 1], 3.0))).WithMessage("Partition 'counts' does not fit the model: *");
        var part = Parts()[0];
        training.Invoking(it => it.Fit([part, part])).Should().Throw<ArgumentException>().WithMessage("2 partitions have the name 'part 1';*");
        training.Invoking(it => it.Fit([])).Should().Throw<ArgumentException>().WithMessage("There are no partitions; expected at least one.*");
        var late = zeros(40, 1);
        late[39] = 3;
        training.Invoking(it => it.Fit([new Partition("late", _inputs, late)])).Should().Throw<InvalidOperationException>()
            .WithMessage("Partition 'late' could not answer: *");

        FluentAssertions.Specialized.ExceptionAssertions<ArgumentException> Refused(Partition partition) =>
            training.Invoking(it => it.Fit([partition])).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Requests_of_another_partition_or_model_are_refused_with_what_differs()
    {
        using BayesianSequential model = Network(), narrow = Network(new NormalPrior(0, 0.5));
        using var wide = new BayesianSequential(new BayesianLinear(2, 5), nn.Tanh(), new BayesianLinear(5, 1));
        var worker = new PartitionWorker(Parts()[0], model, Likelihood);
        Refused(Request(model, "part 9")).WithMessage("The request is for partition 'part 9', and this worker has the data of 'part 1'.*");
        Refused(Request(narrow, "part 1")).WithMessage(
            "The request has the fingerprint * and the model of partition 'part 1' *: the weights have the same shapes, but priors, *");
        Refused(Request(wide, "part 1")).WithMessage(
            "The request does not fit the model of partition 'part 1': '0.weight' has shape [5, 2]; expected [4, 2].*");
        var request = Request(model, "part 1");
        Refused(request with { Cavity = NaturalParameters.Zero(request.Cavity.Layout) })
            .WithMessage("The cavity for partition 'part 1' has a precision of 0; expected precisions above 0.*");

        FluentAssertions.Specialized.ExceptionAssertions<ArgumentException> Refused(PartitionRequest wrong) =>
            worker.Invoking(it => it.Answer(wrong)).Should().Throw<ArgumentException>();

        static PartitionRequest Request(BayesianModule model, string name)
        {
            var posterior = new PartitionedPosterior(model, Likelihood);
            posterior.Join(name);
            return posterior.Request(name);
        }
    }
}
