using Bayes.Layers.Likelihoods;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Laplace;

/// <summary>What cannot be done is refused in one sentence.</summary>
public sealed class LaplaceRefusalsTests : TorchTest
{
    private static readonly LaplaceOptions All = new() { Layers = LaplaceLayers.All, PriorPrecision = 1 };

    private static Sequential Network(long outputs = 1) =>
        Sequential(Linear(3, 4, dtype: float64), Tanh(), Linear(4, outputs, dtype: float64));

    private static Action Fit(
        nn.Module network, Tensor? input = null, Tensor? target = null, Likelihood? likelihood = null, LaplaceOptions? options = null) =>
        () => LaplaceApproximation.Fit(
            network, input ?? Normal(6, 3), target ?? Normal(6, 1), likelihood ?? new GaussianLikelihood(0.3), options ?? All).Dispose();

    [Fact]
    public void A_network_that_was_never_trained()
    {
        var network = Network();
        using (no_grad())
            network.parameters().ElementAt(2).zero_();
        Fit(network).Should().Throw<InvalidOperationException>().WithMessage(
            "The curvature of '0' is zero: the likelihood does not depend on its weights, as in a network that was never trained or whose units are "
            + "all saturated; expected a trained network.");
        using (no_grad())
            foreach (var parameter in network.parameters())
                parameter.zero_();
        Fit(network, options: new LaplaceOptions()).Should().Throw<InvalidOperationException>().WithMessage("The weights are zero, so *");
    }

