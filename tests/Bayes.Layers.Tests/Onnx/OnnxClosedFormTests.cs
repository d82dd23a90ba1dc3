using Bayes.Layers.Likelihoods;
using Bayes.Layers.Onnx;
using Bayes.Layers.Posteriors;

namespace Bayes.Layers.Tests.Onnx;

/// <summary>A closed last layer says what the library's closed form says.</summary>
public sealed class OnnxClosedFormTests : OnnxTest
{
    private static readonly OnnxExportOptions Options = new() { Product = OnnxProduct.ClosedForm, QuantileLevels = [0.05, 0.95] };

    public static TheoryData<CurvatureStructure, string> Cases => new(
        from curvature in Enum.GetValues<CurvatureStructure>() from likelihood in Likelihoods.Keys select (curvature, likelihood));

    private static Dictionary<string, Likelihood> Likelihoods { get; } = new()
    {
        ["Gaussian"] = new GaussianLikelihood(0.3), ["categorical"] = new CategoricalLikelihood(), ["Bernoulli"] = new BernoulliLikelihood(),
        ["Poisson"] = new PoissonLikelihood(),
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_Laplace_approximation_of_the_last_layer(CurvatureStructure curvature, string name)
    {
        var likelihood = Likelihoods[name];
        using var network = nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 3));
        var input = randn(40, 2);
        var target = name switch
        {
            "Gaussian" => randn(40, 3), "categorical" => randint(3, [40], int64), "Bernoulli" => randint(2, [40, 3], int64).to(float32),
            _ => randint(4, [40, 3], int64).to(float32),
        };
        using var laplace = LaplaceApproximation.Fit(
            network, input, target, likelihood, new LaplaceOptions { Curvature = curvature, Layers = LaplaceLayers.LastLayer, PriorPrecision = 2 });
        var rows = randn(5, 2) * 2;
        using var expected = laplace.Predict(rows);
        var outputs = Export(FunctionDistribution.Of(laplace.Model), likelihood, rows, Options);
        var values = Values(expected, likelihood);
        outputs.Keys.Should().BeEquivalentTo(values.Keys);
        foreach (var (output, value) in values)
            ShouldBeClose(outputs[output], value, Tolerance, output);
    }

    /// <summary>A linear function of normal weights has the variance φ² · σ² + (φ · direction)².</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_Bayesian_layer_behind_plain_ones(int rank)
    {
        var initializer = rank == 0 ? new FanInInitializer(stddevRatio: 0.5)
            : new FanInInitializer(stddevRatio: 0.5) { Family = new LowRankFamily(rank) };
        var layer = new BayesianLinear(4, 2, initializer: initializer);
        using (no_grad())
            foreach (var (name, parameter) in layer.named_parameters())
                if (name.EndsWith("factor", StringComparison.Ordinal))
                    parameter.copy_(randn(parameter.shape));
        using var model = new BayesianSequential(nn.Linear(3, 4), nn.ReLU(), layer);
        var rows = randn(5, 3);
        var outputs = Export(FunctionDistribution.Of(model), null, rows, Options);
        using var noGrad = no_grad();
        const int count = 40_000;
        using var drawn = FunctionDistribution.Of(model).Draw(1, count);
        var samples = drawn.Apply(rows).to(float64);
        ShouldBeClose(outputs[OnnxOutputs.OutputMean], model.Sample(rows, Layers.Estimators.PosteriorMean.Instance).squeeze(0), Tolerance);
        // The relative error of a variance of n normal numbers is √(2 / n).
        Values(samples.var(0L).div(outputs[OnnxOutputs.OutputVariance]).log().abs())
            .Should().OnlyContain(error => error < 5 * Math.Sqrt(2.0 / count));
    }

    [Fact]
    public void A_model_without_a_closed_form_is_refused()
    {
        using var two = new BayesianSequential(new BayesianLinear(3, 4), new BayesianLinear(4, 1));
        using var bounded = new BayesianSequential(new BayesianLinear(3, 1), nn.Sigmoid());
        FluentActions.Invoking(() => OnnxExport.Save(two, null, FilePath(), Options)).Should().Throw<NotSupportedException>()
            .WithMessage("The BayesianSequential has no closed form: expected a model of which one linear layer alone, the last, is random*");
        FluentActions.Invoking(() => OnnxExport.Save(bounded, null, FilePath(), Options)).Should().Throw<NotSupportedException>()
            .WithMessage("The BayesianSequential does not end in its random layer*");
        Files.Should().BeEmpty();
    }

    private static Dictionary<string, Tensor> Values(ClosedFormPrediction expected, Likelihood likelihood)
    {
        var values = new Dictionary<string, Tensor>
        {
            [OnnxOutputs.OutputMean] = expected.OutputMean, [OnnxOutputs.OutputVariance] = expected.OutputVariance,
        };
        if (likelihood is PoissonLikelihood)
            return values;
        values[OnnxOutputs.Mean] = expected.Mean;
        values[OnnxOutputs.TotalVariance] = expected.TotalVariance;
        if (likelihood is ClassLikelihood)
            values[OnnxOutputs.TotalEntropy] = expected.TotalEntropy;
        else
        {
            var (lower, upper) = expected.PredictionInterval(0.9);
            values[OnnxOutputs.EpistemicVariance] = expected.EpistemicVariance;
            values[OnnxOutputs.AleatoricVariance] = expected.AleatoricVariance;
            values[OnnxOutputs.TargetQuantiles] = stack([lower, upper]);
        }
        return values;
    }
}
