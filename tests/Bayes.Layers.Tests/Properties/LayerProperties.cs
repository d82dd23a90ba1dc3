using Bayes.Layers.Estimators;
using CsCheck;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Properties;

/// <summary>A layer called with any tensor computes forward and backward, or says what was expected.</summary>
public sealed class LayerProperties : TorchTest
{
    private static readonly Func<Estimator>[] Estimators =
    [
        () => new Reparameterization(), () => new Reparameterization(3, antithetic: true), () => new LocalReparameterization(2), () => new Flipout(2),
        () => PosteriorMean.Instance, () => new PosteriorDraws(3, 2), () => new LocalReparameterization(3, antithetic: true),
        () => new Flipout(3, antithetic: true),
    ];

    private readonly (BayesianModule Module, Gen<TensorCase> Inputs)[] _layers;

    public LayerProperties()
    {
        (BayesianModule, long[][])[] layers =
        [
            (new BayesianLinear(3, 2), [[4, 3], [3], [2, 4, 3]]),
            (new BayesianLinear(3, 2, hasBias: false, dtype: float64), [[4, 3], [1, 3]]),
            (new BayesianLinear(3, 2, dtype: float16), [[4, 3]]),
            (new BayesianLinear(3, 2, dtype: bfloat16), [[4, 3]]),
            (new BayesianConv1d(2, 4, 3, stride: 2, padding: 1, groups: 2), [[2, 2, 5], [2, 7], [1, 2, 2]]),
            (new BayesianConv2d(2, 3, (2, 3), dilation: (1, 2)), [[2, 2, 5, 5], [2, 5, 5], [1, 2, 2, 5]]),
            (new BayesianConv3d(1, 2, 2, hasBias: false), [[2, 1, 2, 3, 2], [1, 2, 2, 2]]),
            (new BayesianConvTranspose1d(2, 4, 3, stride: 2, outputPadding: 1), [[2, 2, 3], [2, 2], [1, 2, 1]]),
            (new BayesianConvTranspose3d(1, 2, 2, stride: 2), [[2, 1, 2, 3, 2], [1, 2, 2, 2]]),
            (new BayesianConv2d(2, 3, 3, padding: 2, paddingMode: PaddingModes.Reflect), [[2, 2, 5, 5], [2, 5, 5], [1, 2, 2, 5]]),
            (new BayesianConvTranspose2d(2, 4, 3, stride: 2, padding: 1, outputPadding: 1, groups: 2), [[2, 2, 3, 2], [2, 2, 2], [1, 2, 1, 1]]),
            (new BayesianEmbedding(4, 3), [[4], [2, 3], [1]]),
            (new BayesianLSTM(3, 2, layers: 2, bidirectional: true), [[2, 4, 3], [2, 3], [1, 1, 3]]),
            (new BayesianGRU(3, 2, returnsSequence: false), [[2, 4, 3], [2, 3]]),
            (new BayesianMultiheadAttention(4, 2, isCausal: true), [[2, 3, 4], [3, 4], [1, 1, 4]]),
            (new BayesianMultiheadAttention(4, 1, sequenceFirst: true, hasBias: false, dtype: float64), [[3, 2, 4]]),
            (new BayesianTransformerEncoderLayer(4, 2, 3, dropout: 0.2), [[2, 3, 4], [3, 4]]),
            (new BayesianTransformerEncoderLayer(4, 2, 3, normFirst: true, sequenceFirst: true), [[3, 2, 4], [1, 1, 4]]),
            (new BayesianPositionalEmbedding(5, 4), [[2, 3, 4], [5, 4]]),
            (new MonteCarloDropout(), [[4, 3], [2, 2, 2]]),
            (new MonteCarloDropout(0.3, channelAxis: 1), [[4, 3], [2, 2, 2, 2]]),
            (new MonteCarloDropout(0, channelAxis: -1), [[4, 3]]),
            (new BayesianSequential(), [[4, 3], [4]]),
            (new BayesianSequential(new BayesianLinear(3, 4), ReLU(), new MonteCarloDropout(0.1), new BayesianLinear(4, 2)), [[4, 3], [3]]),
            (new BayesianSequential(Conv2d(1, 2, 3), new BayesianConv2d(2, 2, 2), MaxPool2d(2), Flatten(), new BayesianLinear(2, 3), Softmax(-1)),
                [[2, 1, 5, 5]]),
            (new BayesianSequential(new BayesianEmbedding(4, 3), new BayesianGRU(3, 2, returnsSequence: false), new BayesianLinear(2, 1)), [[2, 4]]),
        ];
        _layers = [.. layers.Select(each => (each.Item1, TensorCase.Near(each.Item2)))];
    }

