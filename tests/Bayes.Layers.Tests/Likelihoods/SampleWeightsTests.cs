using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tests.Laws;
using Bayes.Layers.Tests.Precision;
using Bayes.Layers.Training;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Likelihoods;

/// <summary>A weight of 2 is the row twice, for every likelihood, in a loss and in a training.</summary>
public sealed class SampleWeightsTests : TorchTest
{
    private static readonly Dictionary<string, (Func<Likelihood> Make, int Outputs, Func<Tensor> Target)> Likelihoods = new()
    {
        ["Bernoulli"] = (() => new BernoulliLikelihood(), 2, () => randint(0, 2, [4, 2]).to(float64)),
        ["Categorical"] = (() => new CategoricalLikelihood(), 3, () => randint(0, 3, [4], int64)),
        ["Categorical, soft"] = (() => new CategoricalLikelihood(), 3, () => Normal(4, 3).softmax(1)),
        ["Gaussian"] = (() => new GaussianLikelihood(0.7), 2, () => Normal(4, 2)),
        ["Gaussian, learned"] = (() => GaussianLikelihood.Learned(0.7, dtype: float64), 2, () => Normal(4, 2)),
        ["StudentT"] = (() => new StudentTLikelihood(4, 0.7), 2, () => Normal(4, 2)),
        ["Heteroscedastic"] = (() => new HeteroscedasticGaussianLikelihood(), 4, () => Normal(4, 2)),
        ["Poisson"] = (() => new PoissonLikelihood(), 2, () => randint(0, 9, [4, 2], int32)),
        ["NegativeBinomial"] = (() => NegativeBinomialLikelihood.Learned(0.5, dtype: float64), 2, () => randint(0, 9, [4, 2]).to(float32)),
    };

