using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.utils.data;

namespace Bayes.Layers.Tests.Modules;

/// <summary>Concatenated predictions, and predictions of batches, equal the prediction of all rows at once.</summary>
public sealed class PredictiveConcatenateTests : TorchTest
{
    private static readonly Dictionary<string, (Func<Likelihood> Make, long Outputs, Func<long, Tensor> Target)> Cases = new()
    {
        ["logits"] = (() => new BernoulliLikelihood(), 1, rows => (Normal(rows, 1) > 0).to(float64)),
        ["classes"] = (() => new CategoricalLikelihood(), 3, rows => randint(0, 3, [rows], int64)),
        ["gaussian"] = (() => new GaussianLikelihood(0.5), 2, rows => Normal(rows, 2)),
        ["heteroscedastic"] = (() => new HeteroscedasticGaussianLikelihood(), 2, rows => Normal(rows, 1)),
        ["counts"] = (() => new PoissonLikelihood(), 1, rows => Normal(rows, 1).abs().round()),
    };

    private readonly Tensor _input = Normal(11, 2);

    public static TheoryData<string> Names => [.. Cases.Keys];

    private static BayesianSequential Model(long outputs = 1) =>
        new(new BayesianLinear(2, 5, dtype: float64), Tanh(), new BayesianLinear(5, outputs, dtype: float64));

