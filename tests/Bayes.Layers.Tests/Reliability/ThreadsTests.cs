using Bayes.Layers.Checkpoints;
using Bayes.Layers.Diagnostics;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using Bayes.Layers.Training;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Reliability;

/// <summary>What docs/reliability.md allows several threads to do at once.</summary>
public sealed class ThreadsTests : TorchTest
{
    private const int Rows = 48, AtOnce = 4;

    public static TheoryData<string> Kinds => [.. Models.Keys];

    private static Dictionary<string, Func<BayesianModule>> Models { get; } = new()
    {
        ["small"] = () => new BayesianSequential(new BayesianLinear(6, 5), Tanh(), new BayesianLinear(5, 1)),
        ["wide"] = () =>
            new BayesianSequential(new BayesianLinear(6, 100), LayerNorm(100), ReLU(), new MonteCarloDropout(0.2), new BayesianLinear(100, 1)),
        ["recurrent"] = () =>
            new BayesianSequential(Unflatten(1, [3, 2]), new BayesianLSTM(2, 4), new BayesianGRU(4, 3, returnsSequence: false),
                new BayesianLinear(3, 1)),
        ["attention"] = () => new BayesianSequential(
            Unflatten(1, [3, 2]), new BayesianPositionalEmbedding(3, 2), new BayesianTransformerEncoderLayer(2, 1, 4, dropout: 0), Flatten(),
            new BayesianLinear(6, 1)),
        ["images"] = () => new BayesianSequential(Unflatten(1, [1, 2, 3]), new BayesianConv2d(1, 4, 2), ReLU(), Flatten(), new BayesianLinear(8, 1)),
    };

    /// <summary>Each has its own noise and order of rows, because all threads share torch's global generator.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Concurrent_trainings_match_each_training_alone(string kind)
    {
        Tensor input = randn(Rows, 6), target = randint(0, 2, [Rows, 1], float32);
        using BayesianModule first = Models[kind](), second = Models[kind](), third = Models[kind](), fourth = Models[kind]();
        BayesianModule[] models = [first, second, third, fourth];
        using var start = new MemoryStream();
        Checkpoint.Save(first, start);
        string[] alone = new string[AtOnce], together = new string[AtOnce];
        for (int i = 0; i < AtOnce; i++)
            alone[i] = Train(i);
        alone.Distinct().Should().HaveCount(AtOnce, "each has noise of its own");
        OnThreads(i => together[i] = Train(i));
        together.Should().Equal(alone);

        string Train(int i)
        {
            Checkpoint.Load(models[i], new MemoryStream(start.ToArray()));
            models[i].train();
            using var loss = ElboLoss.Bernoulli(Rows);
            var options = new VariationalTrainerOptions { Epochs = 6, BatchSize = 8, LearningRate = 0.02, ShuffleSeed = i,
                Estimator = new Reparameterization(2, noise: new TorchNoise(100 + i)) };
            new VariationalTrainer(models[i], loss, options).Fit(input, target, validation: (input, target)).Steps.Should().Be(36);
            return Bits.Of(models[i]);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Concurrent_predictions_divergences_and_descriptions_match_one_thread(string kind)
    {
        using var model = Models[kind]();
        model.eval();
        using var loss = ElboLoss.Bernoulli(Rows);
        var input = randn(Rows, 6);
        using var predictive = new MonteCarloPredictive(model, loss.Likelihood, samples: 30, seed: 3);
        Predict();
        double[] mean = Predict();
        double divergence = Divergence();
        string table = PosteriorDiagnostics.Of(model, loss).ToString(), bits = Bits.Of(model);
        OnThreads(_ =>
        {
            for (int i = 0; i < 5; i++)
            {
                Predict().Should().Equal(mean);
                Divergence().Should().Be(divergence);
                PosteriorDiagnostics.Of(model, loss).ToString().Should().Be(table);
                using var file = new MemoryStream();
                Checkpoint.Save(model, file, loss);
                file.Length.Should().BeGreaterThan(0);
            }
        });
        Bits.Of(model).Should().Be(bits);

        double[] Predict()
        {
            using var scope = NewDisposeScope();
            return Values(predictive.Predict(input).Mean);
        }

        double Divergence()
        {
            using var scope = NewDisposeScope();
            return model.KlDivergence().ToDouble();
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_prediction_is_the_same_while_other_models_train(string kind)
    {
        Tensor input = randn(Rows, 6), target = randint(0, 2, [Rows, 1], float32);
        using BayesianModule model = Models[kind](), trained = Models[kind]();
        model.eval();
        using var predictive = new MonteCarloPredictive(model, new BernoulliLikelihood(), samples: 30, seed: 3);
        using var alone = predictive.Predict(input);
        OnThreads(i =>
        {
            if (i == 0)
            {
                using var loss = ElboLoss.Bernoulli(Rows);
                new VariationalTrainer(trained, loss, new() { Epochs = 4, BatchSize = 8 }).Fit(input, target);
                return;
            }
            for (int k = 0; k < 10; k++)
            {
                using var prediction = predictive.Predict(input);
                ShouldBeClose(prediction.Mean, alone.Mean, 0);
            }
        });
    }

    /// <summary>A new torch thread records gradients, whatever the mode of its parent.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void No_thread_of_a_prediction_records_gradients(string kind)
    {
        using var model = Models[kind]();
        int before = get_num_threads();
        set_num_threads(3);
        try
        {
            using var predictive = new MonteCarloPredictive(model, new BernoulliLikelihood(), samples: 300, seed: 3);
            using var prediction = predictive.Predict(randn(2_000, 6), keepSamples: true);
            new[] { prediction.Samples, prediction.Mean, prediction.TotalEntropy }.Should().OnlyContain(tensor => !tensor.requires_grad);
            is_grad_enabled().Should().BeTrue();
            model.Sample(randn(2, 6), 2).requires_grad.Should().BeTrue();
        }
        finally
        {
            set_num_threads(before);
        }
    }

    private static void OnThreads(Action<int> action) =>
        OwnThreads.Run([.. Enumerable.Range(0, AtOnce).Select(i => (Action)(() => action(i)))]);
}
