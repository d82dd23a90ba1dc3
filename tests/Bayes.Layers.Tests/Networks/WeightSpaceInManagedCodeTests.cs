using Bayes.Layers.Conversion;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Prediction;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Networks;

/// <summary>A fully connected network in weight space predicts in managed code, as its own forward does with the same draws.</summary>
public sealed class WeightSpaceInManagedCodeTests : TorchTest
{
    private static Sequential Network() => nn.Sequential(
        nn.Linear(3, 7), nn.Tanh(), nn.Sequential(nn.Linear(7, 5, hasBias: false), nn.ReLU()), nn.Identity(), nn.Linear(5, 2));

    private static BayesianModule Stored() => StoredDraws.Of(
        Network(), Network().named_parameters().ToDictionary(each => each.name, each => randn([9, .. each.parameter.shape])));

    private static BayesianModule MeanField() => Network().ToBayesian(new BayesianConversion { Form = ConversionForm.WeightSpace });

    private static DenseNetwork? TryOf(BayesianModule model, Tensor input)
    {
        model.eval();
        return DenseNetwork.TryOf([model], RowsOfInput.Of(input));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void It_equals_the_networks_own_forward(bool isStored)
    {
        using var model = isStored ? Stored() : MeanField();
        var input = randn(101, 3);
        using PosteriorDraws draws = new(seed: 3, count: 12, first: 4), same = new(seed: 3, count: 12, first: 4);
        draws.Bind(model);
        var found = TryOf(model, input)!.Sample(input, draws);
        using var noGrad = no_grad();
        ShouldBeClose(found, model.Sample(input, same), 1e-5);
    }

    [Fact]
    public void A_prediction_takes_it_also_on_several_threads()
    {
        using var model = Stored();
        var input = randn(500, 3);
        using var draws = FunctionDistribution.Of(model).Draw(0, 9);
        using var predictor = new MonteCarloPredictive(FunctionDistribution.Of(model), new GaussianLikelihood(0.1));
        using var prediction = predictor.Predict(input, keepSamples: true);
        ShouldBeClose(prediction.Samples, draws.Apply(input).to(float64), 1e-5);
        var sampler = FunctionDistribution.Of(model).Prepare(input, new DrawRequest(0, 9, 0, MemoryBudget.Default));
        sampler.Should().BeOfType<DenseSampler>();
        sampler.AllowsThreads.Should().BeTrue();
        sampler.Dispose();
    }

    /// <summary>Managed code knows no layer of which only a part is random, no hooks, and no class that is derived from a layer.</summary>
    [Fact]
    public void Other_networks_run_their_own_forward()
    {
        var input = randn(20, 3);
        TryOf(OfPart("0.weight"), input).Should().BeNull("its bias is fixed");
        TryOf(OfPart("2.0.weight"), input).Should().BeNull("the first layer is fixed");
        TryOf(OfPart("0.weight", "0.bias"), input).Should().NotBeNull("later layers may be fixed");
        var hooked = Network();
        ((Linear)hooked.children().First()).register_forward_hook((_, _, output) => output);
        TryOf(StoredDraws.Of(hooked, new Dictionary<string, Tensor> { ["0.weight"] = randn(2, 7, 3), ["0.bias"] = randn(2, 7) }), input)
            .Should().BeNull("its layer has a hook");

        BayesianModule OfPart(params string[] names)
        {
            var network = Network();
            var parameters = network.named_parameters().ToDictionary(each => each.name, each => each.parameter);
            return StoredDraws.Of(network, names.ToDictionary(name => name, name => randn([2, .. parameters[name].shape])));
        }
    }
}
