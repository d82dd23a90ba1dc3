using Bayes.Layers.Tests.Laws;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Distributions;

/// <summary>A fully connected network whose draws managed code applies.</summary>
public sealed class BayesianFunctionsTests : FunctionDistributionLaws
{
    protected override FunctionDistribution Create() =>
        FunctionDistribution.Of(new BayesianSequential(new BayesianLinear(3, 8), Tanh(), new BayesianLinear(8, 1)));
}

/// <summary>A network in double precision after a deterministic front, whose draws torch applies.</summary>
public sealed class BayesianFunctionsBehindFrontTests : FunctionDistributionLaws
{
    protected override double Rounding => 1e-12;

    protected override Tensor Input => Normal(37, 3);

    protected override FunctionDistribution Create() => FunctionDistribution.Of(
        new BayesianSequential(
            Linear(3, 6, dtype: float64), ReLU(), new BayesianLinear(6, 4, dtype: float64), LayerNorm(4, dtype: float64),
            new BayesianLinear(4, 1, dtype: float64), new Half()));

    // A custom module, so the prediction runs on the calling thread.
    private sealed class Half() : Module<Tensor, Tensor>(nameof(Half))
    {
        private readonly TorchSharp.Modules.Parameter _shift = new(ones(1, dtype: float64));

        public override Tensor forward(Tensor input) => input + input.detach().mean([-1], keepdim: true) + _shift;
    }
}
