using Bayes.Layers.Conversion;
using Bayes.Layers.Estimators;
using Bayes.Layers.Tests.Networks;

namespace Bayes.Layers.Tests.Precision;

/// <summary>Every layer with every estimator: output, KL divergence, and the gradients of a loss of both.</summary>
internal static class LayerCases
{
    public static (string Name, Func<ScalarType, BayesianModule> Make, Func<ScalarType, Tensor> Input)[] Layers { get; } =
    [
        (nameof(BayesianLinear), dtype => new BayesianLinear(5, 4, initializer: new SameStart(), dtype: dtype), Input(6, 5)),
        (nameof(BayesianConv1d), dtype => new BayesianConv1d(2, 3, 3, padding: 1, initializer: new SameStart(), dtype: dtype), Input(4, 2, 7)),
        (nameof(BayesianConv2d), dtype => new BayesianConv2d(2, 4, 3, stride: 2, groups: 2, initializer: new SameStart(), dtype: dtype),
            Input(3, 2, 6, 6)),
        (nameof(BayesianConv3d), dtype => new BayesianConv3d(2, 2, 2, initializer: new SameStart(), dtype: dtype), Input(2, 2, 3, 4, 3)),
        (nameof(BayesianConvTranspose1d), dtype =>
            new BayesianConvTranspose1d(2, 3, 3, stride: 2, initializer: new SameStart(), dtype: dtype), Input(3, 2, 5)),
        (nameof(BayesianConvTranspose3d), dtype =>
            new BayesianConvTranspose3d(2, 2, 2, stride: 2, initializer: new SameStart(), dtype: dtype), Input(2, 2, 3, 2, 3)),
        (nameof(BayesianConvTranspose2d), dtype => new BayesianConvTranspose2d(2, 3, 3, stride: 2, initializer: new SameStart(), dtype: dtype),
            Input(2, 2, 4, 3)),
        (nameof(BayesianEmbedding), dtype => new BayesianEmbedding(7, 3, initializer: new SameStart(), dtype: dtype),
            _ => arange(10, int64).remainder(7).reshape(2, 5)),
        (nameof(BayesianLSTM),
            dtype => new BayesianLSTM(3, 4, layers: 2, bidirectional: true, initializer: new SameStart(), dtype: dtype), Input(2, 6, 3)),
        (nameof(BayesianGRU),
            dtype => new BayesianGRU(3, 4, layers: 2, bidirectional: true, initializer: new SameStart(), dtype: dtype), Input(2, 6, 3)),
        (nameof(BayesianMultiheadAttention),
            dtype => new BayesianMultiheadAttention(4, 2, initializer: new SameStart(), dtype: dtype), Input(2, 5, 4)),
        // The square of a normalization's output, which comes last otherwise, has no gradient.
        (nameof(BayesianTransformerEncoderLayer),
            dtype => new BayesianTransformerEncoderLayer(4, 2, 6, dropout: 0, normFirst: true, initializer: new SameStart(), dtype: dtype),
            Input(2, 5, 4)),
        (nameof(BayesianPositionalEmbedding), dtype => new BayesianPositionalEmbedding(5, 4, initializer: new SameStart(), dtype: dtype),
            Input(2, 5, 4)),
        (nameof(BayesianResidual),
            dtype => new BayesianResidual(nn.Tanh(), new BayesianLinear(5, 5, initializer: new SameStart(), dtype: dtype)), Input(6, 5)),
        (nameof(MonteCarloDropout), _ => new MonteCarloDropout(0.3), Input(6, 5)),
        (
            nameof(BayesianSequential),
            dtype => new BayesianSequential(
                new BayesianLinear(5, 8, initializer: new SameStart(), dtype: dtype), nn.Tanh(), new MonteCarloDropout(0.25),
                new BayesianLinear(8, 3, initializer: new SameStart(), dtype: dtype)),
            Input(6, 5)),
    ];

    public static (string Name, Func<Estimator> Make)[] Estimators { get; } =
    [
        (nameof(Reparameterization), () => new Reparameterization(1, new SameNoise())),
        (nameof(Reparameterization) + " of 3", () => new Reparameterization(3, new SameNoise())),
        (nameof(LocalReparameterization), () => new LocalReparameterization(3, new SameNoise())),
        (nameof(Flipout), () => new Flipout(3, new SameNoise())),
        (nameof(PosteriorMean), () => PosteriorMean.Instance),
        (nameof(PosteriorDraws), () => new PosteriorDraws(seed: 5, count: 3)),
    ];

