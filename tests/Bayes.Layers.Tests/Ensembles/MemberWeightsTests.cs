using Bayes.Layers.Ensembles;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Ensembles;

/// <summary>Weights of members by their evidence.</summary>
public sealed class MemberWeightsTests : TorchTest
{
    [Fact]
    public void Weights_are_proportional_to_the_evidence()
    {
        double[] weights = [.. MemberWeights.ByLogEvidence([-1_000, -1_000 + Math.Log(3), -1_000 + Math.Log(6)])];
        weights[0].Should().BeApproximately(0.1, 1e-12);
        weights[1].Should().BeApproximately(0.3, 1e-12);
        weights[2].Should().BeApproximately(0.6, 1e-12);
        MemberWeights.ByLogEvidence([0, 5_000]).Should().Equal(0, 1);
    }

    [Fact]
    public void The_loss_of_a_training_is_its_evidence_per_example()
    {
        Tensor inputs = randn(30, 2), targets = randn(30, 1);
        TrainingHistory Train(double beta = 1)
        {
            using var model = new BayesianLinear(2, 1);
            return new VariationalTrainer(
                model, new ElboLoss(new GaussianLikelihood(1), 30, beta), new() { Epochs = 3, KlSchedule = new ConstantKl() }).Fit(inputs, targets);
        }
        TrainingHistory first = Train(), second = Train();
        double difference = 30 * (first.Epochs[^1].Loss - second.Epochs[^1].Loss);
        double[] weights = [.. MemberWeights.ByElbo([first, second], 30)];
        Math.Log(weights[1] / weights[0]).Should().BeApproximately(difference, 1e-9 * Math.Max(1, Math.Abs(difference)));
        FluentActions.Invoking(() => MemberWeights.ByElbo([first, Train(beta: 0.5)], 30)).Should().Throw<ArgumentException>()
            .WithMessage("The training of member 1 ended with beta 0.5; expected 1, for which the loss is the ELBO.*");
    }

    [Fact]
    public void What_is_no_evidence_is_refused()
    {
        FluentActions.Invoking(() => MemberWeights.ByLogEvidence([])).Should().Throw<ArgumentException>()
            .WithMessage("There are 0 members; expected at least one.*");
        FluentActions.Invoking(() => MemberWeights.ByLogEvidence([1, double.NaN])).Should().Throw<ArgumentException>()
            .WithMessage("A log evidence is NaN; expected finite numbers.*");
    }
}
