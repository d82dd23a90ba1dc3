using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Training;

public sealed class KlScheduleTests
{
    public static TheoryData<KlSchedule, long, int> Everywhere()
    {
        var data = new TheoryData<KlSchedule, long, int>();
        foreach (var schedule in new KlSchedule[]
        {
            new ConstantKl(), new ConstantKl(0), LinearWarmUpKl.OverEpochs(0.5), LinearWarmUpKl.OverEpochs(3, start: 0.1),
            LinearWarmUpKl.OverSteps(1), LinearWarmUpKl.OverSteps(long.MaxValue),
            new CyclicalKl(), new CyclicalKl(cycles: 3, rise: 1), new MinibatchKl(),
        })
            foreach (var (batches, epochs) in new[] { (1L, 1), (1L, 7), (3L, 5), (2000L, 2), (100_000L, 1) })
                data.Add(schedule, batches, epochs);
        return data;
    }

    private static double[] Factors(KlSchedule schedule, long batchesPerEpoch, int epochs, int epoch) =>
        [.. Enumerable.Range(0, (int)batchesPerEpoch).Select(batch => schedule.Factor(new TrainingPosition(epoch, batch, batchesPerEpoch, epochs)))];

    [Theory]
    [MemberData(nameof(Everywhere), DisableDiscoveryEnumeration = true)]
    public void Factors_are_finite_and_not_negative(KlSchedule schedule, long batchesPerEpoch, int epochs)
    {
        for (int epoch = 0; epoch < epochs; epoch++)
            Factors(schedule, batchesPerEpoch, epochs, epoch)
                .All(factor => double.IsFinite(factor) && factor >= 0 && factor <= Math.Max(1, batchesPerEpoch)).Should().BeTrue();
        schedule.ToString().Should().StartWith(schedule.GetType().Name);
    }

    /// <summary>A fault of another library: 2^M overflows, or all weights underflow, and the KL divergence is NaN or lost.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(2000)]
    [InlineData(100_000)]
    public void Minibatch_weights_average_1_for_any_number_of_batches(long batches)
    {
        double[] factors = Factors(new MinibatchKl(), batches, 3, 1);
        factors.Average().Should().BeApproximately(1, 1e-12);
        factors.Zip(factors.Skip(1)).All(pair => pair.First >= pair.Second).Should().BeTrue("the first batches weigh most");
        factors[0].Should().BeApproximately(batches * Math.Pow(2, batches - 1 - batches) / (1 - Math.Pow(2, -batches)), 1e-9 * batches);
        if (batches > 1)
            factors[1].Should().BeApproximately(factors[0] / 2, 1e-12 * batches, "each is half of the one before");
    }

    [Fact]
    public void A_warm_up_rises_linearly_and_stays_at_1()
    {
        var schedule = LinearWarmUpKl.OverEpochs(2, start: 0.2);
        double[] factors = [.. Enumerable.Range(0, 4).SelectMany(epoch => Factors(schedule, 2, 4, epoch))];
        double[] expected = [0.2, 0.4, 0.6, 0.8, 1, 1, 1, 1];
        foreach (var (found, wanted) in factors.Zip(expected))
            found.Should().BeApproximately(wanted, 1e-12);
        Factors(LinearWarmUpKl.OverSteps(4, start: 0.2), 8, 1, 0).Should().Equal(factors);
    }

    [Fact]
    public void Cycles_begin_at_0_and_end_at_1()
    {
        double[] factors = Factors(new CyclicalKl(cycles: 2, rise: 0.5), 16, 1, 0);
        double[] cycle = [0, 0.25, 0.5, 0.75, 1, 1, 1, 1];
        factors.Should().Equal([.. cycle, .. cycle]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(9)]
    public void In_short_training_the_KL_divergence_still_counts(int steps)
    {
        double[] factors = Factors(new CyclicalKl(cycles: 4), steps, 1, 0);
        factors.Average().Should().BeGreaterThan(0.25);
        if (steps > 4)
            factors[0].Should().Be(0);
    }

    [Fact]
    public void Numbers_outside_their_range_are_refused()
    {
        foreach (var make in new Func<KlSchedule>[]
        {
            () => new ConstantKl(-1), () => new ConstantKl(double.NaN), () => LinearWarmUpKl.OverEpochs(0),
            () => LinearWarmUpKl.OverEpochs(double.PositiveInfinity), () => LinearWarmUpKl.OverSteps(0),
            () => LinearWarmUpKl.OverEpochs(1, start: -0.1), () => LinearWarmUpKl.OverSteps(1, start: 2), () => new CyclicalKl(cycles: 0),
            () => new CyclicalKl(rise: 0), () => new CyclicalKl(rise: 1.1),
        })
            make.Should().Throw<ArgumentOutOfRangeException>().WithMessage("* is *; expected *");
    }
}
