using Bayes.Layers.Likelihoods;
using Bayes.Layers.Partitioned;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Partitioned;

/// <summary>What leaves a partition is clipped and noisy as stated, and costs what the accountant says.</summary>
public sealed class PartitionPrivacyTests : TorchTest
{
    private static readonly BernoulliLikelihood Likelihood = new();

    /// <summary>
    /// Several answers with noise are one with less (Dong, Roth &amp; Su 2022, "Gaussian Differential Privacy", corollary 2), whose δ is known in
    /// closed form (Balle &amp; Wang 2018, "Improving the Gaussian Mechanism for Differential Privacy", theorem 8). The accountant's ε is never below
    /// the exact one, and at most a little above.
    /// </summary>
    [Theory]
    [InlineData(1, 1, 1e-5)]
    [InlineData(4, 10, 1e-5)]
    [InlineData(20, 10, 1e-6)]
    [InlineData(0.5, 3, 1e-3)]
    [InlineData(100, 1, 1e-4)]
    public void Epsilon_is_at_least_the_exact_one_and_close_to_it(double multiplier, int answers, double delta)
    {
        double epsilon = PrivacyAccountant.Epsilon(multiplier, answers, delta), exact = Exact(multiplier, answers, delta);
        epsilon.Should().BeInRange(exact, 1.35 * exact + 0.01);
        // Mironov's own conversion has its minimum in closed form, and is looser.
        double rho = answers / (2 * multiplier * multiplier);
        epsilon.Should().BeLessThan(rho + 2 * Math.Sqrt(rho * Math.Log(1 / delta)));
        // No order on a grid is better.
        Enumerable.Range(1, 4000).Min(step => At(1 + 1e-2 * Math.Pow(1.005, step))).Should()
            .BeInRange(epsilon - 1e-9, epsilon + 1e-3 * (1 + epsilon));

        double At(double order) => PrivacyAccountant.RenyiDivergence(order, multiplier, answers) + Math.Log((order - 1) / order)
            - (Math.Log(delta) + Math.Log(order)) / (order - 1);
    }

