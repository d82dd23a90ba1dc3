using Bayes.Layers.Estimators;
using Bayes.Layers.Tests.Laws;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Modules;

public sealed class BayesianResidualTests : ModuleLaws
{
    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) => new BayesianSequential(
        new BayesianLinear(3, 4, dtype: dtype),
        new BayesianResidual(LayerNorm(4, dtype: dtype), new BayesianLinear(4, 4, dtype: dtype), GELU(), new BayesianLinear(4, 4, dtype: dtype)));

    protected override Tensor Input(long batch) => Normal(batch, 3);

    protected override IEnumerable<string> Keys =>
    [
        .. KeysOf("0."), "1.inner.0.weight", "1.inner.0.bias", .. KeysOf("1.inner.1."), .. KeysOf("1.inner.3."),
    ];

    private static IEnumerable<string> KeysOf(string path) =>
        new[] { "weight_mu", "weight_log_var", "bias_mu", "bias_log_var" }.Select(name => path + name);

    [Fact]
    public void It_adds_the_input_to_each_draw()
    {
        var layer = new BayesianLinear(4, 4, dtype: float64);
        using var residual = new BayesianResidual(layer, Tanh());
        var input = Normal(5, 4);
        using var draws = new PosteriorDraws(seed: 3, count: 6);
        ShouldBeClose(residual.Sample(input, draws), input + layer.Sample(input, draws).tanh(), 1e-14);
    }

    [Fact]
    public void Modules_that_change_the_shape_are_refused()
    {
        using var residual = new BayesianResidual(new BayesianLinear(4, 1, dtype: float64));
        residual.Invoking(module => module.forward(Normal(5, 4)))
            .Should().Throw<ArgumentException>().WithMessage("*turned shape ?5, 4? into ?5, 1?; expected the same shape*");
    }
}
