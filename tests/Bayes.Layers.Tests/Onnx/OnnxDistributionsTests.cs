using Bayes.Layers.Averaging;
using Bayes.Layers.Conversion;
using Bayes.Layers.Ensembles;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Onnx;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Sampling;

namespace Bayes.Layers.Tests.Onnx;

/// <summary>Posteriors of every kind, networks in weight space, stored draws and ensembles.</summary>
public sealed class OnnxDistributionsTests : OnnxTest
{
    private const int Draws = 5;

    private static readonly Dictionary<string, Func<FunctionDistribution>> Cases = new()
    {
        ["low rank"] = () => FunctionDistribution.Of(new BayesianSequential(
            new BayesianLinear(3, 4, initializer: new FanInInitializer { Family = new LowRankFamily(2) }), nn.Tanh(), new BayesianLinear(4, 2))),
        ["weight space"] = () => FunctionDistribution.Of(Network().ToBayesian(new BayesianConversion { Form = ConversionForm.WeightSpace })),
        ["weight space, some layers"] = () => FunctionDistribution.Of(
            Network().ToBayesian(new BayesianConversion { Form = ConversionForm.WeightSpace, Paths = ["0", "3"] })),
        ["weight space, last layer"] = () => FunctionDistribution.Of(
            Network().ToBayesian(new BayesianConversion { Form = ConversionForm.WeightSpace, LastLayerOnly = true })),
        ["weight space, shared modules and parameters"] = () => FunctionDistribution.Of(
            Sharing().ToBayesian(new BayesianConversion { Form = ConversionForm.WeightSpace })),
        ["members that share weights"] = () => FunctionDistribution.Of(Network().ToBatchEnsemble(3)),
        ["stored draws"] = () => FunctionDistribution.Of(StoredDraws.Of(
            Network(), new Dictionary<string, Tensor> { ["0.weight"] = randn(4, 6, 3), ["3.bias"] = randn(4, 2) })),
        ["SWAG"] = () => FunctionDistribution.Of(Swag.Fit(
            Network(), randn(20, 3), randn(20, 2), new GaussianLikelihood(0.5), new() { LearningRate = 0.05 })),
        ["Hamiltonian Monte Carlo"] = () => FunctionDistribution.Of(HamiltonianMonteCarlo.Sample(
            nn.Sequential(nn.Linear(3, 2)), randn(20, 3), randn(20, 2), new GaussianLikelihood(0.5),
            new HamiltonianOptions { WarmUp = 20, Draws = 10, Seed = 1 }).Model),
        ["Laplace, all layers"] = () => FunctionDistribution.Of(LaplaceApproximation.Fit(
            nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)), randn(20, 3), randn(20, 2), new GaussianLikelihood(0.5),
            new LaplaceOptions { Layers = LaplaceLayers.All, PriorPrecision = 2 }).Model),
        ["a plain network"] = () => FunctionDistribution.Of(Network()),
        ["an ensemble of plain networks"] = () => new Ensemble([Network(), Network(), Network()]),
        ["an ensemble with weights"] = () => new Ensemble(
            [Network(), new BayesianSequential(new BayesianLinear(3, 2)), Network().ToBayesian()], [0.2, 0.5, 0.3]),
        ["an ensemble of ensembles"] = () => new Ensemble(
            [new Ensemble([Network(), Network()]), FunctionDistribution.Of(new BayesianSequential(new BayesianLinear(3, 2)))]),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Draws_equal_those_of_the_library_in_their_order(string name)
    {
        var functions = Cases[name]();
        var input = randn(4, 3);
        var outputs = Export(functions, null, input, new OnnxExportOptions { Draws = Draws, Seed = -4, FirstDraw = 3 });
        using var drawn = functions.Draw(-4, Draws, first: 3);
        ShouldBeClose(outputs[OnnxOutputs.Output], drawn.Apply(input), Tolerance);
        var shares = outputs[OnnxOutputs.Output].std(0, unbiased: false);
        if (name != "a plain network")
            Values(shares).Should().OnlyContain(each => each > 1e-3, "the draws differ");
    }

    [Fact]
    public void An_ensemble_of_networks_is_exported_as_often_as_it_has_members()
    {
        var ensemble = new Ensemble([Network(), Network(), Network()]);
        var summary = OnnxExport.Save(ensemble, new GaussianLikelihood(0.1), FilePath());
        summary.Draws.Should().Be(3);
        using var run = new OnnxRun(FilePath());
        using var predictor = new MonteCarloPredictive(ensemble, new GaussianLikelihood(0.1));
        var input = randn(4, 3);
        using var predicted = predictor.Predict(input);
        var outputs = run.Run(input);
        ShouldBeClose(outputs[OnnxOutputs.Mean], predicted.Mean, Tolerance);
        ShouldBeClose(outputs[OnnxOutputs.EpistemicVariance], predicted.EpistemicVariance, Tolerance);
    }

    [Fact]
    public void Parameters_with_posteriors_in_any_module_are_drawn()
    {
        var network = nn.Sequential(
            nn.Conv1d(2, 4, 3, padding: 1), nn.BatchNorm1d(4), nn.PReLU(4), nn.GroupNorm(2, 4), nn.Flatten(), nn.LayerNorm(20), nn.Linear(20, 3));
        var count = Draws;
        var draws = network.named_parameters().ToDictionary(each => each.name, each => randn([count, .. each.parameter.shape]) * 0.3 + 0.5);
        using var model = StoredDraws.Of(network, draws);
        var input = randn(3, 2, 5);
        var functions = FunctionDistribution.Of(model);
        var outputs = Export(functions, null, input, new OnnxExportOptions { Draws = Draws, InputShape = [2, 5] });
        using var drawn = functions.Draw(0, Draws);
        ShouldBeClose(outputs[OnnxOutputs.Output], drawn.Apply(input), 3e-5);
    }

    [Fact]
    public void What_the_library_converts_to_plain_modules_is_read_back()
    {
        using var model = new BayesianSequential(
            new BayesianPositionalEmbedding(7, 6), new BayesianTransformerEncoderLayer(6, 2, 5, normFirst: true),
            new BayesianMultiheadAttention(6, 3));
        model.eval();
        using var plain = model.ToDeterministic();
        plain.eval();
        var input = randn(3, 5, 6);
        var outputs = Export(FunctionDistribution.Of(plain), null, input, new OnnxExportOptions { Product = OnnxProduct.Mean });
        using var noGrad = no_grad();
        ShouldBeClose(outputs[OnnxOutputs.Output], plain.call(input), Tolerance);
    }

    [Fact]
    public void An_encoder_layer_of_TorchSharp_is_exported_with_the_sequence_first()
    {
        using var layer = nn.TransformerEncoderLayer(6, 2, 5, activation: nn.Activations.GELU);
        layer.eval();
        OnnxExport.Save(layer, null, FilePath(), new OnnxExportOptions { Product = OnnxProduct.Mean });
        using var run = new OnnxRun(FilePath());
        var input = randn(4, 3, 6);
        using var noGrad = no_grad();
        ShouldBeClose(run.Run(input)[OnnxOutputs.Output], layer.call(input), Tolerance);
    }

    private static TorchSharp.Modules.Sequential Sharing()
    {
        TorchSharp.Modules.Linear first = nn.Linear(3, 3), second = nn.Linear(3, 3);
        second.weight = first.weight;
        return nn.Sequential(("a", first), ("b", nn.Tanh()), ("c", first), ("d", second));
    }

    private static TorchSharp.Modules.Sequential Network() => nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Dropout(0.5), nn.Linear(6, 2));
}
