using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Training;

public sealed class AutomaticLengthTests
{
    /// <summary>Reports a loss that depends on the epoch until training is over.</summary>
    private static (AutomaticLength Length, List<double> Shares) Train(long batchesPerEpoch, Func<int, double> loss)
    {
        var length = new AutomaticLength(batchesPerEpoch);
        var shares = new List<double>();
        for (int epoch = 0; length.Epochs != epoch; epoch++)
        {
            epoch.Should().BeLessThan(length.MaximumEpochs, "a run that never ends tells nothing");
            for (long batch = 0; batch < batchesPerEpoch; batch++)
                shares.Add(length.LearningRateShare(new TrainingPosition(epoch, batch, batchesPerEpoch, length.MaximumEpochs)));
            length.Add(loss(epoch));
        }
        return (length, shares);
    }

    [Theory]
    [InlineData(1, 3000)]
    [InlineData(13, 231)]
    [InlineData(500, 12)]
    [InlineData(100_000, 12)]
    public void A_constant_loss_ends_the_shortest_training(long batchesPerEpoch, int epochs)
    {
        var (length, _) = Train(batchesPerEpoch, _ => 0.7);
        (length.Epochs, length.HasSettled).Should().Be((epochs, true));
    }

    [Theory]
    [InlineData(1, 10_001)]
    [InlineData(13, 770)]
    [InlineData(1000, 12)]
    public void An_ever_falling_loss_gives_the_longest_training_and_does_not_settle(long batchesPerEpoch, int epochs)
    {
        var (length, _) = Train(batchesPerEpoch, epoch => -epoch);
        (length.Epochs, length.HasSettled).Should().Be((epochs, false));
        length.MaximumEpochs.Should().Be(epochs);
    }

    [Fact]
    public void A_loss_that_stops_falling_settles_afterwards()
    {
        var (length, _) = Train(20, epoch => Math.Max(1, 6 - epoch / 20.0));
        length.HasSettled.Should().BeTrue();
        // The loss is constant from epoch 100 on, so the last two quarters of twice as many epochs are equal; half as many are added.
        length.Epochs.Should().BeInRange(280, 300);
    }

    [Fact]
    public void The_learning_rate_is_full_and_then_falls_linearly_to_zero_over_a_third_of_the_training()
    {
        var (length, shares) = Train(10, _ => 0.7);
        int steps = shares.Count, full = steps * 2 / 3;
        (length.Epochs * 10).Should().Be(steps);
        shares.Take(full).Should().OnlyContain(share => share == 1);
        for (int step = full; step < steps; step++)
            shares[step].Should().BeApproximately((double)(steps - step) / (steps - full), 1e-12);
    }

    [Fact]
    public void A_loss_of_NaN_does_not_count_as_settled()
    {
        var (length, _) = Train(100, epoch => epoch == 10 ? double.NaN : 0.7);
        length.HasSettled.Should().BeTrue();
        length.Epochs.Should().BeGreaterThan(30, "the epoch has to be left behind first");
    }
}
