using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tests.Laws;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Distributions;

public sealed class PlainFunctionTests : FunctionDistributionLaws
{
    private readonly Module<Tensor, Tensor> _network = Sequential(Linear(3, 8), BatchNorm1d(8), ReLU(inplace: true), Dropout(0.5), Linear(8, 1));

    protected override bool IsRandom => false;

    protected override FunctionDistribution Create() => FunctionDistribution.Of(_network);

    [Fact]
    public void It_is_the_network_in_evaluation_mode_without_epistemic_variance()
    {
        var input = Input;
        _network.training.Should().BeTrue();
        using var prediction = new MonteCarloPredictive(Create(), new GaussianLikelihood(0.5)).forward(input);
        prediction.SamplesUsed.Should().Be(1);
        _network.training.Should().BeTrue("the mode is put back");
        _network.eval();
        using var noGrad = no_grad();
        ShouldBeClose(prediction.Mean, _network.call(input), 1e-6);
        ShouldBeClose(prediction.EpistemicVariance, zeros(37, 1), 0);
        ShouldBeClose(prediction.AleatoricVariance, full([37, 1], 0.25), 1e-12);
    }

    [Fact]
    public void A_network_with_Bayesian_layers_inside_is_refused() =>
        FluentActions.Invoking(() => FunctionDistribution.Of(Sequential(Tanh(), new BayesianLinear(2, 1)))).Should().Throw<ArgumentException>()
            .WithMessage("*plain module with a BayesianLinear inside*");

    [Fact]
    public void A_network_that_mixes_rows_is_refused() =>
        new MonteCarloPredictive(FunctionDistribution.Of(new Centred()), new GaussianLikelihood(1)).Invoking(each => each.forward(randn(5, 2)))
            .Should()
            .Throw<InvalidOperationException>().WithMessage("*mixes the rows of a batch*");

    [Fact]
    public void A_network_that_ends_in_a_sigmoid_does_not_fit_a_likelihood_of_logits() =>
        FluentActions.Invoking(
            () => new MonteCarloPredictive(FunctionDistribution.Of(Sequential(Linear(2, 1), Sigmoid())), new BernoulliLikelihood()))
            .Should().Throw<ArgumentException>().WithMessage("The model ends in Sigmoid*");

    private sealed class Centred() : Module<Tensor, Tensor>(nameof(Centred))
    {
        public override Tensor forward(Tensor input) => input - input.mean([0], keepdim: true);
    }
}
