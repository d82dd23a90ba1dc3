using Bayes.Layers.Likelihoods;
using CsCheck;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Properties;

/// <summary>Any prediction is made or refused, and leaves no tensor behind.</summary>
public sealed class PredictionProperties : TorchTest
{
    private readonly (BayesianModule Model, Likelihood Likelihood)[] _models;
    private readonly Gen<TensorCase>[] _inputs;

    public PredictionProperties()
    {
        (BayesianModule, Likelihood, long[])[] models =
        [
            (new BayesianSequential(new BayesianLinear(3, 4), Tanh(), new BayesianLinear(4, 1)), new BernoulliLikelihood(), [4, 3]),
            (new BayesianSequential(new BayesianLinear(3, 1), Sigmoid()), new BernoulliLikelihood(BernoulliOutput.Probabilities), [4, 3]),
            (new BayesianSequential(new BayesianLinear(3, 4), ReLU(), new BayesianLinear(4, 3)), new CategoricalLikelihood(), [4, 3]),
            (new BayesianLinear(3, 2, dtype: float64), GaussianLikelihood.Learned(outputs: 2), [4, 3]),
            (new BayesianSequential(new BayesianLinear(3, 4), new MonteCarloDropout(), new BayesianLinear(4, 2)),
                new HeteroscedasticGaussianLikelihood(), [4, 3]),
            (new BayesianSequential(new BayesianConv2d(1, 2, 2), ReLU(), MaxPool2d(2), Flatten(), new BayesianLinear(2, 1)),
                new PoissonLikelihood(), [4, 1, 3, 3]),
            (new BayesianLSTM(3, 1, returnsSequence: false), new StudentTLikelihood(2.5, 0.3), [4, 2, 3]),
            (new BayesianSequential(new BayesianEmbedding(4, 2), Flatten(), new BayesianLinear(4, 1)), new GaussianLikelihood(0.4), [4, 2]),
        ];
        _models = [.. models.Select(each => (each.Item1, each.Item2))];
        _inputs = [.. models.Select(each => TensorCase.Near(each.Item3))];
    }

    [Fact]
    public void Any_input_and_target_are_predicted_or_refused() => Cases.All(50, 700, Gen.Int[0, _models.Length - 1].SelectMany(model => Gen.Select(
        Gen.Const(model), _inputs[model], TensorCase.Near([4], [4, 1], [4, 2]), Gen.Bool, Gen.Bool, Settings.Count, Settings.Number)), each =>
    {
        var (index, inputCase, targetCase, hasTarget, hasSeed, firstDraw, level) = each;
        var (model, likelihood) = _models[index];
        using Tensor input = inputCase.Make(), target = targetCase.Make();
        bool mayBeNaN = MayBeNaN(inputCase) || (hasTarget && MayBeNaN(targetCase));
        var predictive = new MonteCarloPredictive(model, likelihood, 3, hasSeed ? 5 : null);
        Calls.Keep(() => All(predictive.Predict(input, hasTarget ? target : null, keepSamples: true, firstDraw), level, target), mayBeNaN);
    }, each =>
        $"{_models[each.Item1].Model}, {_models[each.Item1].Likelihood}, input {each.Item2}, target {(each.Item4 ? each.Item3 : "none")}, seed "
        + $"{each.Item5}, first {each.Item6}, level {each.Item7}");

    [Fact]
    public void Any_samples_are_a_prediction_or_refused() => Cases.All(51, 1_000, Gen.Select(
        Gen.Int[0, _models.Length - 1], TensorCase.Near([3, 4, 2], [3, 4, 1], [3, 4], [1, 4, 3]), TensorCase.Near([4], [4, 1], [4, 2]), Gen.Bool,
        Settings.Number), each =>
    {
        var (index, outputCase, targetCase, hasTarget, level) = each;
        using Tensor output = outputCase.Make(), target = targetCase.Make();
        bool mayBeNaN = MayBeNaN(outputCase) || (hasTarget && MayBeNaN(targetCase));
        Calls.Keep(() => All(Predictive.OfSamples(output, _models[index].Likelihood, hasTarget ? target : null), level, target), mayBeNaN);
    }, each => $"{_models[each.Item1].Likelihood}, samples {each.Item2}, target {(each.Item4 ? each.Item3 : "none")}, level {each.Item5}");

    [Fact]
    public void Any_predictions_are_merged_or_refused() => Cases.All(52, 100, Gen.Select(
        Gen.Int[0, 3], Gen.Int[0, 4], Gen.Int[0, 1], Gen.Int[2, 3], Gen.Bool, Gen.Bool,
        (model, first, seed, rows, hasTarget, keeps) => (model, first, seed, rows, hasTarget, keeps)).Array[0, 3], each =>
    {
        using var scope = NewDisposeScope();
        var parts = each.Select(part =>
        {
            var (model, likelihood) = _models[part.model];
            var input = ones([part.rows, 3], part.model == 3 ? float64 : float32);
            var target = part.model == 2 ? ones([part.rows], int64) : ones(part.rows, part.model == 3 ? 2 : 1);
            return new MonteCarloPredictive(model, likelihood, 2, part.seed).Predict(input, part.hasTarget ? target : null, part.keeps, part.first);
        }).ToArray();
        Calls.Keep(() => All(Predictive.Merge(parts), 0.5, target: null), mayBeNaN: false);
    }, each => string.Join("; ", each));

    // Every member of the prediction is read; it refuses numbers that it does not have.
    private static Tensor[] All(Predictive prediction, double level, Tensor? target)
    {
        using (prediction)
        {
            Func<Tensor>[] kept =
            [
                () => prediction.Mean, () => prediction.EpistemicStddev, () => prediction.EpistemicVariance, () => prediction.AleatoricVariance,
                () => prediction.TotalVariance,
                () => prediction.TotalStddev, () => prediction.StandardErrorOfMean, () => prediction.TotalEntropy, () => prediction.ExpectedEntropy,
                () => prediction.MutualInformation,
                () => prediction.LogPredictiveDensity, () => prediction.Samples,
            ];
            var all = new List<Tensor>();
            foreach (var tensor in kept)
                Promise.Keeps(() => all.Add(tensor().alias()));
            Promise.Keeps(() => all.Add(prediction.QuantilesOfMean([level, 0.5])));
            Promise.Keeps(() => all.Add(prediction.QuantilesOfTarget([level])));
            Promise.Keeps(() => all.AddRange(prediction.CredibleInterval(level) is var (low, high) ? [low, high] : []));
            Promise.Keeps(() => all.AddRange(prediction.PredictionInterval(level) is var (low, high) ? [low, high] : []));
            // Only the promise is checked: the density of another target may be anything.
            if (target is not null)
                Promise.Keeps(() => prediction.LogPredictiveDensityOf(target).Dispose());
            return [.. all];
        }
    }

    private static bool MayBeNaN(TensorCase given) => !given.IsFinite || given.Numbers == Numbers.Extremes;
}
