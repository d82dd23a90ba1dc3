using Bayes.Layers.Checkpoints;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Partitioned;

namespace Bayes.Layers.Tests.Partitioned;

/// <summary>What the posterior does with answers that come in any order, twice, late or not at all, and what it refuses.</summary>
public sealed class PartitionedPosteriorTests : TorchTest
{
    private static readonly BernoulliLikelihood Likelihood = new();

    private readonly Tensor _inputs = randn(30, 2);
    private readonly Tensor _targets;
    private readonly BayesianSequential _model = new(new BayesianLinear(2, 3), nn.Tanh(), new BayesianLinear(3, 1));

    public PartitionedPosteriorTests() => _targets = _inputs.sum([1L], keepdim: true).gt(0).to(float32);

    private static PartitionWorkerOptions Short => new() { Training = new() { Epochs = 2, KlSchedule = new Bayes.Layers.Training.ConstantKl() } };

    private PartitionedPosterior Posterior(PartitionedOptions? options = null, params string[] names)
    {
        var posterior = new PartitionedPosterior(_model, Likelihood, options);
        foreach (string name in names)
            posterior.Join(name);
        return posterior;
    }

    private PartitionAnswer Answer(PartitionedPosterior posterior, string name) => Answer(posterior.Request(name));

    // A worker of a model of its own, so that the test's stays at the start.
    private PartitionAnswer Answer(PartitionRequest request)
    {
        using var copy = new MemoryStream();
        Checkpoint.Save(_model, copy);
        copy.Position = 0;
        using var loaded = Checkpoint.LoadModel(copy);
        long first = request.Partition[0] % 3 * 10;
        var partition = new Partition(request.Partition, _inputs.narrow(0, first, 10), _targets.narrow(0, first, 10));
        return new PartitionWorker(partition, loaded.Model, Likelihood, Short).Answer(request);
    }

    [Fact]
    public void The_order_of_answers_changes_no_bit_and_answers_that_come_twice_change_nothing()
    {
        // Four, whose damping of 0.4 makes sums round.
        PartitionedPosterior one = Posterior(null, "a", "b", "c", "d"), other = Posterior(null, "c", "a", "d", "b");
        foreach (string name in new[] { "a", "b", "c", "d" })
            one.Offer(Answer(one, name)).Should().Be(AnswerOutcome.Accepted);
        foreach (string name in new[] { "b", "d", "c", "a" })
        {
            other.IsRoundComplete.Should().BeFalse();
            // The order in which they joined gives other numbers, and nothing else.
            var answer = Answer(other, name);
            other.Offer(answer).Should().Be(AnswerOutcome.Accepted);
            other.Offer(answer).Should().Be(AnswerOutcome.Duplicate);
        }
        other.IsRoundComplete.Should().BeTrue();
        one.EndRound();
        other.EndRound();
        ShouldBeSame(one.Posterior, other.Posterior);
        one.Version.Should().Be(1);
    }

    [Fact]
    public void An_answer_to_a_round_that_has_ended_is_late()
    {
        var posterior = Posterior(null, "a", "b");
        PartitionAnswer early = Answer(posterior, "a"), late = Answer(posterior, "b");
        posterior.Offer(early);
        posterior.EndRound().Answered.Should().Equal("a");
        var before = posterior.Posterior;
        posterior.Offer(late).Should().Be(AnswerOutcome.Late);
        posterior.Offer(early).Should().Be(AnswerOutcome.Duplicate);
        ShouldBeSame(posterior.Posterior, before);
        posterior.Partitions.Select(status => status.Answers).Should().Equal(1, 0);
        posterior.Invoking(it => it.EndRound()).Should().Throw<InvalidOperationException>().WithMessage("No partition has answered in round 2;*");
        posterior.Offer(Answer(posterior, "b")).Should().Be(AnswerOutcome.Accepted);
    }

