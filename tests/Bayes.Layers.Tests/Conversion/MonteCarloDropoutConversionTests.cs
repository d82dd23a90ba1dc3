using Bayes.Layers.Conversion;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Conversion;

/// <summary>One option gives a trained network with dropout epistemic uncertainty.</summary>
public sealed class MonteCarloDropoutConversionTests : TorchTest
{
    private static readonly BayesianConversion Option = new() { MonteCarloDropoutOnly = true };

    [Fact]
    public void A_trained_network_becomes_uncertain_and_its_weights_stay_plain()
    {
        using var network = nn.Sequential(("a", nn.Linear(4, 32, dtype: float64)), ("relu", nn.ReLU()), ("drop", nn.Dropout(0.25)),
            ("b", nn.Linear(32, 1, dtype: float64)));
        network.eval();
        using var model = network.ToBayesian(Option);
        model.named_modules().Single(each => each.name == "drop").module.Should().BeOfType<MonteCarloDropout>().Which.Probability.Should().Be(0.25);
        model.parameters().Should().BeEquivalentTo(network.parameters());
        model.KlDivergence().ToDouble().Should().Be(0);
        var input = Normal(3, 4);
        using var prediction = new MonteCarloPredictive(model, new GaussianLikelihood(0.1), samples: 20_000, seed: 1).Predict(input);

        // Each hidden unit is kept with probability 3/4 and then divided by it: the variance of the sum is that of its terms, h² w² p / (1 - p).
        var hidden = ((Linear)network.children().First()).forward(input).relu();
        var weight = ((Linear)network.children().Last()).weight;
        var variance = hidden.mul(weight).square().sum(1, keepdim: true).mul(0.25 / 0.75);
        ShouldBeClose(prediction.EpistemicVariance.div(variance), ones_like(variance), 0.06);
        ShouldBeClose(prediction.Mean.sub(network.forward(input)).div(variance.sqrt()), zeros_like(variance), 0.03);
    }

    [Fact]
    public void A_module_used_in_two_places_drops_different_units_in_each()
    {
        var dropout = nn.Dropout(0.5);
        using var network = nn.Sequential(("a", dropout), ("b", dropout));
        using var model = network.ToBayesian(Option);
        model.modules().OfType<MonteCarloDropout>().Distinct().Should().HaveCount(2);
        using var draws = new PosteriorDraws(seed: 2, count: 500);
        // A quarter of the units remain; one mask for both would leave half.
        model.Sample(ones(1, 8), draws).ne(0).to(float64).mean().ToDouble().Should().BeApproximately(0.25, 0.03);
    }

    [Fact]
    public void Dropout_stays_plain_without_the_option_or_if_select_excludes_it()
    {
        using var network = nn.Sequential(("a", nn.Dropout()), ("b", nn.Linear(3, 3)), ("c", nn.Dropout()));
        network.ToBayesian().modules().Should().NotContain(module => module is MonteCarloDropout);
        network.ToBayesian(Option with { Select = (path, _) => path == "c" }).modules().OfType<MonteCarloDropout>().Should().ContainSingle();
        network.Invoking(n => n.ToBayesian(Option with { Select = (_, _) => false })).Should().Throw<ArgumentException>()
            .WithMessage("Nothing in the Sequential became Bayesian: Select leaves out 'a' (Dropout), 'c' (Dropout)*");
    }

    [Fact]
    public void Dropout_inside_a_custom_class_and_a_network_without_dropout_are_refused()
    {
        using var network = nn.Sequential(("a", nn.Dropout()), ("own", new OwnBlock()));
        network.Invoking(n => n.ToBayesian(Option)).Should().Throw<ArgumentException>()
            .WithMessage("The module 'own', a OwnBlock, cannot become Bayesian: it has a forward of its own, which the conversion does not enter, "
                + "and contains a Dropout, 'drop', which would stay off*");
        network.ToBayesian(Option with { KeepsUnsupported = true }).modules().OfType<MonteCarloDropout>().Should().ContainSingle();
        new OwnBlock().Invoking(n => n.ToBayesian(Option with { KeepsUnsupported = true })).Should().Throw<ArgumentException>()
            .WithMessage("Nothing in the OwnBlock became Bayesian: 'drop' (Dropout) stands inside the OwnBlock, a class with a forward of its own*");
        nn.Sequential(nn.Linear(2, 2)).Invoking(n => n.ToBayesian(Option)).Should().Throw<ArgumentException>()
            .WithMessage("Nothing in the Sequential became Bayesian: it has no dropout that a conversion knows*");
        network.Invoking(n => n.ToBayesian(Option with { LastLayerOnly = true })).Should().Throw<ArgumentException>()
            .WithMessage("LastLayerOnly and MonteCarloDropoutOnly are both true*");
    }

    [Fact]
    public void The_mean_converts_back_to_the_network_and_a_draw_is_refused()
    {
        using var model = new BayesianSequential(("a", new BayesianLinear(3, 3, dtype: float64)), ("b", new MonteCarloDropout(0.2)),
            ("c", new MonteCarloDropout(0.3, channelAxis: 1)));
        using var plain = model.ToDeterministic();
        plain.children().OfType<Dropout>().Single().p.Should().Be(0.2);
        plain.children().OfType<Dropout2d>().Single().p.Should().Be(0.3);
        model.Invoking(m => m.ToDeterministic(seed: 1, draw: 0)).Should().Throw<ArgumentException>()
            .WithMessage("The model has a MonteCarloDropout, whose draws depend on the shape of the input*");
        using var features = new BayesianSequential(new BayesianLinear(3, 3), new MonteCarloDropout(0.3, channelAxis: -1));
        features.Invoking(m => m.ToDeterministic()).Should().Throw<ArgumentException>()
            .WithMessage("The module '1' is a MonteCarloDropout, for which there is no conversion*");
    }

    private sealed class OwnBlock : nn.Module<Tensor, Tensor>
    {
        private readonly Dropout drop = nn.Dropout();

        public OwnBlock() : base(nameof(OwnBlock)) => RegisterComponents();

        public override Tensor forward(Tensor input) => drop.forward(input);
    }
}