    [Fact]
    public void Costs_are_zero_without_answers_and_depend_on_answers_over_the_square_of_the_multiplier()
    {
        PrivacyAccountant.Epsilon(2, 0, 1e-5).Should().Be(0);
        PrivacyAccountant.Epsilon(2, 8, 1e-5).Should().BeApproximately(PrivacyAccountant.Epsilon(1, 2, 1e-5), 1e-9);
        PrivacyAccountant.RenyiDivergence(3, 2, 5).Should().Be(5 * 3 / 8.0);
        FluentActions.Invoking(() => PrivacyAccountant.Epsilon(0, 1, 0.1)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => PrivacyAccountant.Epsilon(1, 1, 1)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("delta is 1;*");
        FluentActions.Invoking(() => new PartitionPrivacy(1, -1)).Should().Throw<ArgumentOutOfRangeException>();
    }

    /// <summary>The length of a small change is the root of twice the divergence, in any place of the space of distributions.</summary>
    [Fact]
    public void A_length_is_the_root_of_twice_the_divergence_of_a_small_change()
    {
        var posterior = Posterior();
        double[] means = [.. Values(Normal(13)).Select(each => 1e-4 * each)], precisions = [.. Values(Normal(13)).Select(each => 1e-4 * each)];
        var change = new NaturalParameters(posterior.Layout, means, precisions);
        double length = FactorProtection.Length(FactorProtection.Whiten(change, posterior));
        length.Should().BeApproximately(Math.Sqrt(2 * NormalWeights.KlDivergence(posterior.Plus(change), posterior)), 1e-3 * length);
    }

    [Fact]
    public void A_long_change_is_clipped_in_its_direction_and_a_short_one_is_not()
    {
        var posterior = Posterior();
        var change = new NaturalParameters(posterior.Layout, Values(Normal(13)), Values(Normal(13)));
        double length = FactorProtection.Length(FactorProtection.Whiten(change, posterior));
        var shorter = Apply(change, posterior, length / 3, 1e-9);
        double ratio = shorter.Precisions[4] / change.Precisions[4];
        ratio.Should().BeApproximately(1 / 3.0, 1e-6);
        (shorter.PrecisionMeans[7] / change.PrecisionMeans[7]).Should().BeApproximately(ratio, 1e-6);
        var same = Apply(change, posterior, 3 * length, 1e-9);
        same.PrecisionMeans[7].Should().BeApproximately(change.PrecisionMeans[7], 1e-6);
    }

    /// <summary>Noise has the stated standard deviation in the unit of lengths, with a seed and without.</summary>
    [Theory]
    [InlineData(5L)]
    [InlineData(null)]
    public void Noise_is_normal_with_the_multipliers_standard_deviation(long? seed)
    {
        var layout = new NaturalLayout(["w"], [[4000]]);
        double[] precisions = [.. Enumerable.Range(1, 4000).Select(each => 0.1 * each)], means = Values(Normal(4000));
        var posterior = new NaturalParameters(layout, means, precisions);
        var noisy = FactorProtection.Apply(
            NaturalParameters.Zero(layout), posterior, new PartitionPrivacy(3, 0.5) { Seed = seed }, [1, 2]);
        double[] noise = FactorProtection.Whiten(noisy, posterior);
        noise.Average().Should().BeApproximately(0, 5 * 1.5 / Math.Sqrt(8000));
        Math.Sqrt(noise.Average(each => each * each)).Should().BeApproximately(1.5, 5 * 1.5 / Math.Sqrt(16000));
        noise.Average(each => Math.Pow(each / 1.5, 4)).Should().BeApproximately(3, 5 * Math.Sqrt(96 / 8000.0));
    }

    [Fact]
    public void Noise_depends_on_the_secret_seed_and_the_whole_request()
    {
        var posterior = Posterior();
        double[] Noise(long? seed, params byte[] request) => FactorProtection.Whiten(
            FactorProtection.Apply(NaturalParameters.Zero(posterior.Layout), posterior, new PartitionPrivacy(1, 1) { Seed = seed }, request),
            posterior);
        Noise(1, 1, 2).Should().Equal(Noise(1, 1, 2));
        Noise(1, 1, 2).Should().NotEqual(Noise(2, 1, 2)).And.NotEqual(Noise(1, 1, 3));
        Noise(null, 1, 2).Should().NotEqual(Noise(null, 1, 2));
    }

    [Fact]
    public void A_worker_tells_nothing_else_repeats_its_answer_and_ends_with_its_budget()
    {
        using var model = new BayesianSequential(new BayesianLinear(2, 3), nn.Tanh(), new BayesianLinear(3, 1));
        var posterior = new PartitionedPosterior(model, Likelihood);
        posterior.Join("a");
        Tensor inputs = randn(12, 2), targets = inputs.sum([1L], keepdim: true).gt(0).to(float32);
        var worker = new PartitionWorker(new Partition("a", inputs, targets), model, Likelihood, new()
        {
            Training = new() { Epochs = 2, KlSchedule = new ConstantKl() },
            Privacy = new PartitionPrivacy(1, 2) { MostAnswers = 4, AnswersBefore = 2 },
        });
        var request = posterior.Request("a");
        var answer = worker.Answer(request);
        worker.Answer(PartitionRequest.FromBytes(request.ToBytes())).Should().BeSameAs(answer);
        worker.PrivateAnswers.Should().Be(3);
        (answer.Examples, answer.ExpectedLogLikelihood).Should().Be((null, null));
        posterior.Offer(answer);
        posterior.EndRound().Should().Match<PartitionedRound>(round => round.EffectiveExamples == null && round.ElboBefore == null);
        worker.Answer(posterior.Request("a"));
        worker.Invoking(it => it.Answer(request)).Should().Throw<InvalidOperationException>()
            .WithMessage("Partition 'a' has given 4 answers, all that its privacy allows; expected no further request.");
        new PartitionPrivacy(1, 2) { Seed = 77 }.ToString().Should().NotContain("77");
    }

    private static NaturalParameters Apply(NaturalParameters change, NaturalParameters posterior, double length, double multiplier) =>
        FactorProtection.Apply(change, posterior, new PartitionPrivacy(length, multiplier) { Seed = 1 }, []);

    private static NaturalParameters Posterior()
    {
        using var model = new BayesianSequential(new BayesianLinear(2, 3), nn.Tanh(), new BayesianLinear(3, 1));
        return ModelSchema.Of(model, Likelihood).Read(model);
    }

    // δ(ε) = Φ(μ / 2 − ε / μ) − e^ε Φ(−μ / 2 − ε / μ) falls with ε.
    private static double Exact(double multiplier, int answers, double delta)
    {
        double mu = Math.Sqrt(answers) / multiplier, low = 0, high = 1000;
        for (int i = 0; i < 200; i++)
        {
            double middle = 0.5 * (low + high);
            double at = Probability(mu / 2 - middle / mu) - Math.Exp(middle + LogProbability(-mu / 2 - middle / mu));
            (low, high) = at > delta ? (middle, high) : (low, middle);
        }
        return high;

        static double Probability(double z) => Math.Exp(LogProbability(z));

        static double LogProbability(double z)
        {
            using var at = tensor(z, float64);
            using var probability = special.ndtr(at);
            return Math.Log(probability.ToDouble());
        }
    }
}