    [Fact]
    public void Partitions_join_late_leave_by_name_and_come_back()
    {
        var posterior = Posterior(null, "a");
        posterior.Offer(Answer(posterior, "a"));
        posterior.EndRound();
        var alone = posterior.Posterior;
        posterior.Join("b");
        PartitionAnswer ofA = Answer(posterior, "a"), ofB = Answer(posterior, "b");
        posterior.Offer(ofB).Should().Be(AnswerOutcome.Accepted);
        posterior.EndRound();
        posterior.Remove("b");
        ShouldBeSame(posterior.Posterior, alone);
        posterior.Offer(ofB).Should().Be(AnswerOutcome.NotAMember);
        posterior.Join("b");
        posterior.Offer(ofB).Should().Be(AnswerOutcome.Late, "its request was to the one that left");
        posterior.Freeze("a");
        posterior.Offer(ofA).Should().Be(AnswerOutcome.NotAMember);
        ShouldBeSame(posterior.Posterior, alone);
        posterior.Invoking(it => it.Request("a")).Should().Throw<InvalidOperationException>().WithMessage("Partition 'a' is frozen;*");
        posterior.Unfreeze("a");
        posterior.Offer(Answer(posterior, "a")).Should().Be(AnswerOutcome.Accepted);
        posterior.Invoking(it => it.Join("a")).Should().Throw<ArgumentException>().WithMessage("There is already a partition 'a';*");
        posterior.Invoking(it => it.Remove("d")).Should().Throw<ArgumentException>()
            .WithMessage("There is no partition 'd'; expected one of 'a', 'b'.*");
    }

    /// <summary>An engine keeps the state anywhere in a round, and goes on with the same bits.</summary>
    [Theory]
    [InlineData(PartitionSchedule.Synchronous)]
    [InlineData(PartitionSchedule.Asynchronous)]
    public void A_state_that_was_kept_as_bytes_goes_on_with_the_same_bits(PartitionSchedule schedule)
    {
        var posterior = Posterior(new() { Schedule = schedule, Damping = 0.3, Seed = 5, MostAnswersBetween = 9 }, "a", "b");
        posterior.Offer(Answer(posterior, "b"));
        if (schedule == PartitionSchedule.Synchronous)
            posterior.EndRound();
        posterior.Offer(Answer(posterior, "a"));
        byte[] bytes = posterior.ToBytes();
        var again = PartitionedPosterior.FromBytes(bytes);
        again.ToBytes().Should().Equal(bytes);
        again.Options.Should().Be(posterior.Options);
        again.Partitions.Should().Equal(posterior.Partitions);
        foreach (var each in new[] { posterior, again })
        {
            each.Offer(Answer(each, "b")).Should().Be(AnswerOutcome.Accepted);
            if (schedule == PartitionSchedule.Synchronous)
                each.EndRound();
        }
        ShouldBeSame(again.Posterior, posterior.Posterior);
        again.Rounds.Should().BeEquivalentTo(posterior.Rounds);
        bytes[bytes.Length / 3] ^= 1;
        FluentActions.Invoking(() => PartitionedPosterior.FromBytes(bytes.AsSpan(..(bytes.Length - 1)))).Should().Throw<CheckpointException>();
    }

    [Fact]
    public void Messages_are_the_same_after_bytes_whose_count_is_known()
    {
        var posterior = Posterior(null, "a", "b");
        posterior.Offer(Answer(posterior, "a"));
        posterior.EndRound();
        var request = posterior.Request("a");
        byte[] bytes = request.ToBytes();
        bytes.Length.Should().Be((int)request.ByteCount);
        var read = PartitionRequest.FromBytes(bytes);
        ShouldBeSame(read.Cavity, request.Cavity);
        ShouldBeSame(read.Factor!, request.Factor!);
        read.Should().BeEquivalentTo(request, options => options.Excluding(each => each.Cavity).Excluding(each => each.Factor));
        // Two numbers of single precision for each weight of cavity and factor, and a header.
        request.Cavity.Count.Should().Be(13);
        bytes.Length.Should().BeInRange(2 * 2 * 13 * sizeof(float), 2 * 2 * 13 * sizeof(float) + 1400);

        PartitionAnswer answer = Answer(request), same = Answer(read);
        byte[] sent = answer.ToBytes();
        sent.Length.Should().Be((int)answer.ByteCount);
        same.ToBytes().Should().Equal(sent);
        PartitionAnswer.FromBytes(sent).ToBytes().Should().Equal(sent);
        FluentActions.Invoking(() => PartitionAnswer.FromBytes(bytes)).Should().Throw<CheckpointException>()
            .WithMessage("The bytes are partition-request-1; expected partition-answer-1.");
        FluentActions.Invoking(() => PartitionAnswer.FromBytes(sent.AsSpan(..^1))).Should().Throw<CheckpointException>();
    }