    /// <summary>Networks as they are, which need drawn weights, unless their last layer alone is random.</summary>
    private static (string Name, Func<ScalarType, BayesianModule> Make, bool NeedsDrawnWeights)[] Networks { get; } =
    [
        ("whole", dtype => Network(dtype, lastLayerOnly: false), true), ("last layer", dtype => Network(dtype, lastLayerOnly: true), false),
    ];

    public static IEnumerable<PrecisionCase> All => OfLayers.Concat(
        from network in Networks
        from estimator in Estimators
        where !network.NeedsDrawnWeights || !(estimator.Name is nameof(LocalReparameterization) or nameof(Flipout))
        select new PrecisionCase(nameof(WeightSpaceModule), $"{network.Name}, {estimator.Name}", [nameof(WeightSpaceModule)],
            dtype => Compute(network.Make(dtype), Input(6, 5)(dtype), estimator.Make())))
        .Append(new PrecisionCase(nameof(VariationalLastLayer), "the bound", [nameof(VariationalLastLayer)], ComputeBound))
        .Concat(Moments);

    private static IEnumerable<PrecisionCase> Moments =>
        from function in new (string Name, Func<nn.Module<Tensor, Tensor>> Make)[]
        {
            ("ReLU", () => nn.ReLU()), ("LeakyReLU", () => nn.LeakyReLU(0.2)), ("Tanh", () => nn.Tanh()), ("GELU", () => nn.GELU()),
        }
        select new PrecisionCase(
            nameof(MomentPropagation), function.Name, [nameof(MomentPropagation)], dtype => ComputeMoments(function.Make(), dtype));

    private static IEnumerable<PrecisionCase> OfLayers =>
        from layer in Layers
        from estimator in Estimators
        select new PrecisionCase(layer.Name, estimator.Name, [layer.Name, estimator.Name.Split(' ')[0]],
            dtype => Compute(layer.Make(dtype), layer.Input(dtype), estimator.Make()));

    private static Dictionary<string, Tensor> ComputeBound(ScalarType dtype)
    {
        var model = new BayesianLinear(5, 3, initializer: new SameStart(), dtype: dtype);
        var loss = ElboLoss.Categorical(datasetSize: 6);
        var terms = VariationalLastLayer.Evaluate(model, loss, Input(6, 5)(dtype), tensor(new long[] { 0, 1, 2, 2, 1, 0 }));
        terms.Total.backward();
        return model.named_parameters().ToDictionary(each => "gradient of " + each.name, each => each.parameter.grad!)
            .Append(new("total", terms.Total)).ToDictionary();
    }

    private static Dictionary<string, Tensor> ComputeMoments(nn.Module<Tensor, Tensor> function, ScalarType dtype)
    {
        var model = new BayesianSequential(
            new BayesianLinear(5, 8, initializer: new SameStart(), dtype: dtype), function,
            new BayesianLinear(8, 3, initializer: new SameStart(), dtype: dtype));
        var input = Input(6, 5)(dtype);
        var moments = MomentPropagation.Propagate(model, input);
        var terms = MomentPropagation.Evaluate(model, ElboLoss.Categorical(datasetSize: 6), input, tensor(new long[] { 0, 1, 2, 2, 1, 0 }));
        terms.Total.backward();
        return model.named_parameters().ToDictionary(each => "gradient of " + each.name, each => each.parameter.grad!)
            .Append(new("total", terms.Total)).Append(new("mean", moments.Mean)).Append(new("variance", moments.Variance!)).ToDictionary();
    }

    private static BayesianModule Network(ScalarType dtype, bool lastLayerOnly)
    {
        var network = new ResidualNetwork(5, 3);
        using (no_grad())
        {
            var noise = new SameNoise(seed: 2000);
            foreach (var parameter in network.parameters())
                parameter.copy_(noise.StandardNormal(parameter.shape, float32, CPU).mul(0.5));
        }
        network.to(dtype);
        return network.ToBayesian(new BayesianConversion { Initializer = new SameStart(), LastLayerOnly = lastLayerOnly });
    }

    private static Func<ScalarType, Tensor> Input(params long[] shape) => dtype => PrecisionCase.Numbers(dtype, seed: 17, shape);

    private static Dictionary<string, Tensor> Compute(BayesianModule model, Tensor input, Estimator estimator)
    {
        using var _ = estimator as IDisposable;
        var output = model.Sample(input, estimator);
        var divergence = model.KlDivergence();
        var results = new Dictionary<string, Tensor> { ["output"] = output, ["KL divergence"] = divergence };
        if (!estimator.CarriesGradient || !output.requires_grad)
            return results;
        (output.mul(output).mean() + divergence.mul(0.01)).backward();
        foreach (var (name, parameter) in model.named_parameters())
            results.Add("gradient of " + name, parameter.grad!);
        return results;
    }
}
