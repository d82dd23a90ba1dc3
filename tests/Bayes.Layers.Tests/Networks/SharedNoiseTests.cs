using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Networks;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Networks;

/// <summary>Posteriors of several tensors that share noise, a stored number of draws, and a caution.</summary>
public sealed class SharedNoiseTests : TorchTest
{
    private readonly Module<Tensor, Tensor> _network = Sequential(Linear(2, 3), Tanh(), Linear(3, 1)).to(ScalarType.Float64);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Weights_of_several_tensors_move_together(bool areNamed)
    {
        using var model = ModelOf(ScalarType.Float64);
        var means = model.Network.parameters().Select(each => each.detach().clone()).ToArray();
        using var draws = new PosteriorDraws(seed: 4, count: 5);
        Estimator estimator = areNamed ? draws : new Reparameterization(5);
        using var pass = new Pass(estimator) { Model = model };
        estimator.Begin(model);
        var shifts = model.Posteriors().Zip(means)
            .Select(each => estimator.DrawWeights(pass, each.First)!.sub(each.Second).flatten(1)).ToArray();
        var shared = shifts[0][.., ..1];
        foreach (var shift in shifts)
            ShouldBeClose(shift, shared.expand_as(shift), 1e-12);
        shared.std().item<double>().Should().BeGreaterThan(0.1);
    }

    [Fact]
    public void One_draw_moves_together_too()
    {
        using var model = ModelOf(ScalarType.Float64);
        using var pass = new Pass(new Reparameterization());
        var noise = new Reparameterization().Noise;
        var shifts = model.Posteriors().Select(each => pass.SingleWeight(each, noise).sub(each.Mean).flatten()).ToArray();
        foreach (var shift in shifts)
            ShouldBeClose(shift, shifts[0][..1].expand_as(shift), 1e-12);
    }

    [Fact]
    public void Named_draws_are_the_same_in_any_blocks()
    {
        using var model = ModelOf(ScalarType.Float64);
        var input = Normal(4, 2);
        using PosteriorDraws all = new(seed: 9, count: 6), tail = new(seed: 9, count: 2, first: 4);
        ShouldBeClose(model.Sample(input, tail), model.Sample(input, all)[4..], 0);
    }

    [Fact]
    public void A_model_is_exact_if_all_its_posteriors_are()
    {
        using var model = ModelOf(ScalarType.Float64, exactSamples: 7);
        FunctionDistribution.Of(model).ExactSamples.Should().Be(7);
        new MonteCarloPredictive(FunctionDistribution.Of(model), new GaussianLikelihood(0.1)).Samples.Should().Be(7);
        using var endless = ModelOf(ScalarType.Float64);
        FunctionDistribution.Of(endless).ExactSamples.Should().BeNull();
    }

    [Fact]
    public void Every_prediction_repeats_the_caution()
    {
        using var model = ModelOf(ScalarType.Float64);
        var (input, likelihood) = (Normal(4, 2), new GaussianLikelihood(0.1));
        using (var without = new MonteCarloPredictive(model, likelihood, samples: 2, seed: 1).Predict(input))
            without.Caution.Should().BeNull();
        model.GivenCaution = "The chains have not mixed.";
        var predictor = new MonteCarloPredictive(model, likelihood, samples: 2, seed: 1);
        using var first = predictor.Predict(input);
        using var second = predictor.Predict(input, firstDraw: 2);
        using var merged = Predictive.Merge(first, second);
        merged.Caution.Should().Be("The chains have not mixed.");
        merged.ToString().Should().EndWith(": The chains have not mixed.");
        using var mixture = new MonteCarloPredictive(new Ensemble([model, model]), likelihood).Predict(input);
        mixture.Caution.Should().Be("The chains have not mixed.");
    }

    private WeightSpaceModule ModelOf(ScalarType dtype, int? exactSamples = null) => new(
        _network.to(dtype),
        NetworkParameter.Of(_network).Select(parameter => new NetworkStart(
            parameter, new NormalPrior(), new SharedShiftFamily(exactSamples), Values: [], InitialLogStddev: null, FixedRow: null)),
        last: null, copy: null, output: null);

    /// <summary>w = mu + z, with one z for the weights of all tensors.</summary>
    private sealed class SharedShift(Tensor mean, int? exactSamples) : WeightPosterior(mean)
    {
        public override IReadOnlyList<(string Name, Tensor Value)> Parameters => [("mu", Mean)];

        public override IReadOnlyList<PosteriorNoise> Noise => [new(Mean, [1]) { SharedName = "shift" }];

        public override int? ExactSamples => exactSamples;

        public override Tensor DeviationsFrom(IReadOnlyList<Tensor> noise) =>
            noise[0].view([.. noise[0].shape[..^1], .. Enumerable.Repeat(1L, (int)Mean.ndim)]).expand([.. noise[0].shape[..^1], .. Mean.shape]);

        public override MeanFieldNormal Marginals() => new(Mean, zeros_like(Mean));

        public override Tensor Entropy() => throw new NotSupportedException("The weights lie on a line.");
    }

    private sealed class SharedShiftFamily(int? exactSamples) : PosteriorFamily
    {
        public override IReadOnlyList<(string Name, long[] Shape)> ParametersOf(long[] shape) => [("mu", shape)];

        public override IReadOnlyList<Tensor> Start(Tensor mean, Tensor logVariance, NoiseSource noise) => [mean];

        public override WeightPosterior Of(IReadOnlyList<Tensor> parameters) => new SharedShift(parameters[0], exactSamples);

        public override string ToString() => nameof(SharedShift);
    }
}
