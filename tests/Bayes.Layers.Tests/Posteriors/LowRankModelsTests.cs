using Bayes.Layers.Conversion;
using Bayes.Layers.Diagnostics;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Prediction;
using Bayes.Layers.Priors;
using Bayes.Layers.Training;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Posteriors;

/// <summary>Everything that a user does with a model, with dependent weights.</summary>
public sealed class LowRankModelsTests : TorchTest
{
    private static PosteriorInitializer Start => new FanInInitializer(1, 0.3) { Family = new LowRankFamily(rank: 2) };

    private static BayesianSequential Network(ScalarType dtype = ScalarType.Float32) => new(
        new BayesianLinear(3, 12, prior: new ScaleMixturePrior(0.5, 1, 0.1), biasPrior: new LearnedScalePrior(), initializer: Start, dtype: dtype),
        Tanh(),
        new BayesianLinear(12, 1, initializer: Start, dtype: dtype));

    private static (Tensor Input, Tensor Target) Data(long rows)
    {
        var input = randn(rows, 3);
        return (input, input.sum([1L], keepdim: true).sin() + randn(rows, 1).mul(0.1));
    }

    public static TheoryData<string> Estimators => [.. EstimatorsByName.Keys];

    private static readonly Dictionary<string, Func<Estimator?>> EstimatorsByName = new()
    {
        ["the trainer's own"] = () => null,
        ["draws"] = () => new Reparameterization(2),
        ["antithetic"] = () => new Reparameterization(2, antithetic: true),
        ["Flipout"] = () => new Flipout(),
    };

    [Theory]
    [MemberData(nameof(Estimators))]
    public void It_trains_and_predicts_with_every_estimator(string name)
    {
        using var model = Network();
        var (input, target) = Data(300);
        using var loss = new ElboLoss(new GaussianLikelihood(0.1), 300);
        var options = new VariationalTrainerOptions { Epochs = 60, BatchSize = 50, LearningRate = 0.02, Estimator = EstimatorsByName[name]() };
        var factor = model.get_parameter("0.weight_factor")!.detach().clone();
        new VariationalTrainer(model, loss, options).Fit(input, target);
        ShouldDiffer(model.get_parameter("0.weight_factor")!, factor);
        var (unseen, wanted) = Data(200);
        using var prediction = new MonteCarloPredictive(model, loss.Likelihood, samples: 30, seed: 1).Predict(unseen);
        prediction.Mean.sub(wanted).square().mean().ToDouble().Should().BeLessThan(0.2);
    }

    [Fact]
    public void A_step_matches_plain_training_also_for_a_mixed_model()
    {
        using BayesianSequential model = Network(), mixed = new(new BayesianLinear(3, 4), Tanh(), new BayesianLinear(4, 1, initializer: Start));
        using var loss = new ElboLoss(new GaussianLikelihood(0.1), 10);
        foreach (var each in new[] { model, mixed })
        {
            using var step = new VariationalStep(each, loss, parameters => optim.Adam(parameters, 0.01));
            step.IsFast.Should().BeFalse();
            var (input, target) = Data(10);
            using var terms = step.Run(input, target);
            ShouldBeFinite(terms.Total);
        }
    }

    /// <summary>Managed passes of dense networks use the drawn weights of any posterior.</summary>
    [Fact]
    public void Managed_passes_match_torch()
    {
        using var model = Network();
        model.eval();
        var input = randn(20, 3);
        var dense = DenseNetwork.TryOf([model], RowsOfInput.Of(input));
        dense.Should().NotBeNull();
        using PosteriorDraws draws = new(seed: 1, count: 5), same = new(seed: 1, count: 5);
        draws.Bind(model);
        using var noGrad = no_grad();
        ShouldBeClose(dense!.Sample(input, draws), model.Sample(input, same), 1e-5);
    }

    [Fact]
    public void The_divergence_of_a_pass_is_estimated_from_its_draws_without_bias()
    {
        using var model = Network(ScalarType.Float64);
        using var noGrad = no_grad();
        var input = Normal(2, 3);
        double exact = model.KlDivergence().ToDouble();
        foreach (Estimator estimator in new Estimator[] { new Reparameterization(20_000), new Flipout(20_000) })
        {
            var (output, divergence) = model.SampleWithKl(input, estimator);
            divergence.ToDouble().Should().NotBe(exact);
            divergence.ToDouble().Should().BeApproximately(exact, 0.01 * exact);
        }
        model.SampleWithKl(input, new LocalReparameterization(2)).KlDivergence.ToDouble()
            .Should().BeApproximately(exact, 1e-9, "it draws no weights");
    }

