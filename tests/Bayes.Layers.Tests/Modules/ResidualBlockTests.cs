using Bayes.Layers.Estimators;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Modules;

/// <summary>A Bayesian module of a user's own, with a branch: it obeys the laws with no help from the library.</summary>
public sealed class ResidualBlockTests : ModuleLaws
{
    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) => new ResidualBlock(4, dtype);

    protected override Tensor Input(long batch) => Normal(batch, 4);

    protected override IEnumerable<string> Keys =>
    [
        "_first.weight_mu", "_first.weight_log_var", "_first.bias_mu", "_first.bias_log_var",
        "_second.weight_mu", "_second.weight_log_var", "_second.bias_mu", "_second.bias_log_var",
    ];

    private sealed class ResidualBlock : BayesianModule
    {
        private readonly BayesianLinear _first;
        private readonly BayesianLinear _second;

        public ResidualBlock(long width, ScalarType dtype) : base(nameof(ResidualBlock))
        {
            _first = new BayesianLinear(width, width, dtype: dtype);
            _second = new BayesianLinear(width, width, dtype: dtype);
            RegisterComponents();
        }

        public override Tensor Propagate(Tensor input, Estimator estimator)
        {
            using var scope = NewDisposeScope();
            var inner = _second.Propagate(_first.Propagate(input, estimator).tanh(), estimator);
            return (input + inner).MoveToOuterDisposeScope();
        }
    }
}
