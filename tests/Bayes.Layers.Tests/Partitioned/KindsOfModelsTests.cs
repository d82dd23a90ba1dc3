using Bayes.Layers.Conversion;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Partitioned;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Partitioned;

/// <summary>Partitions train every kind of model whose weights are independent and normal, and leave everything else as it was.</summary>
public sealed class KindsOfModelsTests : TorchTest
{
    private static readonly BernoulliLikelihood Likelihood = new();

    private readonly Tensor _inputs = randn(24, 4);
    private readonly Tensor _targets;

    public KindsOfModelsTests() => _targets = _inputs.sum([1L], keepdim: true).gt(0).to(float32);

    private PartitionedResult Train(BayesianModule model, int atATime = 2) => new PartitionedTraining(model, Likelihood, new()
    {
        Rounds = 2,
        PartitionsAtATime = atATime,
        Worker = new() { Training = new() { Epochs = 4, KlSchedule = new ConstantKl() } },
    }).Fit(Regressions.Cut(_inputs, _targets, 10, 14));

    [Fact]
    public void A_network_as_it_is_with_weights_that_are_drawn()
    {
        using var model = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 1))
            .ToBayesian(new BayesianConversion { Form = ConversionForm.WeightSpace });
        var result = Train(model);
        result.Posterior.Posterior.Count.Should().Be(4 * 3 + 3 + 3 + 1);
        result.Posterior.KlDivergence.Should().BeApproximately(model.KlDivergence().ToDouble(), 1e-3);
    }

    [Fact]
    public void A_frozen_front_stays_and_belongs_to_the_fingerprint()
    {
        var front = nn.Linear(4, 3);
        using var model = new BayesianSequential(front, nn.Tanh(), new BayesianLinear(3, 1));
        foreach (var parameter in front.parameters())
            parameter.requires_grad = false;
        double[] before = Values(front.weight!);
        var result = Train(model);
        Values(front.weight!).Should().Equal(before);
        result.Posterior.Posterior.Names.Should().Equal("2.weight", "2.bias");
        string fingerprint = result.Posterior.Fingerprint;
        new PartitionedPosterior(model, Likelihood).Fingerprint.Should().Be(fingerprint, "the posterior's values are not in it");
        using (no_grad())
            front.weight![0, 0].add_(1);
        new PartitionedPosterior(model, Likelihood).Fingerprint.Should().NotBe(fingerprint);
    }

    /// <summary>Two layers that share their weights are one variable under one prior.</summary>
    [Fact]
    public void Shared_weights_are_counted_once()
    {
        BayesianLinear first = new(4, 4), second = new(4, 4);
        (second.weight_mu, second.weight_log_var, second.bias_mu, second.bias_log_var) =
            (first.weight_mu, first.weight_log_var, first.bias_mu, first.bias_log_var);
        using var model = new BayesianSequential(first, nn.Tanh(), second, nn.Tanh(), new BayesianLinear(4, 1));
        var result = Train(model, atATime: 1);
        result.Posterior.Posterior.Count.Should().Be(4 * 4 + 4 + 4 + 1);
        result.Posterior.KlDivergence.Should().BeApproximately(model.KlDivergence().ToDouble(), 1e-3);
    }

    /// <summary>A class of the user's cannot be copied, so its partitions are trained one after the other, with the same result.</summary>
    [Fact]
    public void A_class_of_ones_own_is_trained_one_partition_at_a_time()
    {
        random.manual_seed(1);
        using var model = new Own();
        double[] alone = Found(Train(model, atATime: 1));
        random.manual_seed(1);
        using var again = new Own();
        Found(Train(again)).Should().Equal(alone);

        static double[] Found(PartitionedResult result) =>
            [.. result.Posterior.Posterior.Names.SelectMany(name => result.Posterior.Posterior.PrecisionMeansOf(name).ToArray())];
    }

    private sealed class Own : BayesianModule
    {
        private readonly BayesianLinear _layer = new(4, 1);

        public Own() : base(nameof(Own)) => RegisterComponents();

        public override Tensor Propagate(Tensor input, Bayes.Layers.Estimators.Pass pass) => _layer.Propagate(input, pass);
    }
}
