using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Guides;

/// <summary>
/// The statements of docs/reproducibility.md about seeds, names and threads; other tests cover draws on other devices and in other blocks.
/// </summary>
public sealed class ReproducibilityTests : TorchTest
{
    private readonly Tensor _inputs = randn(40, 3);

    private Tensor Targets => _inputs.sum(1L, keepdim: true).gt(0).to(float32);

    private static BayesianSequential Model(params string[] names) => new(
        (names.FirstOrDefault("0"), new BayesianLinear(3, 8)), ("1", nn.Tanh()), ("2", new BayesianLinear(8, 1)));

    private double[] Run(Action? between = null)
    {
        Tensor inputs = _inputs, targets = Targets;
        manual_seed(7);                                               // initial weights, training noise, order of the rows
        var model = new BayesianSequential(new BayesianLinear(3, 8), nn.Tanh(), new BayesianLinear(8, 1));
        var loss = ElboLoss.Bernoulli(datasetSize: 40);
        between?.Invoke();
        var options = new VariationalTrainerOptions { Epochs = 5, BatchSize = 10 };
        new VariationalTrainer(model, loss, options).Fit(inputs, targets);
        using var prediction = new MonteCarloPredictive(model, loss.Likelihood, samples: 50, seed: 7).Predict(inputs);
        return Values(prediction.Mean);
    }

    [Fact]
    public void The_same_seed_trains_and_predicts_to_the_same_bits()
    {
        double[] first = Run();
        randn(1);
        Run().Should().Equal(first, "the seed determines it, whatever was drawn before");
        Run(between: () => randn(1)).Should().NotEqual(first, "other draws in between are part of the sequence");
    }

    [Fact]
    public void Training_on_another_number_of_native_threads_gives_similar_results()
    {
        int before = get_num_threads();
        try
        {
            set_num_threads(1);
            double[] one = Run();
            set_num_threads(2);
            double[] two = Run();
            for (int i = 0; i < one.Length; i++)
                two[i].Should().BeApproximately(one[i], 1e-3);
        }
        finally
        {
            set_num_threads(before);
        }
    }

    [Fact]
    public void A_shuffling_loader_has_its_own_seed()
    {
        Order(seed: 7).Should().Equal(Order(seed: 7)).And.NotEqual(Order(seed: 8));
        Order(seed: null).Should().NotEqual(Order(seed: null), "torch's seed is not asked");

        static double[] Order(int? seed)
        {
            random.manual_seed(1);
            using var set = utils.data.TensorDataset(arange(40, float32));
            using var loader = utils.data.DataLoader(set, 40, shuffle: true, seed: seed);
            return loader.Select(batch => Values(batch[0])).Single();
        }
    }

    [Fact]
    public void Named_draws_neither_read_nor_change_the_global_generator()
    {
        using var predictive = new MonteCarloPredictive(Model(), ElboLoss.Bernoulli(40).Likelihood, samples: 20, seed: 7);
        random.manual_seed(1);
        double[] next = Values(randn(3));
        random.manual_seed(1);
        using var first = predictive.Predict(_inputs);
        Values(randn(3)).Should().Equal(next);
        using var second = predictive.Predict(_inputs);
        Values(second.Mean).Should().Equal(Values(first.Mean));
    }

    [Fact]
    public void A_prediction_without_a_seed_reports_the_one_it_drew()
    {
        var model = Model();
        var likelihood = ElboLoss.Bernoulli(40).Likelihood;
        using var first = new MonteCarloPredictive(model, likelihood, samples: 20).Predict(_inputs);
        using var second = new MonteCarloPredictive(model, likelihood, samples: 20, seed: first.Seed).Predict(_inputs);
        Values(second.Mean).Should().Equal(Values(first.Mean));
    }

    [Fact]
    public void Draws_depend_on_the_path_of_the_parameter()
    {
        BayesianSequential model = Model(), renamed = Model("first");
        foreach (var (parameter, other) in model.parameters().Zip(renamed.parameters()))
            using (no_grad())
                other.copy_(parameter);
        double[] Mean(BayesianSequential each)
        {
            using var prediction = new MonteCarloPredictive(each, ElboLoss.Bernoulli(40).Likelihood, samples: 20, seed: 7).Predict(_inputs);
            return Values(prediction.Mean);
        }
        Mean(renamed).Should().NotEqual(Mean(model), "the same numbers under another name are drawn with other noise");
    }
}
