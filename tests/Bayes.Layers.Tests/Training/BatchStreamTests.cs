using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Training;

/// <summary>A training on a data set that is read in batches is that on the same batches from any other source.</summary>
public sealed class BatchStreamTests : TorchTest, IDisposable
{
    private const int Rows = 25, Size = 8;

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.safetensors");

    private static readonly VariationalTrainerOptions Options = new() { Epochs = 4, ShuffleSeed = 3, KlSchedule = new ConstantKl() };

    void IDisposable.Dispose()
    {
        File.Delete(_path);
        base.Dispose();
    }

    [Fact]
    public void It_equals_the_training_on_the_same_batches()
    {
        var stream = new Stream();
        int epoch = 0;
        var other = Train((trainer, _) => trainer.Fit(() => stream.Pairs(epoch++, seed: 3), stream.BatchesPerEpoch), Options);
        Train((trainer, _) => trainer.Fit(stream), Options).Should().Equal(other);
    }

    [Fact]
    public void A_training_that_is_interrupted_continues_with_the_next_epoch()
    {
        var whole = Train((trainer, _) => trainer.Fit(new Stream()), Options);
        Train((trainer, _) => trainer.Fit(new Stream()), Options with { Epochs = 2, StatePath = _path });
        // The seed is that of the file.
        var stream = new Stream();
        Train((trainer, _) => trainer.Fit(stream), Options with { ResumeFrom = _path, ShuffleSeed = 99 }).Should().Equal(whole);
        stream.Asked.Should().Equal((2, 3), (3, 3));
    }

    [Fact]
    public void The_seed_of_the_order_comes_from_torch_if_none_is_set()
    {
        var streams = new[] { new Stream(), new Stream(), new Stream() };
        foreach (var (index, stream) in streams.Index())
            Train((trainer, _) => trainer.Fit(stream), Options with { ShuffleSeed = null }, seed: index == 2 ? 6 : 5);
        streams[0].Asked.Should().Equal(streams[1].Asked).And.NotEqual(streams[2].Asked);
        streams[0].Asked.Select(each => each.Epoch).Should().Equal(0, 1, 2, 3);
    }

    [Fact]
    public void Another_number_of_rows_than_the_loss_has_is_refused_before_the_first_step()
    {
        var stream = new Stream();
        FluentActions.Invoking(() => Train((trainer, _) => trainer.Fit(stream), Options, datasetSize: 26)).Should().Throw<ArgumentException>()
            .WithMessage("The data set has 25 rows and the loss is for 26 training examples*");
        stream.Asked.Should().BeEmpty();
        Train((trainer, _) => trainer.Fit(stream), Options with { EpochCoversDataset = false }, datasetSize: 26).Should().NotBeEmpty();
    }

    [Fact]
    public void A_data_set_that_miscounts_is_refused()
    {
        FluentActions.Invoking(() => Train((trainer, _) => trainer.Fit(new Stream { Claimed = 26 }), Options, datasetSize: 26))
            .Should().Throw<InvalidOperationException>().WithMessage("Epoch 1 has 25 rows*");
        FluentActions.Invoking(() => Train((trainer, _) => trainer.Fit(new Stream { ClaimedBatches = 5 }), Options))
            .Should().Throw<InvalidOperationException>().WithMessage("The source of batches gave only 4 in epoch 1; expected 5*");
    }

    [Fact]
    public void Cancellation_returns_the_history_and_ends_the_enumeration()
    {
        var stream = new Stream();
        using var cancellation = new CancellationTokenSource();
        stream.OnBatch = (epoch, batch) =>
        {
            if (epoch == 1 && batch == 2)
                cancellation.Cancel();
        };
        TrainingHistory? history = null;
        Train((trainer, _) => history = trainer.Fit(stream, cancellationToken: cancellation.Token), Options);
        (history!.End, history.Epochs.Count, history.Steps, stream.Ended).Should().Be((TrainingEnd.Cancelled, 1, 6, 2));
    }

    [Fact]
    public void It_is_validation_data_in_an_order_of_its_own()
    {
        var held = new Stream();
        TrainingHistory? history = null, other = null;
        Train((trainer, _) => history = trainer.Fit(new Stream(), held), Options);
        Train((trainer, _) => other = trainer.Fit(new Stream(), ValidationData.Of(() => held.Pairs(0, 0))), Options);
        history!.Epochs.Select(each => each.ValidationLogDensity).Should().Equal(other!.Epochs.Select(each => each.ValidationLogDensity))
            .And.OnlyContain(each => each != null);
        held.Asked.Distinct().Should().Equal((0, 0));
    }

    private static double[] Train(
        Action<VariationalTrainer, BayesianModule> fit, VariationalTrainerOptions options, int datasetSize = Rows, long seed = 5)
    {
        random.manual_seed(seed);
        using var model = new BayesianSequential(new BayesianLinear(2, 3), nn.Tanh(), new BayesianLinear(3, 1));
        using var loss = ElboLoss.Gaussian(datasetSize);
        fit(new VariationalTrainer(model, loss, options), model);
        return [.. model.parameters().SelectMany(Values)];
    }

    /// <summary>Rows that were drawn once, in another order for each seed and epoch.</summary>
    private sealed class Stream : BatchStream
    {
        private readonly float[] _numbers;

        public Stream()
        {
            var random = new Random(1);
            _numbers = [.. Enumerable.Range(0, 3 * Stream.RowCount).Select(_ => (float)random.NextDouble())];
        }

        private const int RowCount = BatchStreamTests.Rows;

        public long? Claimed { get; init; }

        public long? ClaimedBatches { get; init; }

        public Action<int, int>? OnBatch { get; set; }

        public List<(int Epoch, int Seed)> Asked { get; } = [];

        public int Ended { get; private set; }

        public override long Rows => Claimed ?? RowCount;

        public override long BatchesPerEpoch => ClaimedBatches ?? 4;

        public override IEnumerable<(NetworkInput Input, Tensor Target)> Epoch(int epoch, int seed)
        {
            Asked.Add((epoch, seed));
            return Pairs(epoch, seed).Select(pair => ((NetworkInput)pair.Input, pair.Target));
        }

        public IEnumerable<(Tensor Input, Tensor Target)> Pairs(int epoch, int seed)
        {
            int[] order = [.. Enumerable.Range(0, RowCount)];
            new Random(1000 * seed + epoch).Shuffle(order);
            try
            {
                foreach (var (index, rows) in order.Chunk(Size).Index())
                {
                    OnBatch?.Invoke(epoch, index);
                    yield return (
                        tensor(rows.SelectMany(row => _numbers[(3 * row)..(3 * row + 2)]).ToArray()).view(rows.Length, 2),
                        tensor(rows.Select(row => _numbers[3 * row + 2]).ToArray()).view(rows.Length, 1));
                }
            }
            finally
            {
                Ended++;
            }
        }
    }
}
