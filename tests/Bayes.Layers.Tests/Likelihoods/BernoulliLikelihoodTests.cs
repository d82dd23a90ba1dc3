using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tests.Laws;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Likelihoods;

public sealed class BernoulliFromLogitsTests : BernoulliLikelihoodLaws
{
    protected override Likelihood Likelihood => new BernoulliLikelihood();

    protected override Tensor Outputs(long draws, long batch) => Normal(draws, batch, 1).mul(3);

    protected override string[] RefusedLastModules => ["Sigmoid", "Hardsigmoid", "Softmax", "Softmax2d", "Softmin", "LogSigmoid", "LogSoftmax"];

    [Theory]
    [InlineData(-1e4)]
    [InlineData(1e4)]
    public void Extreme_logits_keep_a_finite_loss_and_gradient(double logit)
    {
        var output = new Parameter(full([1, 1], logit, float64));
        var loss = Likelihood.LogProbability(output, ones([1, 1], float64)).sum();
        ShouldBeFinite(loss);
        loss.backward();
        ShouldBeFinite(output.grad!);
    }
}

public sealed class BernoulliFromProbabilitiesTests : BernoulliLikelihoodLaws
{
    protected override Likelihood Likelihood => new BernoulliLikelihood(BernoulliOutput.Probabilities);

    protected override Tensor Outputs(long draws, long batch) => Normal(draws, batch, 1).sigmoid();

    protected override bool SecondDerivativeDependsOnTarget => true;

    protected override double[] ExtremeOutputs => [0, 1];

    protected override string[] RefusedLastModules => ["LogSigmoid", "LogSoftmax"];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Probabilities_of_exactly_zero_and_one_keep_a_finite_loss(double probability)
    {
        foreach (double target in new[] { 0.0, 1.0 })
            ShouldBeFinite(Likelihood.LogProbability(full([1, 1], probability, float64), full([1, 1], target, float64)));
    }

    [Theory]
    [InlineData(1.0001)]
    [InlineData(-0.5)]
    [InlineData(double.NaN)]
    public void An_output_that_is_not_a_probability_is_refused(double output)
    {
        var act = () => Likelihood.LogProbability(full([1, 1], output, float64), ones([1, 1], float64));
        act.Should().Throw<ArgumentException>().WithMessage("output has*expected values in [0, 1]*");
    }
}

public abstract class BernoulliLikelihoodLaws : LikelihoodLaws
{
    protected override Tensor Targets(long batch) => (Normal(batch, 1) > 0).to(float64);

    protected override (Tensor Points, double Weight) Support(long batch) =>
        (stack([zeros([batch, 1], float64), ones([batch, 1], float64)]), 1);

    [Theory]
    [InlineData(2.0)]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_target_outside_the_unit_interval_is_refused(double target)
    {
        var act = () => Likelihood.LogProbability(Outputs(1, 1).squeeze(0), full([1, 1], target, float64));
        act.Should().Throw<ArgumentException>().WithMessage("target has*expected values in [0, 1]*");
    }

    [Fact]
    public void Several_outputs_of_an_example_add_up()
    {
        Tensor output = cat([Outputs(1, 6).squeeze(0), Outputs(1, 6).squeeze(0)], 1), target = cat([Targets(6), Targets(6)], 1);
        var each = Likelihood.LogProbability(output.narrow(1, 0, 1), target.narrow(1, 0, 1))
            + Likelihood.LogProbability(output.narrow(1, 1, 1), target.narrow(1, 1, 1));
        ShouldBeClose(Likelihood.LogProbability(output, target), each, 1e-14);
    }

    [Theory]
    [InlineData(ScalarType.Bool)]
    [InlineData(ScalarType.Int64)]
    [InlineData(ScalarType.Float32)]
    public void Targets_of_any_type_are_accepted(ScalarType dtype)
    {
        Tensor output = Outputs(1, 6).squeeze(0), target = Targets(6);
        ShouldBeClose(Likelihood.LogProbability(output, target.to(dtype)), Likelihood.LogProbability(output, target), 0);
    }
}
