using Bayes.Layers.Likelihoods;
using Bayes.Layers.Partitioned;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Samples.Support.DataSets;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Partitioned;

/// <summary>
/// The experiment's network on the breast-cancer data in four places predicts as well as one that saw all rows (docs/partitioned.md has the numbers
/// of several seeds).
/// </summary>
public sealed class BreastCancerTests : TorchTest
{
    private const int Parts = 4;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Four_partitions_predict_as_well_as_all_rows_together(bool isOneClassTogether)
    {
        var data = BreastCancerData.Read();
        var split = TrainTestSplit.Half(data.Rows, seed: 1);
        double[] classes = data.Targets();
        var places = Enumerable.Range(0, Parts).Select(_ => new List<int>()).ToArray();
        foreach (var (index, row) in split.Train.Index())
            // Of twenty malignant tumours, nineteen are in the first place, which has no benign ones.
            places[!isOneClassTogether ? index % Parts : classes[row] == 0 && index % 20 > 0 ? 0 : 1 + index % (Parts - 1)].Add(row);

        var training = new VariationalTrainerOptions { Epochs = 150, LearningRate = 0.02, KlSchedule = new ConstantKl(), CreateScheduler = Falling };
        using var together = Network();
        using var loss = ElboLoss.Bernoulli(split.Train.Length);
        new VariationalTrainer(together, loss, training).Fit(Inputs(split.Train), Targets(split.Train));
        using var apart = Network();
        var result = new PartitionedTraining(apart, new BernoulliLikelihood(), new() { Worker = new() { Training = training } })
            .Fit([.. places.Select((rows, index) => new Partition($"place {index}", Inputs([.. rows]), Targets([.. rows])))]);

        result.Rounds.Should().HaveCount(10);
        // The noise of one short training; over seeds the mean difference is below 0.005.
        Density(apart).Should().BeGreaterThan(Density(together) - 0.02);
        result.Rounds.Max(round => round.RequestBytes + round.AnswerBytes).Should().BeLessThan(12_000);

        Tensor Inputs(int[] rows) => tensor(data.Features(rows), float32);

        Tensor Targets(int[] rows) => tensor(data.Targets(rows), float32).unsqueeze(1);

        double Density(BayesianModule model)
        {
            using var prediction = new MonteCarloPredictive(model, new BernoulliLikelihood(), samples: 1000, seed: 1)
                .Predict(Inputs(split.Test), Targets(split.Test));
            return prediction.LogPredictiveDensity!.mean().ToDouble();
        }

        static optim.lr_scheduler.LRScheduler Falling(optim.Optimizer optimizer) =>
            optim.lr_scheduler.LambdaLR(optimizer, epoch => Math.Max(0.01, 1 - epoch / 150.0));
    }

    private static BayesianSequential Network()
    {
        random.manual_seed(5);
        var start = new NormalInitializer(meanStddev: 0.1, logVarianceMean: -2, logVarianceStddev: 0.1);
        return new BayesianSequential(
            new BayesianLinear(2, 5, hasBias: false, initializer: start), nn.Tanh(),
            new BayesianLinear(5, 5, hasBias: false, initializer: start), nn.Tanh(),
            new BayesianLinear(5, 1, hasBias: false, initializer: start));
    }
}