    [Fact]
    public void Any_input_is_computed_or_refused() => Check(20, 1_500, (module, input, make) =>
    {
        using var tensor = input.Make();
        bool overflows = input.Numbers == Numbers.Extremes && Multiplies(module);
        Calls.Keep(() => With(make, estimator => [module.Sample(tensor, estimator)]), overflows || MayBeNaN(input, make));
        Calls.Keep(() => [module.forward(tensor)], overflows || !input.IsFinite);
        Calls.Keep(() => [module.Sample(tensor, 2)], overflows || !input.IsFinite);
        Calls.Keep(() => With(make, estimator => module.SampleWithKl(tensor, estimator) is var (output, divergence) ? [output, divergence] : []),
            overflows || MayBeNaN(input, make));
    });

    [Fact]
    public void Any_computed_output_can_be_trained_through() => Check(21, 500, (module, input, make) =>
    {
        using var scope = NewDisposeScope();
        var tensor = input.Make();
        Promise.Keeps(() => With(make, estimator =>
        {
            var (output, divergence) = module.SampleWithKl(tensor, estimator);
            if (output.requires_grad)
                (output.to(float64).mean() + divergence.to(float64)).backward();
            return [];
        }));
        bool mayBeNaN = !input.IsFinite || input.Numbers == Numbers.Extremes;
        foreach (var parameter in module.parameters())
        {
            if (!mayBeNaN && parameter.grad is { } gradient && gradient.isnan().any().item<bool>())
                throw new BrokenPromiseException("a gradient that is NaN from finite numbers");
            parameter.grad = null;
        }
    });

    // Squares of enormous numbers are infinite, and the difference of two of them is NaN.
    private static bool MayBeNaN(TensorCase input, Func<Estimator> make) =>
        !input.IsFinite || (input.Numbers == Numbers.Extremes && make() is LocalReparameterization);

    // Attention multiplies projections, and takes differences of the products.
    private static bool Multiplies(BayesianModule module) => module.modules().Prepend(module).Any(each => each is BayesianMultiheadAttention);

    // Draws own their weights.
    private static Tensor[] With(Func<Estimator> make, Func<Estimator, Tensor[]> call)
    {
        var estimator = make();
        using (estimator as IDisposable)
            return call(estimator);
    }

    private void Check(uint test, long usual, Action<BayesianModule, TensorCase, Func<Estimator>> check)
    {
        var cases = Gen.Int[0, _layers.Length - 1]
            .SelectMany(layer => Gen.Select(Gen.Const(layer), _layers[layer].Inputs, Gen.Int[0, Estimators.Length - 1], Gen.Bool));
        Cases.All(test, usual, cases, each =>
        {
            var (layer, input, estimator, isTraining) = each;
            var module = _layers[layer].Module;
            module.train(isTraining);
            check(module, input, Estimators[estimator]);
        }, each => $"{_layers[each.Item1].Module.GetName()} {each.Item1}, {each.Item2}, {Estimators[each.Item3]().GetType().Name}, "
            + $"{(each.Item4 ? "training" : "evaluation")}");
    }
}
