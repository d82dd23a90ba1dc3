using Bayes.Layers.Likelihoods;
using Bayes.Layers.Onnx;

namespace Bayes.Layers.Tests.Onnx;

/// <summary>A graph's moments, entropies and quantiles are those of <see cref="Predictive"/>.</summary>
public sealed class OnnxLikelihoodsTests : OnnxTest
{
    private const int Draws = 12;
    private static readonly double[] Levels = [0.02, 0.5, 0.9];

    private static readonly Dictionary<string, Case> Cases = new()
    {
        ["Gaussian"] = new(new GaussianLikelihood(0.4), [3]),
        ["Gaussian of several scales"] = new(new GaussianLikelihood([0.1, 0.5, 2]), [3]),
        ["Gaussian of images"] = new(new GaussianLikelihood([0.1, 0.5], channelAxis: -3), [2, 3, 2]),
        ["Gaussian, learned"] = new(GaussianLikelihood.Learned(0.7, outputs: 3), [3]),
        ["Student's t"] = new(new StudentTLikelihood(4, 0.3), [3]),
        ["heteroscedastic"] = new(new HeteroscedasticGaussianLikelihood(), [4]),
        ["heteroscedastic of images"] = new(new HeteroscedasticGaussianLikelihood(channelAxis: -3), [4, 2, 2]),
        ["mixture"] = new(new GaussianMixtureLikelihood(2, minimumStddev: 0.2), [6]),
        ["mixture of two targets"] = new(new GaussianMixtureLikelihood(3), [18]),
        ["Poisson"] = new(new PoissonLikelihood(), [3]),
        ["negative binomial"] = new(new NegativeBinomialLikelihood([0.1, 0.5, 2]), [3]),
        ["Bernoulli"] = new(new BernoulliLikelihood(), [1]),
        ["Bernoulli of labels"] = new(new BernoulliLikelihood(), [3]),
        ["Bernoulli of probabilities"] = new(new BernoulliLikelihood(BernoulliOutput.Probabilities), [1], HasSigmoid: true),
        ["categorical"] = new(new CategoricalLikelihood(), [4]),
        ["categorical of images"] = new(new CategoricalLikelihood(classAxis: -3), [4, 2, 2]),
        ["joint"] = new(
            new JointLikelihood(
                new OutputPart(new GaussianLikelihood(0.4), 1), new OutputPart(new CategoricalLikelihood(), 3),
                new OutputPart(new HeteroscedasticGaussianLikelihood(), 2)),
            [6]),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Drawn_functions_have_the_predictions_of_the_library(string name)
    {
        var (likelihood, _, _) = Cases[name];
        using var model = Model(Cases[name]);
        var options = new OnnxExportOptions { Draws = Draws, Seed = 11, QuantileLevels = Levels };
        OnnxExport.Save(model, likelihood, FilePath(), options);
        using var run = new OnnxRun(FilePath());
        using var predictor = new MonteCarloPredictive(model, likelihood, Draws, seed: 11);
        foreach (long rows in new[] { 2, 5 })
        {
            var input = randn(rows, 2);
            using var predicted = predictor.Predict(input, keepSamples: true);
            ShouldAgree(run.Run(input), predicted, likelihood);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_mean_network_has_the_moments_of_one_function(string name)
    {
        var (likelihood, _, _) = Cases[name];
        using var model = Model(Cases[name]);
        var input = randn(3, 2);
        var options = new OnnxExportOptions { Product = OnnxProduct.Mean, QuantileLevels = Levels };
        var outputs = Export(FunctionDistribution.Of(model), likelihood, input, options);
        using var single = Predictive.OfSamples(
            model.Sample(input, Layers.Estimators.PosteriorMean.Instance).detach(), likelihood);
        foreach (var (output, values) in outputs.Where(each => each.Key != OnnxOutputs.Output))
            ShouldBeClose(values, Value(single, output), Tolerance, output);
        outputs.Keys.Should().Contain(OnnxOutputs.Output);
    }

    /// <summary>A mixture with far components has a quantile where its distribution function is flat.</summary>
    [Fact]
    public void Quantiles_of_far_components_are_found()
    {
        using var model = new BayesianSequential(new BayesianLinear(1, 1));
        using (no_grad())
            ((BayesianLinear)model.children().Single()).weight_log_var.fill_(8);
        var likelihood = new GaussianLikelihood(0.01);
        var input = tensor(new[] { 1f, -50f }).reshape(2, 1);
        var options = new OnnxExportOptions { Draws = 5, QuantileLevels = [0.1, 0.3, 0.75] };
        var outputs = Export(FunctionDistribution.Of(model), likelihood, input, options);
        using var predictor = new MonteCarloPredictive(model, likelihood, 5, seed: 0);
        using var predicted = predictor.Predict(input, keepSamples: true);
        ShouldBeClose(outputs[OnnxOutputs.TargetQuantiles], predicted.QuantilesOfTarget([0.1, 0.3, 0.75]), Tolerance);
    }

    [Fact]
    public void Every_likelihood_of_the_library_has_a_case() =>
        typeof(Likelihood).Assembly.GetExportedTypes().Where(type => typeof(Likelihood).IsAssignableFrom(type) && !type.IsAbstract)
            .Except(Cases.Values.Select(each => each.Likelihood.GetType())).Except([typeof(WeightedLikelihood)]).Should().BeEmpty();

    private static void ShouldAgree(Dictionary<string, Tensor> outputs, Predictive predicted, Likelihood likelihood)
    {
        foreach (var (name, values) in outputs)
            ShouldBeClose(values, Value(predicted, name), Tolerance, name);
        if (likelihood is JointLikelihood)
            return;
        string[] expected =
        [
            OnnxOutputs.Mean, OnnxOutputs.EpistemicVariance, OnnxOutputs.AleatoricVariance, OnnxOutputs.TotalVariance,
            .. likelihood is ClassLikelihood
                ? new[] { OnnxOutputs.TotalEntropy, OnnxOutputs.ExpectedEntropy, OnnxOutputs.MutualInformation } : [],
            OnnxOutputs.MeanQuantiles,
            .. likelihood is GaussianLikelihood or HeteroscedasticGaussianLikelihood ? new[] { OnnxOutputs.TargetQuantiles } : [],
        ];
        outputs.Keys.Should().Equal(expected);
    }

    private static Tensor Value(Predictive predicted, string name)
    {
        if (name.IndexOf('.') is > 0 and var dot)
        {
            using var part = predicted.Part(int.Parse(name[(dot + 1)..]));
            return Value(part, name[..dot]).clone();
        }
        return name switch
        {
            OnnxOutputs.Mean => predicted.Mean,
            OnnxOutputs.EpistemicVariance => predicted.EpistemicVariance,
            OnnxOutputs.AleatoricVariance => predicted.AleatoricVariance,
            OnnxOutputs.TotalVariance => predicted.TotalVariance,
            OnnxOutputs.TotalEntropy => predicted.TotalEntropy,
            OnnxOutputs.ExpectedEntropy => predicted.ExpectedEntropy,
            OnnxOutputs.MutualInformation => predicted.MutualInformation,
            OnnxOutputs.MeanQuantiles => predicted.QuantilesOfMean(Levels),
            OnnxOutputs.TargetQuantiles => predicted.QuantilesOfTarget(Levels),
            _ => throw new ArgumentException(name),
        };
    }

    private static BayesianSequential Model(Case item)
    {
        long count = item.Output.Aggregate(1L, (product, size) => product * size);
        var layer = new BayesianLinear(2, count);
        using (no_grad())
            layer.weight_log_var.fill_(-1);
        return new BayesianSequential(
            [
                layer, .. item.Output.Length > 1 ? new nn.Module<Tensor, Tensor>[] { nn.Unflatten(1, item.Output) } : [],
                .. item.HasSigmoid ? new nn.Module<Tensor, Tensor>[] { nn.Sigmoid() } : [],
            ]);
    }

    private sealed record Case(Likelihood Likelihood, long[] Output, bool HasSigmoid = false);
}