    public static TheoryData<string> Names => [.. Likelihoods.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_weight_multiplies_the_curvature(string name)
    {
        var (make, size, makeTarget) = Likelihoods[name];
        var likelihood = make();
        Tensor target = makeTarget(), output = Normal(4, size), weights = tensor(new[] { 2.0, 0, 1, 3 });
        var weighted = new WeightedLikelihood(likelihood, target);
        var joined = WeightedLikelihood.Join(target, weights);
        Tensor plain = LikelihoodLaws.Curvature(likelihood.CurvatureFactor(output)), expected = plain * weights.reshape(4, 1, 1);
        ShouldBeClose(LikelihoodLaws.Curvature(weighted.CurvatureFactor(output, joined)), expected, 1e-14);
        ShouldBeClose(LikelihoodLaws.Matrix(weighted.CurvatureOf(output, joined)!.Value), expected, 1e-14);
        ShouldBeClose(LikelihoodLaws.Curvature(weighted.CurvatureFactor(output)), plain, 0);
        ShouldBeClose(LikelihoodLaws.Matrix(weighted.CurvatureOf(output, null)!.Value), plain, 1e-14);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_weighted_loss_is_that_of_repeated_rows(string name)
    {
        var (make, size, makeTarget) = Likelihoods[name];
        var likelihood = make();
        var loss = new ElboLoss(likelihood, 10, beta: 0.5);
        Tensor target = makeTarget(), kl = tensor(3.0), rows = tensor(new long[] { 0, 0, 2, 3, 3, 3 });
        foreach (var weights in new[] { tensor(new[] { 2.0, 0, 1, 3 }), tensor(new long[] { 2, 0, 1, 3 }), tensor(new float[] { 2, 0, 1, 3 }) })
        {
            Parameter outputs = new(Normal(3, 4, size)), same = new(outputs.detach().clone());
            using var found = loss.Evaluate(outputs, target, kl, weights, klFactor: 0.1);
            // A mean over 6 rows, and not over 4.
            var repeated = likelihood.LogProbability(same.index_select(1, rows), target.index_select(0, rows)).mean().mul(-6.0 / 4);
            ShouldBeClose(found.NegativeLogLikelihood, repeated, 1e-12);
            ShouldBeClose(found.Total, repeated + 0.1 * 0.5 / 10 * kl, 1e-12);
            found.EffectiveExamples.Should().BeApproximately(36.0 / 14, 1e-12);
            found.NegativeLogLikelihood.backward();
            repeated.backward();
            ShouldBeClose(outputs.grad!, same.grad!, 1e-12);
            using var plain = loss.Evaluate(outputs, target, kl);
            plain.EffectiveExamples.Should().BeNull();
            using var ones = loss.Evaluate(outputs, target, kl, ones_like(weights));
            ShouldBeClose(ones.Total, plain.Total, 1e-14);
        }
    }

    /// <summary>The same steps, with the same noise, on a batch of all rows, whatever their order.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void A_weighted_training_is_that_of_repeated_rows(string name)
    {
        var (make, size, makeTarget) = Likelihoods[name];
        Tensor input = Normal(4, 3), target = makeTarget(), weights = tensor(new[] { 2.0, 0, 1, 3 }), rows = tensor(new long[] { 0, 0, 2, 3, 3, 3 });
        var (weighted, likelihood) = Train(4, (trainer, progress) => trainer.Fit(input, target, (input, target), progress, weights: weights));
        // 6 rows at a loss of 4: the KL divergence counts 6 / 4 times as much, for which beta makes up; and gradients are 4 / 6 as large.
        var (repeated, other) = Train(6, (trainer, progress) =>
            trainer.Fit(input.index_select(0, rows), target.index_select(0, rows), (input, target), progress));
        foreach (var (found, expected) in weighted.Zip(repeated))
            ShouldBeClose(found, expected, 1e-9);
        if (likelihood.Parameters is { } learned)
            ShouldBeClose(learned.parameters().Single(), other.Parameters!.parameters().Single(), 1e-9);

        (List<Tensor> Parameters, Likelihood Likelihood) Train(int count, Func<VariationalTrainer, IProgress<TrainingProgress>, TrainingHistory> fit)
        {
            random.manual_seed(11);
            var model = new BayesianSequential(new BayesianLinear(3, 4, dtype: float64), nn.Tanh(), new BayesianLinear(4, size, dtype: float64));
            var own = make();
            var loss = new ElboLoss(own, count);
            var trainer = new VariationalTrainer(model, loss, new()
            {
                Epochs = 8, BatchSize = 6, ShuffleSeed = 3, Estimator = new Reparameterization(2, new SameNoise(7)), LearningRate = 0.01,
                CreateOptimizer = (parameters, rate) => optim.SGD(parameters, rate * count), KlSchedule = new ConstantKl(), RestoreBest = false,
            });
            var history = fit(trainer, new Told<TrainingProgress>(_ => { }));
            (history.EffectiveExamples is not null).Should().Be(count == 4);
            history.RefusedSteps.Should().Be(0);
            loss.parameters().Any(parameter => parameter.IsInvalid).Should().BeFalse("the loss of the training only borrows them");
            return ([.. model.parameters()], own);
        }
    }

    [Fact]
    public void The_effective_count_is_told()
    {
        SampleWeights.EffectiveCount(ones(7)).Should().Be(7);
        SampleWeights.EffectiveCount(tensor(new[] { 1.0, 1, 0, 0 })).Should().Be(2);
        SampleWeights.EffectiveCount(tensor(new[] { 4e200, 4e200, 2e200 })).Should().BeApproximately(100.0 / 36, 1e-12);
        SampleWeights.EffectiveCount(tensor(new[] { 4e-200, 4e-200, 2e-200 })).Should().BeApproximately(100.0 / 36, 1e-12);
        SampleWeights.EffectiveCount(tensor(new long[] { 3, 4 })).Should().BeApproximately(49.0 / 25, 1e-12);
        using var model = new BayesianLinear(2, 1);
        var history = new VariationalTrainer(model, ElboLoss.Bernoulli(4), new() { Epochs = 2 })
            .Fit(randn(4, 2), ones(4, 1), weights: tensor(new[] { 4f, 4, 2, 0 }));
        history.EffectiveExamples.Should().BeApproximately(100.0 / 36, 1e-6);
        history.ToString().Should().Contain("; the weights leave 2.778 effective examples");
        using var terms = ElboLoss.Bernoulli(4).Evaluate(zeros(4, 1), ones(4, 1), tensor(0f), zeros(4));
        terms.EffectiveExamples.Should().Be(0);
        terms.Total.item<float>().Should().Be(0);
    }

    [Fact]
    public void A_step_of_ones_own_is_given_the_weighted_loss()
    {
        using var model = new BayesianLinear(2, 1);
        Tensor input = randn(4, 2), target = ones(4, 1), weights = tensor(new[] { 4f, 4, 2, 0 });
        var losses = new List<double>();
        new VariationalTrainer(model, ElboLoss.Bernoulli(4), new()
        {
            Epochs = 1, BatchSize = 4, ShuffleSeed = 1,
            CreateStep = settings => new Observed(settings.Model, settings.Loss, losses),
        }).Fit(input, target, weights: weights);
        var expected = ElboLoss.Bernoulli(4).Evaluate(model.Sample(input, PosteriorMean.Instance), target, model.KlDivergence(), weights);
        losses.Should().ContainSingle().Which.Should().BeApproximately(expected.NegativeLogLikelihood.item<float>(), 1e-5);
    }

    [Fact]
    public void Weights_that_make_no_sense_are_refused()
    {
        Tensor output = zeros(3, 1), target = ones(3, 1), kl = tensor(0f);
        foreach (var (weights, message) in new[]
        {
            (ones(4), "The weights have shape [4]; expected [3], one for each row.*"),
            (ones(3, 1), "The weights have shape [3, 1]; expected [3], one for each row.*"),
            (tensor(1f), "The weights have shape []; expected [3], one for each row.*"),
            (tensor(new[] { 1f, -2, 1 }), "weights has the value -2; expected finite numbers of at least 0.*"),
            (tensor(new[] { 1f, float.PositiveInfinity, 1 }), "weights has the value Infinity; expected finite numbers of at least 0.*"),
            (tensor(new[] { 1f, float.NaN, 1 }), "weights has the value NaN; expected finite numbers of at least 0.*"),
        })
        {
            using var model = new BayesianLinear(2, 1);
            foreach (var call in new Action[]
            {
                () => ElboLoss.Bernoulli(3).Evaluate(output, target, kl, weights),
                () => new VariationalTrainer(model, ElboLoss.Bernoulli(3)).Fit(zeros(3, 2), target, weights: weights),
            })
                call.Should().Throw<ArgumentException>().WithMessage(message);
        }
        FluentActions.Invoking(() => SampleWeights.EffectiveCount(zeros(3))).Should().Throw<ArgumentException>()
            .WithMessage("The weights are all 0, so there are no examples; expected at least one above 0.*");
        FluentActions.Invoking(() => SampleWeights.EffectiveCount(zeros(0))).Should().Throw<ArgumentException>()
            .WithMessage("The weights have shape [0]; expected [N], one for each row.*");
    }

    [Fact]
    public void Only_results_stay_alive()
    {
        Tensor output = zeros(3, 1), target = ones(3, 1), kl = tensor(0f), weights = tensor(new[] { 1f, 0, 3 });
        var loss = ElboLoss.Bernoulli(3);
        long before = LiveTensors();
        loss.Evaluate(output, target, kl, weights).Dispose();
        _ = SampleWeights.EffectiveCount(weights);
        LiveTensors().Should().Be(before);
    }

    private sealed class Observed(BayesianModule model, ElboLoss loss, List<double> losses) : TrainingStep(model, loss)
    {
        public override double LearningRate => 1;

        public override StepLoss Differentiate(NetworkInput input, Tensor target, double klFactor)
        {
            using var terms = Loss.Evaluate(Model.Sample(input, PosteriorMean.Instance), target, Model.KlDivergence(), klFactor);
            var numbers = StepLoss.Of(terms);
            losses.Add(numbers.NegativeLogLikelihood);
            terms.Total.backward();
            return numbers;
        }

        public override void ApplyGradients()
        {
        }
    }
}
