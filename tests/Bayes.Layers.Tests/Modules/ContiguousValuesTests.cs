using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tests.Precision;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Modules;

/// <summary>The outputs of layers and the inputs of custom modules are contiguous for any number of draws, so a custom module may call
/// <c>view</c>.</summary>
public sealed class ContiguousValuesTests : TorchTest
{
    public static TheoryData<string> Names => [.. LayerCases.Layers.Select(layer => layer.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_layer_returns_contiguous_values(string name)
    {
        var (_, make, input) = LayerCases.Layers.Single(layer => layer.Name == name);
        using var layer = make(float32);
        foreach (var estimator in Estimators())
        {
            var rows = input(float32);
            var value = layer.Sample(rows, estimator);
            value.is_contiguous().Should().BeTrue("{0}", estimator);
            if (name != nameof(BayesianEmbedding))
                layer.Propagate(rows.unsqueeze(0).repeat([estimator.Samples, .. rows.shape.Select(_ => 1L)]), estimator).is_contiguous()
                    .Should().BeTrue("{0} of each draw's own input", estimator);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_custom_module_after_a_layer_gets_contiguous_values(string name)
    {
        var (_, make, input) = LayerCases.Layers.Single(layer => layer.Name == name);
        foreach (var (isBetweenFunctions, viewing) in new (bool, Module<Tensor, Tensor>)[]
        {
            (false, new ViewingWithDraws()), (true, new ViewingWithDraws()), (false, new Viewing()), (true, new Viewing()),
            (true, Sequential(new Viewing())),
        })
        {
            Module<Tensor, Tensor>[] between = isBetweenFunctions ? [Tanh(), new MonteCarloDropout(0.1)] : [];
            using var model = new BayesianSequential([make(float32), .. between, viewing]);
            foreach (var estimator in Estimators())
                model.Sample(input(float32), estimator).shape[0].Should().Be(estimator.Samples);
            new MonteCarloPredictive(model, new GaussianLikelihood(1), 3, seed: 1).Invoking(p => p.forward(input(float32)).Dispose())
                .Should().NotThrow();
        }
    }

    private static IEnumerable<Estimator> Estimators() =>
        [new Reparameterization(1), new Reparameterization(3), new LocalReparameterization(3), new Flipout(3), PosteriorMean.Instance,
            new PosteriorDraws(seed: 1, count: 3)];

    private sealed class Viewing() : Module<Tensor, Tensor>(nameof(Viewing))
    {
        public override Tensor forward(Tensor input) => input.view(-1).view(input.shape[0], -1);
    }

    private sealed class ViewingWithDraws() : BayesianModule(nameof(ViewingWithDraws))
    {
        public override Tensor Propagate(Tensor input, Pass pass) => input.view(-1).view(input.shape[0], input.shape[1], -1);
    }
}