    private static void ShouldBeThose(Predictive found, Predictive expected)
    {
        foreach (var quantity in new Func<Predictive, Tensor>[]
        {
            p => p.Mean, p => p.StandardErrorOfMean, p => p.EpistemicStddev, p => p.EpistemicVariance, p => p.AleatoricVariance,
            p => p.AleatoricStddev, p => p.TotalVariance, p => p.TotalStddev,
            p => p.LogPredictiveDensity, p => p.Samples, p => p.QuantilesOfMean([0.1, 0.5]),
        })
            ShouldBeClose(quantity(found), quantity(expected), 1e-12);
        found.SamplesUsed.Should().Be(expected.SamplesUsed);
        found.Seed.Should().Be(expected.Seed);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Concatenated_rows_match_all_rows_at_once(string name)
    {
        var (make, outputs, targets) = Cases[name];
        using var model = Model(outputs);
        var target = targets(11);
        using var predictive = new MonteCarloPredictive(model, make(), 20, seed: 3);
        using var whole = predictive.Predict(_input, target, keepSamples: true);
        Predictive[] parts =
            [.. new[] { (0L, 4L), (4, 1), (5, 6) }.Select(rows => predictive.Predict(Rows(_input, rows), Rows(target, rows), keepSamples: true))];
        using var together = Predictive.Concatenate(parts);
        ShouldBeThose(together, whole);
        if (make() is ClassLikelihood)
        {
            ShouldBeClose(together.TotalEntropy, whole.TotalEntropy, 1e-12);
            ShouldBeClose(together.MutualInformation, whole.MutualInformation, 1e-12);
        }
        parts[1].Mean.shape[0].Should().Be(1, "the parts do not change");
        ShouldBeClose(whole.AleatoricStddev, whole.AleatoricVariance.sqrt(), 1e-14);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Batches_from_an_enumerable_match_all_rows_at_once(string name)
    {
        var (make, outputs, targets) = Cases[name];
        using var model = Model(outputs);
        var target = targets(11);
        using var predictive = new MonteCarloPredictive(model, make(), 20, seed: 3);
        using Predictive whole = predictive.Predict(_input, target, keepSamples: true, firstDraw: 2),
            pairs = predictive.Predict(Batches().Select(rows => (Rows(_input, rows), Rows(target, rows))), keepSamples: true, firstDraw: 2),
            inputs = predictive.Predict(Batches().Select(rows => Rows(_input, rows)), firstDraw: 2);
        ShouldBeThose(pairs, whole);
        ShouldBeClose(inputs.Mean, whole.Mean, 1e-12);
        inputs.Invoking(p => p.LogPredictiveDensity).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void Batches_from_a_loader_match_all_rows_at_once()
    {
        using var model = Model();
        var target = (Normal(11, 1) > 0).to(float64);
        using var predictive = new MonteCarloPredictive(model, new BernoulliLikelihood(), 20, seed: 3);
        using var loader = DataLoader(TensorDataset(_input, target), 4, shuffle: false);
        using var inputsAlone = DataLoader(TensorDataset(_input), 4, shuffle: false);
        using Predictive whole = predictive.Predict(_input, target, keepSamples: true), batches = predictive.Predict(loader, keepSamples: true),
            inputs = predictive.Predict(inputsAlone);
        ShouldBeThose(batches, whole);
        ShouldBeClose(inputs.Mean, whole.Mean, 1e-12);
    }

    [Fact]
    public void Batches_made_during_enumeration_are_disposed_and_no_other_tensor_is_left()
    {
        using var model = Model();
        using var predictive = new MonteCarloPredictive(model, new BernoulliLikelihood(), 5, seed: 3);
        predictive.Predict(Batches().Select(rows => Rows(_input, rows))).Dispose();
        var before = Rows(_input, (0, 3));
        Tensor? made = null;
        long live = LiveTensors();
        predictive.Predict(Given()).Dispose();
        before.IsInvalid.Should().BeFalse();
        made!.IsInvalid.Should().BeTrue();
        LiveTensors().Should().Be(live);
        predictive.Invoking(p => p.Predict(Failing())).Should().Throw<FormatException>();
        LiveTensors().Should().Be(live);

        IEnumerable<Tensor> Given()
        {
            yield return before;
            yield return made = Normal(4, 2);
        }

        IEnumerable<Tensor> Failing()
        {
            yield return Normal(4, 2);
            throw new FormatException();
        }
    }

    [Fact]
    public void Without_a_seed_all_batches_use_the_same_functions()
    {
        using var model = Model();
        using var predictive = new MonteCarloPredictive(model, new BernoulliLikelihood(), 20);
        using var batches = predictive.Predict(Batches().Select(rows => Rows(_input, rows)), keepSamples: true);
        using var draws = new PosteriorDraws(batches.Seed!.Value, 20);
        ShouldBeClose(batches.Samples, model.Sample(_input, draws), 1e-12);
        using var other = predictive.Predict([_input]);
        other.Seed.Should().NotBe(batches.Seed);
    }

    [Fact]
    public void Concatenated_predictions_of_the_same_parts_merge()
    {
        using var model = Model();
        using var predictive = new MonteCarloPredictive(model, new BernoulliLikelihood(), 20, seed: 3);
        Predictive Part(int firstDraw) => predictive.Predict(Batches().Select(rows => Rows(_input, rows)), keepSamples: true, firstDraw);
        using Predictive early = Part(0), late = Part(20), merged = Predictive.Merge(early, late);
        using var all = new MonteCarloPredictive(model, new BernoulliLikelihood(), 40, seed: 3).Predict(_input, keepSamples: true);
        ShouldBeClose(merged.Mean, all.Mean, 1e-12);
        ShouldBeClose(merged.Samples, all.Samples, 1e-12);
        Invoking(() => Predictive.Merge(early, predictive.Predict(_input, firstDraw: 20)))
            .Should().Throw<ArgumentException>().WithMessage("*different inputs*");
    }

    [Fact]
    public void Parts_that_do_not_belong_together_are_refused()
    {
        using BayesianSequential model = Model(), other = Model(), wide = Model(2);
        using var own = Predict(model, 3, 0);
        ShouldRefuse("*seeds 3 and 4; expected one seed, of which each has other rows*", Predict(model, 4, 0));
        ShouldRefuse("*rest on draws 0 to 9 and on draws 5 to 14; expected the same draws*", Predict(model, 3, 5));
        ShouldRefuse("*models with different parameters*", Predict(other, 3, 0));
        ShouldRefuse("*likelihoods * expected the same*", Predict(model, 3, 0, new GaussianLikelihood(1)));
        ShouldRefuse("*shapes [11, 1] and [11, 2]; expected rows of one shape*", Predict(wide, 3, 0));
        ShouldRefuse("A prediction was made from given samples*concatenate the samples instead*",
            Predictive.OfSamples(Normal(10, 3, 1), new BernoulliLikelihood()));
        Invoking(() => Predictive.Concatenate()).Should().Throw<ArgumentException>().WithMessage("There are no predictions*");

        Predictive Predict(BayesianModule of, long seed, int firstDraw, Likelihood? likelihood = null) =>
            new MonteCarloPredictive(of, likelihood ?? new BernoulliLikelihood(), 10, seed).Predict(_input, firstDraw: firstDraw);

        void ShouldRefuse(string message, Predictive part) => Invoking(() => Predictive.Concatenate(own, part))
            .Should().Throw<ArgumentException>().WithMessage(message);
    }

    [Fact]
    public void Invalid_batches_are_refused()
    {
        using var model = Model();
        using MonteCarloPredictive predictive = new(model, new BernoulliLikelihood(), 20, seed: 3),
            exact = new(model, new BernoulliLikelihood(), 20, seed: 3, tolerance: 0.1),
            unnamed = new(model, new BernoulliLikelihood(), 20);
        predictive.Invoking(p => p.Predict(Enumerable.Empty<Tensor>())).Should().Throw<ArgumentException>().WithMessage("There are no batches*");
        exact.Invoking(p => p.Predict([_input])).Should().Throw<InvalidOperationException>().WithMessage("The predictor has a tolerance of 0.1, *");
        unnamed.Invoking(p => p.Predict([_input], firstDraw: 1)).Should().Throw<ArgumentException>().WithMessage("firstDraw is 1 without a seed*");
        predictive.Invoking(p => p.Predict([_input, Normal(3, 5)])).Should().Throw<ArgumentException>().WithMessage("*5 features*");
        using var loader = DataLoader(TensorDataset(_input, _input, _input), 4, shuffle: false);
        predictive.Invoking(p => p.Predict(loader)).Should().Throw<InvalidOperationException>().WithMessage("The loader gave 3 tensors a batch*");
    }

    [Fact]
    public void The_text_of_a_predictor_has_its_settings()
    {
        using var model = Model();
        new MonteCarloPredictive(model, new GaussianLikelihood(0.5), 30, seed: 4, MemoryBudget.FromMebibytes(7), tolerance: 0.01).ToString()
            .Should().Be(
                $"MonteCarloPredictive(BayesianSequential of 42 parameters, {new GaussianLikelihood(0.5)}, samples=30, seed=4, budget=7 MiB, "
                + $"tolerance=0.01)");
        new MonteCarloPredictive(model, new BernoulliLikelihood()).ToString().Should().Contain("samples=100, seed=none, budget=");
    }

    [Theory]
    [InlineData(4)]
    [InlineData(1)]
    public void A_message_shows_the_users_shape(long rows)
    {
        using var plain = new BayesianSequential(Conv2d(1, 2, 3), new BayesianConv2d(2, 1, 1));
        using var bayesian = new BayesianSequential(new BayesianConv2d(1, 2, 3));
        using var behind = new BayesianSequential(new BayesianConv2d(3, 2, 3), Conv2d(1, 2, 3));
        foreach (var (model, channels, height) in new[] { (plain, 3, 12), (bayesian, 3, 12), (behind, 2, 10) })
            new MonteCarloPredictive(model, new GaussianLikelihood(1), 7).Invoking(p => p.forward(randn(rows, 3, 12, 12)))
                .Should().Throw<ArgumentException>()
                .WithMessage($"*[{rows}, {channels}, {height}, {height}]*");
    }

    private static Action Invoking(Func<Predictive> action) => () => action().Dispose();

    private static Tensor Rows(Tensor tensor, (long First, long Count) rows) => tensor.narrow(0, rows.First, rows.Count);

    private static IEnumerable<(long, long)> Batches() => [(0, 4), (4, 1), (5, 6)];
}
