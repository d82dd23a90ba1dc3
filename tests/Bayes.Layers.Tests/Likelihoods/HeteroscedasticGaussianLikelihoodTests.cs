using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tests.Laws;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Likelihoods;

public sealed class HeteroscedasticGaussianLikelihoodTests : LikelihoodLaws
{
    protected override Likelihood Likelihood => new HeteroscedasticGaussianLikelihood();

    protected override Tensor Outputs(long draws, long batch) => cat([Normal(draws, batch, 1), Normal(draws, batch, 1).mul(0.4).sub(1)], -1);

    protected override Tensor Targets(long batch) => Normal(batch, 1);

    protected override bool SecondDerivativeDependsOnTarget => true;

    protected override (Tensor Points, double Weight) Support(long batch) =>
        (linspace(-15, 15, 3_001, float64).reshape(-1, 1, 1).expand(-1, batch, 1), 0.01);

    protected override string[] RefusedLastModules =>
        ["Sigmoid", "Hardsigmoid", "Softmax", "Softmax2d", "Softmin", "LogSigmoid", "LogSoftmax", "Softplus", "ReLU", "ReLU6"];

    [Fact]
    public void Several_targets_of_an_example_add_up()
    {
        Tensor mean = Normal(6, 2), logVariance = Normal(6, 2), target = Normal(6, 2);
        var each = Enumerable.Range(0, 2).Select(d =>
            Likelihood.LogProbability(cat([mean.narrow(1, d, 1), logVariance.narrow(1, d, 1)], 1), target.narrow(1, d, 1)));
        ShouldBeClose(Likelihood.LogProbability(cat([mean, logVariance], 1), target), each.Aggregate((a, b) => a + b), 1e-13);
    }

    [Fact]
    public void An_odd_number_of_outputs_is_refused()
    {
        var act = () => Likelihood.LogProbability(Normal(6, 3), Normal(6, 1));
        act.Should().Throw<ArgumentException>().WithMessage("*[6, 3]*expected an even last axis*");
    }

    [Theory]
    [InlineData(-80)]
    [InlineData(80)]
    public void Extreme_variances_stay_finite(double logVariance) =>
        ShouldBeFinite(Likelihood.LogProbability(tensor(new[] { 0.1, logVariance }).reshape(1, 2), zeros(1, 1, dtype: float64)));

    /// <summary>Also with an optimizer that stores squared gradients, which would be infinite.</summary>
    [Theory]
    [InlineData(-1e4)]
    [InlineData(1e4)]
    public void A_diverged_variance_recovers(double logVariance)
    {
        var output = new Parameter(tensor(new[] { 0, logVariance }).reshape(1, 2).to(float32));
        using var optimizer = optim.Adam([output], lr: 100);
        for (int i = 0; i < 110; i++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            Likelihood.LogProbability(output, ones(1, 1)).sum().neg().backward();
            output.grad![0, 0] = 0;
            optimizer.step();
        }
        Math.Abs(output[0, 1].ToSingle()).Should().BeLessThan(1_000);
    }

    [Fact]
    public void A_target_that_is_not_finite_is_accepted_if_validation_is_off() =>
        Values(new HeteroscedasticGaussianLikelihood(validate: false).LogProbability(zeros(1, 2), full([1, 1], double.NaN)))
            .Should().Equal(double.NaN);

    [Fact]
    public void The_type_of_the_target_does_not_determine_that_of_the_result()
    {
        new HeteroscedasticGaussianLikelihood().LogProbability(randn(6, 2), Normal(6, 1)).dtype.Should().Be(ScalarType.Float32);
        new BernoulliLikelihood().LogProbability(randn(6, 1), ones([6, 1], float64)).dtype.Should().Be(ScalarType.Float32);
    }
}
