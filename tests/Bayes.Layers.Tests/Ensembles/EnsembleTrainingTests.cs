using Bayes.Layers.Averaging;
using Bayes.Layers.Ensembles;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Training;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Ensembles;

/// <summary>Members are trained several at a time, and are the same to the bit whatever their number.</summary>
public sealed class EnsembleTrainingTests : TorchTest
{
    private static readonly GaussianLikelihood Likelihood = new(0.2);

    private readonly Tensor _inputs = randn(40, 2);
    private readonly Tensor _targets;

    public EnsembleTrainingTests() => _targets = _inputs.sum([1L], keepdim: true).tanh();

    private static MaximumAPosterioriOptions Short => new() { Training = new() { Epochs = 3 } };

    private static Sequential Plain() => nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 1));

    private static Sequential WithDropout() => nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Dropout(0.3), nn.Linear(6, 1));

    private static void ShouldBeSame(IReadOnlyList<nn.Module> members, IReadOnlyList<nn.Module> others)
    {
        members.Count.Should().Be(others.Count);
        foreach (var (member, other) in members.Zip(others))
            foreach (var (value, same) in member.parameters().Zip(other.parameters()))
                ShouldBeClose(value, same, 0);
    }

    private IReadOnlyList<Sequential> Train(
        int members, int atATime, Func<Sequential> create, bool? usesGlobalGenerator = null, Action<Sequential, EnsembleMember>? train = null) =>
        EnsembleTraining.Train(
            members, seed: 7, _ => create(), train ?? ((network, member) => member.Fit(network, _inputs, _targets, Likelihood, Short)),
            new() { MembersAtATime = atATime, UsesGlobalGenerator = usesGlobalGenerator });

    [Fact]
    public void The_number_at_a_time_and_native_threads_change_no_bit()
    {
        var alone = Train(4, 1, Plain);
        ShouldBeSame(Train(4, 2, Plain), alone);
        ShouldBeSame(Train(4, 4, Plain), alone);
        int before = get_num_threads();
        try
        {
            set_num_threads(3);
            ShouldBeSame(EnsembleTraining.Train(
                4, 7, _ => Plain(), (network, member) => member.Fit(network, _inputs, _targets, Likelihood, Short)), alone);
            get_num_threads().Should().Be(3);
        }
        finally
        {
            set_num_threads(before);
        }
        ShouldDiffer(alone[0].parameters().First(), alone[1].parameters().First());
        // A larger ensemble has the smaller one's members.
        ShouldBeSame([.. Train(5, 2, Plain).Take(4)], alone);
    }

    [Fact]
    public void A_member_is_the_network_of_its_seed_trained_alone()
    {
        EnsembleMember? last = null;
        var trained = Train(2, 2, Plain, train: (network, member) =>
        {
            member.Fit(network, _inputs, _targets, Likelihood, Short);
            if (member.Index == 1)
                last = member;
        });
        random.manual_seed(last!.Seed);
        using var network = Plain();
        using (OneThread())
            MaximumAPosteriori.Fit(
                network, _inputs, _targets, Likelihood, Short with { Training = Short.Training with { ShuffleSeed = last.ShuffleSeed } });
        ShouldBeSame([network], [trained[1]]);

        static IDisposable OneThread() => Bayes.Layers.Numerics.TorchThreads.One();
    }

    [Fact]
    public void Dropout_is_trained_one_member_at_a_time_in_a_fixed_order()
    {
        var alone = Train(3, 1, WithDropout);
        ShouldBeSame(Train(3, 3, WithDropout), alone);
        ShouldDiffer(alone[0].parameters().First(), alone[1].parameters().First());
    }

    [Fact]
    public void The_callers_generator_is_where_it_was()
    {
        random.manual_seed(3);
        var expected = randn(4);
        random.manual_seed(3);
        Train(2, 2, Plain);
        Train(2, 2, WithDropout);
        FluentActions.Invoking(() => Train(2, 1, Plain, train: (_, _) => throw new InvalidOperationException("no."))).Should().Throw<Exception>();
        ShouldBeClose(randn(4), expected, 0);
    }

    /// <summary>Noise that a forward of one's own draws is seen by the state of the generator, and not by the modules.</summary>
    [Fact]
    public void Hidden_use_of_the_global_generator_is_refused_unless_it_is_declared()
    {
        void Noisy(Sequential network, EnsembleMember member)
        {
            using var noGrad = no_grad();
            network.parameters().First().add_(randn(6, 2));
        }

        FluentActions.Invoking(() => Train(2, 2, Plain, train: Noisy)).Should().Throw<InvalidOperationException>()
            .WithMessage("The training of the members drew from torch's global generator, *UsesGlobalGenerator = true, which trains *");
        ShouldBeSame(Train(3, 3, Plain, usesGlobalGenerator: true, Noisy), Train(3, 1, Plain, usesGlobalGenerator: true, Noisy));
    }

    [Fact]
    public void Bayesian_members_have_noise_of_their_own()
    {
        BayesianSequential Create() => new(new BayesianLinear(2, 4), nn.Tanh(), new BayesianLinear(4, 1));
        IReadOnlyList<BayesianSequential> TrainAll(int atATime) => EnsembleTraining.Train(
            3, 1, _ => Create(), (model, member) => member.FitPosterior(model, _inputs, _targets, Likelihood, new() { Epochs = 3 }),
            new() { MembersAtATime = atATime });
        var alone = TrainAll(1);
        ShouldBeSame(TrainAll(3), alone);
        ShouldDiffer(alone[0].parameters().First(), alone[1].parameters().First());
    }

    [Fact]
    public void A_member_may_be_a_model_of_its_network()
    {
        IReadOnlyList<WeightSpaceModule> TrainAll(int atATime) => EnsembleTraining.Train(
            2, 1, _ => Plain(),
            (network, member) =>
            {
                member.Fit(network, _inputs, _targets, Likelihood, Short);
                return Swag.Fit(
                    network, _inputs, _targets, Likelihood,
                    new() { Collections = 3, LearningRate = 1e-3, ShuffleSeed = member.ShuffleSeed }, cancellationToken: member.CancellationToken);
            },
            new() { MembersAtATime = atATime });
        var members = TrainAll(2);
        ShouldBeSame(TrainAll(1), members);
        using var predictor = new MonteCarloPredictive(new Ensemble(members), Likelihood, samples: 6, seed: 1);
        using var prediction = predictor.Predict(_inputs);
        ShouldBeFinite(prediction.EpistemicStddev);
    }

    [Fact]
    public void A_member_that_fails_is_named_with_its_cause()
    {
        void Fails(Sequential network, EnsembleMember member)
        {
            if (member.Index == 1)
                MaximumAPosteriori.Fit(
                    network, _inputs, _targets, Likelihood, new()
                    {
                        Training = new()
                        {
                            Epochs = 50, LearningRate = 1e30, ShuffleSeed = 1,
                            CreateOptimizer = (parameters, rate) => optim.SGD(parameters, rate),
                        },
                    });
        }

        FluentActions.Invoking(() => Train(3, 3, Plain, train: Fails)).Should().Throw<InvalidOperationException>()
            .WithMessage("Member 1 of 3 could not be trained: Training diverged in epoch *").WithInnerException<TrainingDivergedException>();
    }

    [Fact]
    public void A_member_that_is_not_finite_is_refused()
    {
        FluentActions.Invoking(() => Train(2, 1, Plain, train: (network, member) =>
        {
            using var noGrad = no_grad();
            network.parameters().First()[0, 0] = member.Index == 1 ? double.NaN : 0;
        })).Should().Throw<InvalidOperationException>().WithMessage(
            "Member 1 of 2 could not be trained: '0.weight' is not finite after training; expected a training that has not diverged.");
    }

    [Fact]
    public void What_members_would_share_is_refused()
    {
        var shared = Plain();
        FluentActions.Invoking(() => Train(2, 1, () => shared)).Should().Throw<ArgumentException>()
            .WithMessage("Members 0 and 1 share a parameter of shape [6, 2]; expected a function that makes a new network for each member.*");
        FluentActions.Invoking(() => Train(2, 1, Plain, train: (network, member) =>
            member.Fit(network, _inputs, _targets, GaussianLikelihood.Learned(1)))).Should().Throw<InvalidOperationException>()
            .WithMessage("Member 0 of 2 could not be trained: * learns parameters, which the members would share while they are trained; *");
    }

    [Fact]
    public void One_file_for_all_members_is_refused()
    {
        FluentActions.Invoking(() => Train(2, 1, Plain, train: (network, member) => member.Fit(
            network, _inputs, _targets, Likelihood, new() { Training = new() { StatePath = "state.safetensors" } })))
            .Should().Throw<InvalidOperationException>()
            .WithMessage("Member 0 of 2 could not be trained: StatePath or ResumeFrom is set, one file that all members would use; *");
    }

    [Fact]
    public void Numbers_and_functions_outside_their_range_are_refused()
    {
        FluentActions.Invoking(() => Train(0, 1, Plain)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("members is 0; expected a whole number of at least 1.*");
        FluentActions.Invoking(() => Train(1, 0, Plain)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => Train(1, 1, () => null!)).Should().Throw<ArgumentException>()
            .WithMessage("The function that makes a network returned null for member 0; expected a network.*");
    }

    [Fact]
    public void Cancellation_ends_the_training()
    {
        using var source = new CancellationTokenSource();
        FluentActions.Invoking(() => EnsembleTraining.Train(
            3, 1, _ => Plain(),
            (network, member) =>
            {
                source.Cancel();
                member.CancellationToken.ThrowIfCancellationRequested();
            },
            new() { MembersAtATime = 1 }, source.Token)).Should().Throw<OperationCanceledException>();
    }

    [Fact]
    public void Members_live_after_a_scope_in_which_they_were_made()
    {
        IReadOnlyList<Sequential> members;
        using (NewDisposeScope())
            members = Train(2, 2, Plain);
        using var predictor = new MonteCarloPredictive(new Ensemble(members), Likelihood);
        using var prediction = predictor.Predict(_inputs);
        prediction.SamplesUsed.Should().Be(2);
        ShouldBeFinite(prediction.Mean);
    }
}