    [Fact]
    public void A_curvature_or_an_output_that_is_not_finite()
    {
        using var network = new Rooted();
        Fit(network, zeros(6, 3, float64), options: new LaplaceOptions { Paths = ["first"], PriorPrecision = 1 })
            .Should().Throw<InvalidOperationException>()
            .WithMessage("The curvature of 'first' is not finite; expected a network whose outputs and gradients are finite for all rows.");
        Fit(Network(), full([6, 3], double.NaN, float64)).Should().Throw<InvalidOperationException>()
            .WithMessage("The log-probability of the targets is NaN; expected a finite number: *");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_prior_precision_out_of_range(double precision)
    {
        Fit(Network(), options: All with { PriorPrecision = precision }).Should().Throw<ArgumentOutOfRangeException>();
        using var laplace = LaplaceApproximation.Fit(Network(), Normal(6, 3), Normal(6, 1), new GaussianLikelihood(1), All);
        laplace.Invoking(each => each.SetPriorPrecisions(precision)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("The prior precision is *; expected a number from *, which does not overflow in Float64.*");
        laplace.Invoking(each => each.SetPriorPrecisions(1, 2, 3)).Should().Throw<ArgumentException>()
            .WithMessage("There are 3 prior precisions; expected 1, or 2, one for each layer.*");
        laplace.PriorPrecisions.Should().Equal(1, 1);
    }

    [Fact]
    public void A_prior_precision_that_overflows_in_single_precision() =>
        Fit(Network().to(float32), Normal(6, 3).to(float32), Normal(6, 1).to(float32), options: All with { PriorPrecision = 1e39 })
            .Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("The prior precision is 1E+39; expected a number from 1E-37 to 1E+37, which does not overflow in Float32.*");

    [Fact]
    public void One_class_only()
    {
        Fit(Network(3), target: ones(6, int64), likelihood: new CategoricalLikelihood()).Should().Throw<ArgumentException>()
            .WithMessage("All targets are of one class, 1; expected targets of at least two classes, *");
        Fit(Network(), target: zeros(6, 1, float64), likelihood: new BernoulliLikelihood()).Should().Throw<ArgumentException>()
            .WithMessage("All targets are of one class, 0; *");
    }

    [Fact]
    public void A_likelihood_without_a_second_derivative() =>
        Fit(Network(), likelihood: new Absolute()).Should().Throw<NotSupportedException>()
            .WithMessage("absolute is a likelihood without a second derivative, which a Laplace approximation needs: Absolute does not tell its *");

    [Fact]
    public void Data_that_do_not_fit()
    {
        Fit(Network(), Normal(0, 3), Normal(0, 1)).Should().Throw<ArgumentException>().WithMessage("*an empty batch; expected at least one row.*");
        FluentActions.Invoking(() => LaplaceApproximation.Fit(
            Network(), Enumerable.Empty<(NetworkInput, Tensor)>(), new GaussianLikelihood(1))).Should().Throw<ArgumentException>()
            .WithMessage("There are no rows; expected the training data.*");
        Fit(Network(), target: Normal(5, 1)).Should().Throw<ArgumentException>()
            .WithMessage("The target has shape [5, 1]; expected [6, …], a target for each of the 6 rows of the input.*");
        Fit(Network(), target: Normal(6)).Should().Throw<ArgumentException>()
            .WithMessage("The target has shape [6] and the output [6, 1]; expected equal shapes: use target.unsqueeze(1).*");
        Fit(Network(), Normal(6, 2)).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Layers_that_cannot_be_chosen()
    {
        Fit(Sequential(Bilinear()), options: All).Should().Throw<NotSupportedException>()
            .WithMessage("'0' is a LayerOfItsOwn, whose weights cannot get a Laplace approximation; expected one of *Linear*");
        Fit(Network(), options: new LaplaceOptions { Paths = ["3", "fc*"] }).Should().Throw<ArgumentException>()
            .WithMessage("No layer of the Sequential is at 3, fc*; expected some of 0, 2.*");
        Fit(Sequential(Tanh())).Should().Throw<ArgumentException>().WithMessage("The Sequential has no layer with weights; *");
        var first = Linear(3, 3, dtype: float64);
        var second = Linear(3, 3, dtype: float64);
        second.weight = first.weight;
        Fit(Sequential(first, Tanh(), second), target: Normal(6, 3)).Should().Throw<NotSupportedException>()
            .WithMessage("'0.weight' is shared by several modules, *");
        Fit(Sequential(Network(), new BayesianLinear(1, 1, dtype: float64))).Should().Throw<ArgumentException>()
            .WithMessage("*already Bayesian; expected a plain network.*");

        static nn.Module<Tensor, Tensor> Bilinear() => new LayerOfItsOwn();
    }

    [Fact]
    public void A_full_curvature_that_does_not_fit_before_it_starts()
    {
        var network = Sequential(Linear(3, 200, dtype: float64), Tanh(), Linear(200, 20, dtype: float64));
        Fit(network, target: Normal(6, 20), options: All with { Curvature = CurvatureStructure.Full, Budget = MemoryBudget.FromMebibytes(64) })
            .Should().Throw<ArgumentException>().WithMessage(
                "A Full curvature of 4,820 weights takes 557,577,600 bytes, and there is room for 67,108,864; expected CurvatureStructure.Kronecker "
                + "or Diagonal, fewer layers, or a larger LaplaceOptions.Budget.*");
    }

    [Fact]
    public void What_has_no_closed_form_points_to_draws()
    {
        using var laplace = LaplaceApproximation.Fit(
            Network(), Normal(6, 3), full([6, 1], 2.0, float64), new PoissonLikelihood(), new LaplaceOptions { PriorPrecision = 1 });
        using var prediction = laplace.Predict(Normal(2, 3));
        prediction.Invoking(each => each.Mean).Should().Throw<InvalidOperationException>()
            .WithMessage("There is no mean in closed form for PoissonLikelihood*; expected ByDraws, which has it from draws of the outputs.");
        using var drawn = prediction.ByDraws(50);
        drawn.Mean.shape.Should().Equal(2, 1);
        laplace.Invoking(each => each.OptimizeEvidence(noise: true)).Should().Throw<ArgumentException>()
            .WithMessage("*has no single standard deviation; expected a GaussianLikelihood with one number.*");
    }

    private sealed class LayerOfItsOwn : Module<Tensor, Tensor>
    {
        public Parameter weight = new(ones(3, 1, dtype: float64));

        public LayerOfItsOwn() : base(nameof(LayerOfItsOwn)) => RegisterComponents();

        public override Tensor forward(Tensor input) => input.mm(weight);
    }

    private sealed class Rooted : Module<Tensor, Tensor>
    {
        public readonly Linear first = Linear(3, 4, hasBias: false, dtype: float64);
        public readonly Linear last = Linear(4, 1, dtype: float64);

        public Rooted() : base(nameof(Rooted)) => RegisterComponents();

        public override Tensor forward(Tensor input) => last.call(first.call(input).abs().sqrt());
    }

    private sealed class Absolute : Likelihood
    {
        public override Tensor LogProbability(Tensor output, Tensor target) => (output - target).abs().neg().sum(1L);

        public override Tensor Mean(Tensor output) => output.alias();

        public override Tensor Variance(Tensor output) => ones_like(output);

        public override string ToString() => "absolute";
    }
}
