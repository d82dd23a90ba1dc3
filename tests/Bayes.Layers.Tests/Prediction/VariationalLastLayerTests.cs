using Bayes.Layers.Checkpoints;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using Bayes.Layers.Training;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Prediction;

public sealed class VariationalLastLayerTests : TorchTest
{
    private const int Many = 20_000;

    private static readonly Dictionary<string, PosteriorFamily> Families = new()
    {
        ["independent"] = PosteriorFamily.MeanField, ["low rank"] = new LowRankFamily(2), ["rows"] = new RowFamily(),
        ["full"] = new FullNormalFamily(),
    };

    private static readonly Dictionary<string, (Likelihood Likelihood, Func<Tensor> Target, bool IsExact)> Likelihoods = new()
    {
        ["Gaussian"] = (new GaussianLikelihood([0.5, 0.7, 0.4, 1]), () => Normal(5, 4), true),
        ["heteroscedastic"] = (new HeteroscedasticGaussianLikelihood(), () => Normal(5, 2), true),
        ["categorical"] = (new CategoricalLikelihood(), () => tensor(new long[] { 0, 1, 2, 3, 3 }), false),
        ["categorical, weighted"] = (
            new CategoricalLikelihood(classWeights: [1, 2, 0.5, 1], labelSmoothing: 0.1), () => tensor(new long[] { 0, 1, -100, 3, 3 }), false),
        ["Bernoulli"] = (new BernoulliLikelihood(), () => rand(5, 4, float64), false),
    };

    public static TheoryData<string> FamilyNames => [.. Families.Keys];

    public static TheoryData<string> LikelihoodNames => [.. Likelihoods.Keys];

    [Theory]
    [MemberData(nameof(LikelihoodNames))]
    public void The_bound_is_at_most_the_mean_over_draws(string name)
    {
        var (likelihood, makeTarget, isExact) = Likelihoods[name];
        Tensor mean = Normal(5, 4), variance = rand(5, 4, float64), target = makeTarget();
        var draws = likelihood.LogProbability(mean + variance.sqrt() * Normal(Many, 5, 4), target);
        Tensor average = draws.mean([0]), error = draws.std(0) / Math.Sqrt(Many);
        var bound = likelihood.ExpectedLogProbability(mean, variance, target)!;
        Values(bound - average - 4.5 * error).Should().OnlyContain(excess => excess <= 0);
        if (isExact)
            Values(average - bound - 4.5 * error).Should().OnlyContain(gap => gap <= 0);
        ShouldBeClose(likelihood.ExpectedLogProbability(mean, zeros_like(variance), target)!, likelihood.LogProbability(mean, target), 1e-12);
    }

    [Fact]
    public void A_layer_alone_learns_the_posterior_of_linear_regression()
    {
        const double Noise = 0.4, Prior = 1.3;
        Tensor input = Normal(30, 3), target = input.mm(Normal(3, 1)) + Noise * Normal(30, 1);
        var precision = input.t().mm(input) / (Noise * Noise) + eye(3, dtype: float64) / (Prior * Prior);
        Tensor covariance = precision.inverse(), mean = covariance.mm(input.t()).mm(target).t() / (Noise * Noise);

        using var layer = new BayesianLinear(
            3, 1, hasBias: false, new NormalPrior(0, Prior), initializer: InitializerOf(new RowFamily()), dtype: float64);
        using var loss = new ElboLoss(new GaussianLikelihood(Noise), datasetSize: 30);
        using (var step = new VariationalStep(layer, loss, parameters => optim.Adam(parameters, lr: 0.1), VariationalLastLayer.Instance))
            for (int i = 0; i < 800; i++)
            {
                step.LearningRateShare = Math.Pow(0.985, i);
                step.Run(input, target).Dispose();
            }
        ShouldBeClose(layer.weight_mu, mean, 1e-4);
        var rows = Normal(6, 3);
        using var prediction = VariationalLastLayer.Predict(layer, loss.Likelihood, rows);
        ShouldBeClose(prediction.EpistemicVariance, rows.mm(covariance).mul(rows).sum(1L, keepdim: true), 1e-4);
    }