    [Fact]
    public void Late_answers_of_the_asynchronous_form_count_less_or_are_refused()
    {
        var posterior = Posterior(new() { Schedule = PartitionSchedule.Asynchronous, Damping = 1, MostAnswersBetween = 1 }, "a", "b", "c");
        PartitionRequest ofB = posterior.Request("b"), ofC = posterior.Request("c");
        posterior.Offer(Answer(posterior, "a"));
        posterior.Offer(Answer(ofB)).Should().Be(AnswerOutcome.Accepted);
        posterior.Partitions[1].IncludedShare.Should().BeApproximately(2 / 3.0, 1e-12);
        posterior.Offer(Answer(ofC)).Should().Be(AnswerOutcome.Late);
        posterior.Request("c").Number.Should().BeGreaterThan(ofC.Number);
        posterior.Rounds.Should().HaveCount(2).And.OnlyContain(round => round.Answered.Count == 1);
        posterior.Invoking(it => it.EndRound()).Should().Throw<InvalidOperationException>().WithMessage("The form is asynchronous,*");
    }

    [Fact]
    public void Answers_of_other_models_and_numbers_that_are_not_finite_are_refused()
    {
        var posterior = Posterior(null, "a");
        var answer = Answer(posterior, "a");
        ShouldRefuse(answer with { Fingerprint = "0" }, "The answer of partition 'a' has the fingerprint 0 and this posterior *priors*differ.*");
        ShouldRefuse(answer with { Number = 7 },
            "The answer of partition 'a' is to request 7 of version 0; expected request 1, of version 0 or before.*");
        double[] numbers = new double[13], bad = [.. numbers[..9], double.NaN, .. numbers[..3]];
        var layout = answer.Change.Layout;
        ShouldRefuse(answer with { Change = new NaturalParameters(layout, numbers, bad) },
            "The answer of partition 'a' has a number in '2.weight' that is not finite; expected finite numbers.*");
        using var wider = new BayesianSequential(new BayesianLinear(5, 3), nn.Tanh(), new BayesianLinear(3, 1));
        var other = new PartitionedPosterior(wider, Likelihood);
        ShouldRefuse(answer with { Change = other.Prior },
            "The answer of partition 'a' does not fit the model: '0.weight' has shape [3, 5]; expected [3, 2].*");
        other.Invoking(it => it.CopyTo(_model)).Should().Throw<ArgumentException>()
            .WithMessage("The posterior does not fit the model: '0.weight' has shape [3, 2]; expected [3, 5].*");

        void ShouldRefuse(PartitionAnswer wrong, string message) =>
            posterior.Invoking(it => it.Offer(wrong)).Should().Throw<ArgumentException>().WithMessage(message);
    }

    /// <summary>A change that would take away more precision than there is, is made in part, and the posterior stays a distribution.</summary>
    [Fact]
    public void The_posterior_keeps_its_least_precision()
    {
        var posterior = Posterior(new() { Damping = 1, LeastPrecision = 0.25 }, "a", "b");
        var layout = posterior.Prior.Layout;
        double[] precisions = [.. Enumerable.Repeat(-0.6, 6), .. Enumerable.Repeat(0.5, 7)], means = [.. Enumerable.Repeat(0.1, 13)];
        foreach (string name in new[] { "a", "b" })
            posterior.Offer(new PartitionAnswer
            {
                Partition = name, Number = posterior.Request(name).Number, Version = 0, Fingerprint = posterior.Fingerprint,
                Change = new NaturalParameters(layout, means, precisions),
            });
        var round = posterior.EndRound();
        round.ShortenedWeights.Should().Be(6);
        round.EffectiveExamples.Should().BeNull();
        round.ElboBefore.Should().BeNull();
        posterior.Posterior.PrecisionsOf("0.weight").ToArray().Should().OnlyContain(precision => Math.Abs(precision - 0.25) < 1e-12);
        posterior.Posterior.PrecisionsOf("2.bias").ToArray().Should().Equal(2);
        // The cavity for one would have 1 − 0.375, and that after the other left has the least.
        posterior.Request("a").Cavity.PrecisionsOf("0.weight").Span[0].Should().BeApproximately(0.625, 1e-6);
    }

    private static void ShouldBeSame(NaturalParameters one, NaturalParameters other)
    {
        one.Names.Should().Equal(other.Names);
        foreach (string name in one.Names)
        {
            one.PrecisionMeansOf(name).ToArray().Should().Equal(other.PrecisionMeansOf(name).ToArray());
            one.PrecisionsOf(name).ToArray().Should().Equal(other.PrecisionsOf(name).ToArray());
            one.ShapeOf(name).Should().Equal(other.ShapeOf(name));
        }
    }
}
