using Bayes.Layers.Conversion;
using Bayes.Layers.Estimators;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Conversion;

/// <summary>A Bayesian network becomes plain.</summary>
public sealed class ToDeterministicTests : TorchTest
{
    private readonly BayesianSequential _model = new(
        ("body", nn.Sequential(("first", new BayesianLinear(4, 6, dtype: float64)), ("tanh", nn.Tanh()))),
        ("head", new BayesianLinear(6, 2, hasBias: false, dtype: float64)));

    [Fact]
    public void The_mean_network_computes_what_the_posterior_mean_does()
    {
        var input = Normal(5, 4);
        var plain = _model.ToDeterministic();
        plain.Should().BeOfType<Sequential>();
        plain.modules().Should().NotContain(module => module is BayesianModule);
        plain.state_dict().Keys.Should().Equal("body.first.weight", "body.first.bias", "head.weight");
        ShouldBeClose(plain.forward(input), _model.Sample(input, PosteriorMean.Instance).squeeze(0), 1e-12);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(17)]
    public void A_draw_has_the_named_weights(int draw)
    {
        var input = Normal(5, 4);
        using var draws = new PosteriorDraws(seed: 9, count: 1, first: draw);
        ShouldBeClose(_model.ToDeterministic(seed: 9, draw).forward(input), _model.Sample(input, draws).squeeze(0), 1e-12);
        ShouldDiffer(_model.ToDeterministic(9, draw).forward(input), _model.ToDeterministic(9, draw + 1).forward(input));
    }

    [Fact]
    public void Converting_there_and_back_gives_the_network()
    {
        using var network = nn.Sequential(nn.Linear(4, 8, dtype: float64), nn.ReLU(), nn.Linear(8, 1, dtype: float64));
        var back = network.ToBayesian().ToDeterministic();
        back.state_dict().Keys.Should().Equal(network.state_dict().Keys);
        foreach (var (key, value) in network.state_dict())
            ShouldBeClose(back.state_dict()[key], value, 0, key);
    }

    [Fact]
    public void The_plain_network_is_trainable_and_shares_nothing_with_the_model()
    {
        var plain = _model.ToDeterministic();
        plain.parameters().Should().OnlyContain(p => p.requires_grad);
        using (no_grad())
            plain.parameters().First().zero_();
        _model.parameters().First().abs().sum().ToDouble().Should().BePositive();
        _model.eval();
        _model.ToDeterministic().training.Should().BeFalse();
    }

    [Fact]
    public void A_module_without_a_conversion_is_named_with_its_path_and_nothing_is_left()
    {
        var model = new BayesianSequential(("first", new BayesianLinear(2, 2)), ("own", new OwnModule()));
        long before = LiveTensors();
        model.Invoking(m => m.ToDeterministic(3, 1))
            .Should().Throw<ArgumentException>().WithMessage("The module 'own' is a OwnModule, for which there is no conversion to a plain module*");
        LiveTensors().Should().Be(before);
    }

    [Fact]
    public void A_negative_draw_is_refused() =>
        _model.Invoking(m => m.ToDeterministic(1, -1)).Should().Throw<ArgumentOutOfRangeException>();

    private sealed class OwnModule() : BayesianModule(nameof(OwnModule))
    {
        public override Tensor Propagate(Tensor input, Pass pass) => input.alias();
    }
}