    [Theory]
    [MemberData(nameof(FamilyNames))]
    public void Predictions_are_those_of_many_draws(string family)
    {
        using var model = ModelOf(Families[family], outputs: 2);
        var input = Normal(4, 3);
        var likelihood = new GaussianLikelihood(0.3);
        using var closed = VariationalLastLayer.Predict(model, likelihood, input);
        using var drawn = new MonteCarloPredictive(model, likelihood, Many, seed: 3).Predict(input, keepSamples: true);
        ShouldBeClose(closed.Mean, drawn.Mean, 0.05);
        ShouldBeClose(closed.EpistemicVariance / drawn.EpistemicVariance, ones(4, 2, float64), 0.05);
        ShouldBeClose(closed.TotalVariance / drawn.TotalVariance, ones(4, 2, float64), 0.05);
        var centred = drawn.Samples - drawn.Samples.mean([0]);
        var between = (centred[.., .., 0] * centred[.., .., 1]).mean([0]);
        var scale = closed.OutputVariance.prod(1).sqrt();
        ShouldBeClose(closed.OutputCovariance[.., 0, 1] / scale, between / scale, 0.05);
        ShouldBeClose(closed.OutOfDistributionScores(), closed.OutputVariance.sum(1L), 1e-12);
    }

    [Theory]
    [InlineData("independent")]
    [InlineData("rows")]
    public void Noise_that_depends_on_the_input_is_predicted_in_closed_form(string family)
    {
        using var model = ModelOf(Families[family], outputs: 2);
        var input = Normal(4, 3);
        var likelihood = new HeteroscedasticGaussianLikelihood();
        using var closed = VariationalLastLayer.Predict(model, likelihood, input);
        using var drawn = new MonteCarloPredictive(model, likelihood, Many, seed: 3).Predict(input);
        ShouldBeClose(closed.Mean, drawn.Mean, 0.05);
        ShouldBeClose(closed.EpistemicVariance / drawn.EpistemicVariance, ones(4, 1, float64), 0.05);
        ShouldBeClose(closed.AleatoricVariance / drawn.AleatoricVariance, ones(4, 1, float64), 0.1);
        ShouldBeClose(closed.TotalVariance, closed.AleatoricVariance + closed.EpistemicVariance, 1e-12);
        closed.Invoking(each => each.PredictionInterval()).Should().Throw<InvalidOperationException>().WithMessage("*expected ByDraws*");
    }

    [Fact]
    public void Probabilities_are_close_to_those_of_draws()
    {
        using var model = ModelOf(new RowFamily(), outputs: 3);
        var input = Normal(8, 3);
        using var closed = VariationalLastLayer.Predict(model, new CategoricalLikelihood(), input);
        using var drawn = new MonteCarloPredictive(model, new CategoricalLikelihood(), Many, seed: 3).Predict(input);
        ShouldBeClose(closed.Mean, drawn.Mean, 0.06);
    }

