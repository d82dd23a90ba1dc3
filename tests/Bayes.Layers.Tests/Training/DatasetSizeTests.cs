using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Training;
using static TorchSharp.torch.utils.data;

namespace Bayes.Layers.Tests.Training;

/// <summary>The loss's number of training examples must be that of an epoch, whatever the source of batches.</summary>
public sealed class DatasetSizeTests : TorchTest
{
    private const int Rows = 40, BatchSize = 8;

    private static readonly Dictionary<string, Func<VariationalTrainer, Tensor, Tensor, int, TrainingHistory>> Sources = new()
    {
        ["tensors"] = (trainer, input, target, _) => trainer.Fit(input, target),
        ["a loader of lists"] = (trainer, input, target, size) =>
            Load(DataLoader(TensorDataset(input, target), size), loader => trainer.Fit(loader)),
        ["a loader that shuffles"] = (trainer, input, target, size) =>
            Load(DataLoader(TensorDataset(input, target), size, shuffle: true, seed: 1), loader => trainer.Fit(loader)),
        ["a loader of names"] = (trainer, input, target, size) =>
            Load(DataLoader(new NamedRows(input, target), size), loader => trainer.Fit(loader, "x", "y")),
        ["a loader that drops its last batch"] =
            (trainer, input, target, size) => Load(DataLoader(TensorDataset(input, target), size, drop_last: true), loader => trainer.Fit(loader)),
        ["a loader of names that drops its last batch"] =
            (trainer, input, target, size) =>
                Load(DataLoader(new NamedRows(input, target), size, drop_last: true), loader => trainer.Fit(loader, "x", "y")),
        ["batches from anywhere"] = (trainer, input, target, size) =>
            trainer.Fit(() => RowBatches.Of(input, target, size), (Rows + size - 1) / size),
    };

    public static TheoryData<string, long> Mismatches =>
        new(Sources.Keys.SelectMany(_ => new long[] { 1, 2, 31, 32, 39, 41, 400 }, (source, size) => (source, size)));

    public static TheoryData<string, int> Matches => new(Sources.Keys.SelectMany(_ => new[] { 1, 3, 8, 39, 40, 64 }, (source, size) =>
        (source, size)).Where(each => !each.source.Contains("drops") || each.size <= Rows));

    [Theory]
    [MemberData(nameof(Mismatches))]
    public void A_different_number_is_refused_with_both_numbers(string source, long datasetSize)
    {
        using var model = new BayesianLinear(1, 1);
        var (input, target) = Data();
        string before = Reliability.Bits.Of(model);
        bool isKnown = source != "batches from anywhere";
        var thrown = FluentActions.Invoking(() => Sources[source](Trainer(model, datasetSize), input, target, BatchSize)).Should()
            .Throw<Exception>().Which;
        thrown.Should().Match(found => isKnown ? found is ArgumentException : found is InvalidOperationException);
        thrown.Message.Should().Contain($"the loss is for {datasetSize} training examples").And.Contain("EpochCoversDataset")
            .And.MatchRegex(isKnown || datasetSize > Rows ? " has 40 rows " : $" has at least {(datasetSize / BatchSize + 1) * BatchSize} rows ");
        if (isKnown)
            Reliability.Bits.Of(model).Should().Be(before, "it is known before the first step");
    }

    [Theory]
    [MemberData(nameof(Matches))]
    public void The_correct_number_of_examples_is_accepted(string source, int batchSize)
    {
        using var model = new BayesianLinear(1, 1);
        var (input, target) = Data();
        bool isDropped = source.Contains("drops");
        var history = Sources[source](Trainer(model, Rows, batchSize), input, target, batchSize);
        history.Epochs.Should().OnlyContain(epoch => epoch.Examples == (isDropped ? Rows / batchSize * batchSize : Rows));
    }

    [Theory]
    [MemberData(nameof(Mismatches))]
    public void A_different_number_is_accepted_if_requested(string source, long datasetSize)
    {
        using var model = new BayesianLinear(1, 1);
        var (input, target) = Data();
        Sources[source](Trainer(model, datasetSize, covers: false), input, target, BatchSize).End.Should().Be(TrainingEnd.LastEpoch);
    }

    [Fact]
    public void A_loader_whose_sampler_omits_rows_is_refused()
    {
        using var model = new BayesianLinear(1, 1);
        var (input, target) = Data();
        // 36 rows make as many batches as 40, and the last batch is not dropped.
        using var loader = DataLoader(TensorDataset(input, target), BatchSize, Enumerable.Range(0, 36).Select(row => (long)row));
        Trainer(model, Rows).Invoking(trainer => trainer.Fit(loader)).Should().Throw<InvalidOperationException>()
            .WithMessage("Epoch 1 has 36 rows and the loss is for 40 *");
    }

    [Fact]
    public void A_source_with_fewer_rows_in_a_later_epoch_is_refused()
    {
        using var model = new BayesianLinear(1, 1);
        var (input, target) = Data();
        int epochs = 0;
        Trainer(model, Rows).Invoking(trainer =>
            trainer.Fit(() => ++epochs == 1 ? RowBatches.Of(input, target, 20)
                : [(input, target), (input.narrow(0, 0, 0), target.narrow(0, 0, 0))], 2))
            .Should().Throw<ArgumentException>().WithMessage("*an empty batch*");
        epochs = 0;
        Trainer(model, Rows).Invoking(trainer =>
            trainer.Fit(() => [(input.narrow(0, 0, ++epochs == 1 ? 40 : 30), target.narrow(0, 0, epochs == 1 ? 40 : 30))], 1))
            .Should().Throw<InvalidOperationException>().WithMessage("Epoch 2 has 30 rows and the loss is for 40 *");
    }

    private static VariationalTrainer Trainer(BayesianModule model, long datasetSize, int batchSize = BatchSize, bool covers = true) => new(
        model, new ElboLoss(new GaussianLikelihood(0.5), datasetSize),
            new() { Epochs = 2, BatchSize = batchSize, EpochCoversDataset = covers, Estimator = PosteriorMean.Instance });

    private static (Tensor Input, Tensor Target) Data()
    {
        var input = randn(Rows, 1);
        return (input, input.mul(2));
    }

    private static TrainingHistory Load<TLoader>(TLoader loader, Func<TLoader, TrainingHistory> fit) where TLoader : IDisposable
    {
        using var owned = loader;
        return fit(owned);
    }
}