    [Fact]
    public void Diagnostics_use_the_marginals_and_the_joint_divergence()
    {
        using var model = Network(ScalarType.Float64);
        var found = PosteriorDiagnostics.Of(model);
        found.KlDivergence.Should().BeApproximately(model.KlDivergence().ToDouble(), 1e-9);
        var last = (BayesianLinear)model.children().Last();
        found.Layers[^1].Weight.MeanStddev.Should().BeApproximately(last.WeightPosterior.Stddev().mean().ToDouble(), 1e-12);
        found.Layers[^1].Weight.StddevShift.Should().BeLessThan(0.01, "the layer was just made");
    }

    [Fact]
    public void Pruning_uses_the_marginals_and_a_curve_does_not_change_the_model()
    {
        using var model = Network(ScalarType.Float64);
        var layers = model.children().OfType<BayesianLinear>().ToArray();
        double[] Ratios() => [.. layers.SelectMany(layer => Values(layer.WeightPosterior.Mean.abs().div(layer.WeightPosterior.Stddev())))];
        var before = model.state_dict().ToDictionary(each => each.Key, each => each.Value.detach().clone());
        SignalToNoisePruning.Curve(model, [0.5], pruned => pruned.KlDivergence().ToDouble()).Single().Pruned.Should().Be(24);
        foreach (var (key, value) in model.state_dict())
            ShouldBeClose(value, before[key], 0, key);
        double threshold = Ratios().Order().ElementAt(11);
        double[] ratios = Ratios();
        SignalToNoisePruning.Apply(model, 0.25).Should().Be(12);
        Ratios().Zip(ratios).Should().OnlyContain(each => each.First == (each.Second <= threshold ? 0 : each.Second));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_plain_network_converts_with_the_initializers_option(bool isMoped)
    {
        using var plain = Sequential(Linear(3, 5), Tanh(), Linear(5, 2));
        var input = randn(4, 3);
        var expected = plain.forward(input);
        var options = new BayesianConversion
        {
            Initializer = new FanInInitializer { Family = new LowRankFamily(3) }, Moped = isMoped ? new Moped(0.2) : null,
        };
        using var model = plain.ToBayesian(options);
        var posterior = model.modules().OfType<BayesianLinear>().First().WeightPosterior.Should().BeOfType<LowRankNormal>().Which;
        posterior.Rank.Should().Be(3);
        if (isMoped)
            Values(posterior.Stddev().div(posterior.Mean.abs())).Order().ElementAt(7).Should().BeApproximately(0.2, 0.02);
        ShouldBeClose(model.Sample(input, PosteriorMean.Instance).squeeze(0), expected, 1e-6);
        using var back = model.ToDeterministic();
        ShouldBeClose(back.forward(input), expected, 1e-6);
        using var drawn = model.ToDeterministic(seed: 2, draw: 3);
        using var draws = new PosteriorDraws(2, 1, 3);
        ShouldBeClose(drawn.forward(input), model.Sample(input, draws).squeeze(0), 1e-5);
    }

    [Fact]
    public void A_shared_parameter_becomes_one_posterior_and_one_parameter_again()
    {
        using TorchSharp.Modules.Linear first = Linear(4, 4), second = Linear(4, 4);
        second.weight = first.weight;
        using var plain = Sequential(("a", first), ("tanh", Tanh()), ("b", second));
        using var model = plain.ToBayesian(new BayesianConversion { Initializer = Start });
        model.Variables().Should().HaveCount(3);
        model.state_dict()["b.weight_factor"].Should().BeSameAs(model.state_dict()["a.weight_factor"]);
        ShouldBeFinite(model.KlDivergence());
        using var back = model.ToDeterministic();
        back.modules().OfType<TorchSharp.Modules.Linear>().Select(each => each.weight).Distinct().Should().ContainSingle();
    }

    [Fact]
    public void Layers_that_share_all_but_the_directions_are_refused()
    {
        using BayesianLinear first = new(3, 3, initializer: Start), second = new(3, 3, initializer: Start);
        (second.weight_mu, second.weight_log_var) = (first.weight_mu, first.weight_log_var);
        using var model = new BayesianSequential(first, second);
        model.Invoking(m => m.KlDivergence()).Should().Throw<InvalidOperationException>()
            .WithMessage("A BayesianLinear shares weight_mu with another layer, and weight_factor not; share both, or neither.");
    }

    [Fact]
    public void A_layer_without_directions_has_none_to_set()
    {
        using var layer = new BayesianLinear(2, 1);
        layer.Invoking(l => l.Set("weight_factor", new TorchSharp.Modules.Parameter(zeros(2, 1, 2)))).Should().Throw<InvalidOperationException>()
            .WithMessage("BayesianLinear has no weight_factor: it was made with the posterior MeanFieldNormal.");
    }
}
