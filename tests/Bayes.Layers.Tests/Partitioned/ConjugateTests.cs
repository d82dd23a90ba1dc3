using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Partitioned;
using Bayes.Layers.Tests.Oracles;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Partitioned;

/// <summary>
/// For a linear regression with known noise the posterior is known exactly, and partitions together must find it (Bui et al. 2018, §2.3: a fixed
/// point is one of variational inference on all data).
/// </summary>
public sealed class ConjugateTests : TorchTest
{
    private const int Rows = 32;

    /// <summary>Factors that do not depend on each other are right after one whole step, whatever the order.</summary>
    [Fact]
    public void If_columns_are_orthogonal_in_each_partition_one_round_finds_the_posterior()
    {
        var input = stack([Alternating(1).mul(0.3), Alternating(2), Alternating(4).mul(2)], 1);
        var target = Normal(Rows, 1) + input.sum([1L], keepdim: true);
        using var layer = Regressions.Layer();
        var result = new PartitionedTraining(layer, Regressions.Likelihood, new()
        {
            Rounds = 1, Posterior = new() { Damping = 1 }, Worker = Regressions.Exact(400),
        }).Fit(Regressions.Cut(input, target, 8, 16, 8));
        var (mean, precision) = Regressions.Exactly(input, target);
        ShouldBeClose(MeanOf(layer), mean, 1e-6);
        ShouldBeClose(VarianceOf(layer), precision.inverse().diagonal(), 1e-6);
        result.Rounds[0].EffectiveExamples.Should().BeApproximately(Rows, 1e-9);
        result.Rounds[0].DeterminedWeights.Should().BeApproximately(4 - (VarianceOf(layer).reciprocal().reciprocal() / 0.64).sum().ToDouble(), 1e-6);

        static Tensor Alternating(long every) => arange(Rows, float64).div(every).floor().remainder(2).mul(2).sub(1);
    }

    /// <summary>The fixed point is that of mean-field inference on all rows: the exact mean, and each variance given the other weights.</summary>
    [Theory]
    [InlineData(PartitionSchedule.Synchronous)]
    [InlineData(PartitionSchedule.Asynchronous)]
    public void Otherwise_rounds_converge_to_the_best_independent_weights(PartitionSchedule schedule)
    {
        Tensor input = Normal(Rows, 3) + Normal(Rows, 1).mul(0.5) + 0.3, target = Normal(Rows, 1) + input.sum([1L], keepdim: true);
        using var layer = Regressions.Layer();
        var result = new PartitionedTraining(layer, Regressions.Likelihood, new()
        {
            Rounds = schedule == PartitionSchedule.Synchronous ? 45 : 15,
            PartitionsAtATime = 1,
            Posterior = new() { Damping = schedule == PartitionSchedule.Synchronous ? 0.5 : 1, Schedule = schedule },
            Worker = Regressions.Exact(60),
        }).Fit(Regressions.Cut(input, target, 4, 20, 8));
        var (mean, precision) = Regressions.Exactly(input, target);
        ShouldBeClose(MeanOf(layer), mean, 1e-4);
        ShouldBeClose(VarianceOf(layer), 1 / precision.diagonal(), 1e-4);
        result.Rounds[^1].LargestChange.Should().BeLessThan(1e-3);
        result.Rounds[^1].ShortenedWeights.Should().Be(0);
    }

    [Fact]
    public void A_partition_that_is_removed_leaves_the_posterior_of_the_others()
    {
        Tensor input = Normal(Rows, 3), target = Normal(Rows, 1);
        using var layer = Regressions.Layer();
        var training = new PartitionedTraining(
            layer, Regressions.Likelihood, new() { Rounds = 15, Worker = Regressions.Exact(60), PartitionsAtATime = 1 });
        var parts = Regressions.Cut(input, target, 12, 12, 8);
        var posterior = training.Fit(parts).Posterior;
        posterior.Remove("part 2");
        training.Fit([parts[0], parts[2]], posterior);
        Tensor rest = cat([input[..12], input[24..]]), restTarget = cat([target[..12], target[24..]]);
        var (mean, precision) = Regressions.Exactly(rest, restTarget);
        ShouldBeClose(MeanOf(layer), mean, 1e-3);
        ShouldBeClose(VarianceOf(layer), 1 / precision.diagonal(), 1e-3);

        // One that joins late, and those before keep their factors without being asked.
        training.Fit([parts[1]], posterior).Elbo.Should().BeNull("two partitions are not there");
        posterior.Partitions.Select(status => (status.Name, status.IsFrozen)).Should().Equal(("part 1", true), ("part 2", false), ("part 3", true));
        training.Fit(parts, posterior);
        (mean, _) = Regressions.Exactly(input, target);
        ShouldBeClose(MeanOf(layer), mean, 1e-3);
    }

