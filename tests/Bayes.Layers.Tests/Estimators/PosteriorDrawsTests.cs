using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using Bayes.Layers.Tests.Laws;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Estimators;

public sealed class PosteriorDrawsTests : EstimatorLaws
{
    protected override Estimator Estimator(int samples, NoiseSource noise)
    {
        // The laws hand in a source; these draws take only a seed.
        var draws = new PosteriorDraws(BitConverter.DoubleToInt64Bits(noise.StandardNormal([1], float64, CPU).ToDouble()), samples);
        draws.Bind(Parameters);
        return draws;
    }

    [Fact]
    public void Every_call_sees_the_same_functions()
    {
        using var model = new BayesianSequential(new BayesianLinear(2, 5, dtype: float64), Tanh(), new BayesianLinear(5, 1, dtype: float64));
        using var draws = new PosteriorDraws(seed: 1, count: 4);
        var input = Normal(6, 2);
        var all = model.Sample(input, draws);
        ShouldBeClose(cat([model.Sample(input.narrow(0, 0, 2), draws), model.Sample(input.narrow(0, 2, 4), draws)], 1), all, 1e-14);
        ShouldDiffer(model.Sample(input, new PosteriorDraws(seed: 2, count: 4)), all);
    }

    [Fact]
    public void Parameters_that_were_replaced_since_are_refused()
    {
        using var model = new BayesianSequential(new BayesianLinear(2, 5));
        using var draws = new PosteriorDraws(seed: 1, count: 4);
        model.Sample(randn(3, 2), draws);
        model.to(float64);
        model.Invoking(m => m.Sample(Normal(3, 2), draws)).Should().Throw<InvalidOperationException>().WithMessage("*make new PosteriorDraws*");
    }

    [Fact]
    public void Disposing_frees_the_draws_and_ends_it()
    {
        using var model = new BayesianSequential(new BayesianLinear(2, 5, dtype: float64));
        var input = Normal(6, 2);
        long before = LiveTensors();
        var draws = new PosteriorDraws(seed: 1, count: 4);
        model.Sample(input, draws).Dispose();
        LiveTensors().Should().Be(before + 2, "the weight and the bias are remembered");
        draws.Dispose();
        LiveTensors().Should().Be(before);
        model.Invoking(m => m.Sample(input, draws)).Should().Throw<ObjectDisposedException>();
    }
}