    [Theory]
    [MemberData(nameof(FamilyNames))]
    public void A_step_has_the_gradients_of_the_bound(string family)
    {
        using var model = ModelOf(Families[family], outputs: 3);
        using var loss = ElboLoss.Categorical(datasetSize: 20);
        Tensor input = Normal(6, 3), target = tensor(new long[] { 0, 1, 2, 2, 1, 0 });
        using var terms = VariationalLastLayer.Evaluate(model, loss, input, target);
        terms.Total.backward();
        double norm = Math.Sqrt(model.parameters().Sum(each => each.grad!.square().sum().ToDouble()));
        foreach (var parameter in model.parameters())
            parameter.grad = null;
        using var step = new VariationalStep(model, loss, parameters => optim.Adam(parameters), VariationalLastLayer.Instance);
        using var same = step.ComputeGradients(input, target);
        ShouldBeClose(same.Total, terms.Total.detach(), 1e-12);
        step.GradientNorm().Should().BeApproximately(norm, 1e-10);
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits_and_features_learn()
    {
        Tensor[] predictions = [.. Enumerable.Range(0, 2).Select(_ =>
        {
            random.manual_seed(5);
            Tensor input = rand(60, 1) * 4 - 2, target = input.sin() + 0.1 * randn(60, 1);
            using var model = new BayesianSequential(Linear(1, 20), Tanh(), new BayesianLinear(20, 1));
            using var loss = ElboLoss.Gaussian(datasetSize: 60);
            new VariationalTrainer(
                model, loss,
                new() { Epochs = 150, BatchSize = 20, LearningRate = 0.02, ShuffleSeed = 1, Estimator = VariationalLastLayer.Instance })
                .Fit(input, target);
            using var prediction = VariationalLastLayer.Predict(model, loss.Likelihood, input);
            prediction.AleatoricVariance.max().ToDouble().Should().BeLessThan(0.15);
            (prediction.Mean - input.sin()).abs().mean().ToDouble().Should().BeLessThan(0.15);
            using var far = VariationalLastLayer.Predict(model, loss.Likelihood, input + 20);
            far.OutOfDistributionScores().mean().ToDouble().Should().BeGreaterThan(prediction.OutOfDistributionScores().mean().ToDouble());
            return prediction.TotalVariance.clone();
        })];
        ShouldBeClose(predictions[1], predictions[0], 0);
    }

    [Fact]
    public void A_loaded_model_predicts_the_same()
    {
        using var model = ModelOf(new RowFamily(), outputs: 2);
        using var loss = new ElboLoss(new GaussianLikelihood(0.3), datasetSize: 5);
        using var stream = new MemoryStream();
        Checkpoint.Save(model, stream);
        stream.Position = 0;
        using var loaded = Checkpoint.LoadModel(stream).Model;
        var input = Normal(4, 3);
        using var before = VariationalLastLayer.Predict(model, loss.Likelihood, input);
        using var after = VariationalLastLayer.Predict(loaded, loss.Likelihood, input);
        ShouldBeClose(after.Mean, before.Mean, 0);
        ShouldBeClose(after.OutputCovariance, before.OutputCovariance, 0);
    }

    [Fact]
    public void What_has_no_closed_form_is_refused_in_a_sentence()
    {
        var input = Normal(4, 3);
        Refuses(new BayesianSequential(Layer(3, 2), Tanh(), Layer(2, 1)), new GaussianLikelihood(1), "*found a second random layer; expected *");
        Refuses(new BayesianSequential(Layer(3, 1), Tanh()), new GaussianLikelihood(1), "The output of the * is not that of its random layer; *");
        Refuses(new BayesianSequential(Linear(3, 1, dtype: float64)), new GaussianLikelihood(1), "*has no random layer; expected *");
        Refuses(
            new BayesianSequential(Layer(3, 2, new LowRankFamily(1))), new HeteroscedasticGaussianLikelihood(),
            "The outputs of a row depend on each other, *");
        Refuses(new BayesianSequential(Layer(3, 1, new KroneckerFamily())), new GaussianLikelihood(1), "A KroneckerNormal does not tell *");
        using var layer = Layer(3, 1);
        layer.Invoking(each => VariationalLastLayer.Predict(each, new GaussianLikelihood(1), Normal(4, 2))).Should().Throw<ArgumentException>()
            .WithMessage("*so 2 features; expected 3, *");
        layer.Invoking(each => VariationalLastLayer.Predict(each, new GaussianLikelihood(1), Normal(0, 3))).Should().Throw<ArgumentException>();
        using var loss = new ElboLoss(new PoissonLikelihood(), datasetSize: 4);
        layer.Invoking(each => VariationalLastLayer.Evaluate(each, loss, input, ones(4, 1, float64))).Should()
            .Throw<InvalidOperationException>().WithMessage("The expectation of log p(y | f) under PoissonLikelihood* has no closed form; *");
        using var gaussian = new ElboLoss(new GaussianLikelihood(1), datasetSize: 4);
        layer.Invoking(each => VariationalLastLayer.Evaluate(each, gaussian, input, full([4, 1], double.NaN, float64))).Should()
            .Throw<ArgumentException>();
        layer.Invoking(each => VariationalLastLayer.Evaluate(each, gaussian, input, Normal(4))).Should().Throw<ArgumentException>();

        void Refuses(BayesianModule model, Likelihood likelihood, string message)
        {
            using (model)
                model.Invoking(each => VariationalLastLayer.Predict(each, likelihood, input)).Should().Throw<InvalidOperationException>()
                    .WithMessage(message);
        }
    }

    private static FanInInitializer InitializerOf(PosteriorFamily family) => new(gain: 1) { Family = family };

    private static BayesianLinear Layer(long inputs, long outputs, PosteriorFamily? family = null) =>
        new(inputs, outputs, initializer: InitializerOf(family ?? PosteriorFamily.MeanField), dtype: float64);

    // A network whose last layer has weights that depend on each other, as its family allows.
    private static BayesianSequential ModelOf(PosteriorFamily family, long outputs)
    {
        var model = new BayesianSequential(Linear(3, 5, dtype: float64), Tanh(), Layer(5, outputs, family));
        using var noGrad = no_grad();
        foreach (var (name, parameter) in model.named_parameters())
            if (name.EndsWith("factor") || name.EndsWith("log_var"))
                parameter.add_(Normal(parameter.shape) * 0.3);
        return model;
    }
}