    /// <summary>
    /// Columns that can replace each other are where changes that do not know each other go too far: whole steps move away from the posterior, and
    /// the default damping comes closer.
    /// </summary>
    [Fact]
    public void The_default_damping_converges_where_whole_steps_do_not()
    {
        Tensor column = Normal(6, 1), input = cat([column, column + 0.1 * Normal(6, 1), column + 0.1 * Normal(6, 1)], 1);
        var target = input.sum([1L], keepdim: true) + 0.1 * Normal(6, 1);
        var (mean, _) = Regressions.Exactly(cat([.. Enumerable.Repeat(input, 5)]), cat([.. Enumerable.Repeat(target, 5)]));
        double byDefault = Distance(null), byWholeSteps = Distance(1);
        byDefault.Should().BeLessThan(0.2);
        byWholeSteps.Should().BeGreaterThan(10 * byDefault);

        double Distance(double? damping)
        {
            using var layer = Regressions.Layer();
            new PartitionedTraining(layer, Regressions.Likelihood, new()
            {
                Rounds = 12, PartitionsAtATime = 1, Posterior = new() { Damping = damping }, Worker = Regressions.Exact(60),
            }).Fit([.. Enumerable.Range(0, 5).Select(index => new Partition($"part {index}", input, target))]);
            return (MeanOf(layer) - mean).norm().ToDouble();
        }
    }

    /// <summary>The ELBO counts the divergence from the prior once, however many partitions there are.</summary>
    [Fact]
    public void The_elbo_is_that_of_all_rows()
    {
        Tensor input = Normal(Rows, 3), target = Normal(Rows, 1);
        using var layer = Regressions.Layer();
        var result = new PartitionedTraining(layer, Regressions.Likelihood, new() { Rounds = 3, Worker = Regressions.Exact() })
            .Fit(Regressions.Cut(input, target, 12, 12, 8));
        using var noise = new LocalReparameterizationOf(layer, input);
        double expected = Regressions.Likelihood.LogProbability(noise.Output, target).mean([0L]).sum().ToDouble();
        result.Elbo.Should().BeApproximately(expected - layer.KlDivergence().ToDouble(), 1e-8);
        result.Posterior.KlDivergence.Should().BeApproximately(layer.KlDivergence().ToDouble(), 1e-8);
        result.Rounds[1].ElboBefore.Should().BeGreaterThan(result.Rounds[0].ElboBefore!.Value);
        result.Rounds.Should().OnlyContain(round => round.Answered.Count == 3 && round.RequestBytes > 0 && round.AnswerBytes > 0);
    }

    /// <summary>With one partition, a whole step is ordinary variational inference with the same noise and order of rows.</summary>
    [Fact]
    public void One_partition_is_ordinary_variational_inference()
    {
        Tensor input = randn(60, 2), target = input.sum([1L], keepdim: true).gt(0.2).to(float32);
        using var model = Network();
        using var same = Network();
        foreach (var (copy, other) in same.parameters().Zip(model.parameters()))
            using (no_grad())
                copy.copy_(other);
        var options = new VariationalTrainerOptions { Epochs = 20, KlSchedule = new ConstantKl() };
        var posterior = new PartitionedPosterior(model, new BernoulliLikelihood(), new() { Damping = 1 });
        posterior.Join("all");
        var request = posterior.Request("all");
        var worker = new PartitionWorker(new Partition("all", input, target), model, new BernoulliLikelihood(), new() { Training = options });
        posterior.Offer(worker.Answer(request)).Should().Be(AnswerOutcome.Accepted);
        posterior.EndRound();
        posterior.CopyTo(model);

        using var noise = new Bayes.Layers.Numerics.TorchNoise(request.Seed);
        using var loss = ElboLoss.Bernoulli(60);
        var own = options with { Estimator = new LocalReparameterization(noise: noise), ShuffleSeed = unchecked((int)request.Seed) };
        new VariationalTrainer(same, loss, own).Fit(input, target);
        foreach (var (found, other) in same.parameters().Zip(model.parameters()))
            ShouldBeClose(found, other, 1e-3);

        static BayesianSequential Network() => new(new BayesianLinear(2, 4), nn.Tanh(), new BayesianLinear(4, 1));
    }

    private static Tensor MeanOf(BayesianLinear layer) => cat([layer.weight_mu.flatten(), layer.bias_mu!], 0).detach();

    private static Tensor VarianceOf(BayesianLinear layer) => cat([layer.weight_log_var.flatten(), layer.bias_log_var!], 0).exp().detach();

    /// <summary>Outputs whose mean and variance over two draws are exact.</summary>
    private sealed class LocalReparameterizationOf(BayesianLinear layer, Tensor input) : IDisposable
    {
        public Tensor Output { get; } = layer.Sample(input, new LocalReparameterization(2, new PlusMinusOne()));

        public void Dispose() => Output.Dispose();
    }
}
