using Bayes.Layers.Likelihoods;
using Bayes.Layers.Prediction;

namespace Bayes.Layers.Tests.Modules;

public sealed class MemoryBudgetTests
{
    private const long Mebibyte = 1 << 20;

    [Fact]
    public void The_default_is_at_most_256_MiB() => MemoryBudget.Default.Bytes.Should().BeInRange(Mebibyte, 256 * Mebibyte);

    [Fact]
    public void It_can_be_given_in_MiB_or_as_a_share()
    {
        MemoryBudget.FromMebibytes(3).Bytes.Should().Be(3 * Mebibyte);
        MemoryBudget.FromFreeMemory(1).Bytes.Should().BeGreaterThanOrEqualTo(MemoryBudget.FromFreeMemory(0.25).Bytes)
            .And.BeGreaterThanOrEqualTo(Mebibyte);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    public void Mebibytes_outside_their_range_are_refused(long mebibytes)
    {
        var act = () => MemoryBudget.FromMebibytes(mebibytes);
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage($"mebibytes is {mebibytes}; expected*");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1.5)]
    [InlineData(double.NaN)]
    public void A_share_outside_its_range_is_refused(double share)
    {
        var act = () => MemoryBudget.FromFreeMemory(share);
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage($"share is {share}; expected*");
    }

    [Theory]
    [InlineData(1, 1, 40, 100)]
    [InlineData(100, 250_000, 320, 200)]
    [InlineData(10_000, 10_000, 320, 200)]
    [InlineData(64, 256, 5_400_000, 30_000)]
    [InlineData(10_000, 1, 320, 200)]
    [InlineData(3, 7, 1_000_000_000, 1_000_000_000)]
    public void Blocks_stay_within_the_budget_if_one_draw_and_one_row_fit(int draws, long rows, long bytesPerDraw, long bytesPerRow)
    {
        foreach (int mebibytes in new[] { 1, 16, 256 })
        {
            var sizes = PassSizes.Within(MemoryBudget.FromMebibytes(mebibytes), draws, rows, bytesPerDraw, bytesPerRow);
            sizes.Draws.Should().BeInRange(1, draws);
            sizes.Rows.Should().BeInRange(1, rows);
            long half = mebibytes * Mebibyte / 2;
            if (sizes.Draws > 1)
                (sizes.Draws * bytesPerDraw).Should().BeLessThanOrEqualTo(half);
            if (sizes.Draws * sizes.Rows > 1)
                (sizes.Draws * sizes.Rows * bytesPerRow).Should().BeLessThanOrEqualTo(half);
        }
    }

    [Fact]
    public void With_ample_memory_passes_fit_a_cache()
    {
        var sizes = PassSizes.Within(MemoryBudget.FromMebibytes(256), 100, 250_000, 320, 200);
        (sizes.Draws * sizes.Rows).Should().BeInRange(1 << 14, 1 << 15);
        sizes.Rows.Should().BeGreaterThanOrEqualTo(512);
        PassSizes.Within(MemoryBudget.FromMebibytes(256), 100, 1, 320, 200).Draws.Should().Be(100, "one input takes all draws at once");
    }

    [Fact]
    public void Passes_and_weights_fit_caches_except_on_a_gpu()
    {
        const int draws = 64, perDraw = 2_700_000, perRow = 12_000;
        var budget = MemoryBudget.FromMebibytes(4_096);
        PassSizes.Within(budget, draws, 2_000, perDraw, perRow).Should().Be(new PassSizes(1, 8 * Mebibyte / perRow));
        PassSizes.Within(budget, draws, 2_000, perDraw, perRow, isOnCpu: false).Should().Be(new PassSizes(32, 1_024));
    }

    [Theory]
    [InlineData(100, 250_000, 160, 1)]
    [InlineData(64, 256, 2_700_000, 10)]
    [InlineData(100, 1, 3_000_000, 10)]
    [InlineData(5, 3, 40_000_000, 100_000)]
    public void Managed_passes_stay_within_the_budget_if_one_draw_and_one_row_fit(int draws, long rows, long bytesPerDraw, long outputSize)
    {
        foreach (var (mebibytes, isWorthThreads) in new[] { (1, false), (16, true), (256, true) })
        {
            var sizes = PassSizes.Managed(MemoryBudget.FromMebibytes(mebibytes), draws, rows, bytesPerDraw, outputSize, threads: 2, isWorthThreads);
            sizes.Draws.Should().BeInRange(1, draws);
            sizes.Rows.Should().BeInRange(1, rows);
            long half = mebibytes * Mebibyte / 4;
            if (sizes.Draws > 1)
                (sizes.Draws * bytesPerDraw).Should().BeLessThanOrEqualTo(half);
            if (sizes.Draws * sizes.Rows > 1)
                (sizes.Draws * sizes.Rows * outputSize * sizeof(float)).Should().BeLessThanOrEqualTo(half);
        }
    }

    [Fact]
    public void Draws_of_a_wide_network_are_split_among_threads()
    {
        var budget = MemoryBudget.FromMebibytes(256);
        PassSizes.Managed(budget, 16, 64, 274_000, 10, threads: 2, isWorthThreads: true).Should().Be(new PassSizes(2, 64));
        PassSizes.Managed(budget, 16, 64, 274_000, 10, threads: 1, isWorthThreads: true)
            .Should().Be(new PassSizes(2, 64), "blocks do not depend on the number of threads");
        PassSizes.Managed(budget, 16, 64, 274_000, 10, threads: 2, isWorthThreads: false)
            .Should().Be(new PassSizes(15, 64), "little work is best done at once");
        PassSizes.Managed(budget, 16, 64, 200, 1, threads: 2, isWorthThreads: true).Draws.Should().Be(16,
            "summing up takes as long as a small network's passes");
    }

    [Fact]
    public void Threads_share_the_budget()
    {
        var sizes = PassSizes.Within(MemoryBudget.FromMebibytes(16), 100, 1, 100_000, 200, threads: 4);
        (sizes.Draws * 100_000).Should().BeInRange(1_000_000, 16 * (int)Mebibyte / 4 / 2);
    }

    [Theory]
    [InlineData(8, 1, false)]
    [InlineData(64, 2, false)]
    [InlineData(400, 3, true)]
    public void Weights_of_all_threads_and_sigma_fit_the_budget(int mebibytes, int threads, bool keepsStddevs)
    {
        // 4 million weights take 16 MB a draw, and sigma as much.
        using var model = new BayesianSequential(new BayesianLinear(2_000, 2_000), nn.LayerNorm(2_000));
        model.eval();
        int before = get_num_threads();
        set_num_threads(3);
        try
        {
            using var functions = FunctionDistribution.Of(model).Prepare(zeros(4, 2_000), new DrawRequest(0, 20, 0, MemoryBudget.Default));
            var plan = PredictionPlan.Of(functions, new GaussianLikelihood(1), rows: 4, 20, MemoryBudget.FromMebibytes(mebibytes));
            plan.DrawingThreads.Should().Be(threads);
            plan.Threads.Should().Be(threads == 1 ? 1 : 3);
            plan.SharesNumbers.Should().Be(keepsStddevs);
            plan.Sizes.Draws.Should().Be(1);
        }
        finally
        {
            set_num_threads(before);
        }
    }

    [Theory]
    [InlineData(1, 131, 60)]
    [InlineData(16, 2_097, 1_000)]
    [InlineData(256, 5_000, 4_999)]
    public void Half_of_the_budget_is_for_the_fronts_output(int mebibytes, long most, long moreThan)
    {
        using var model = new BayesianSequential(nn.Linear(10, 1_000), new BayesianLinear(1_000, 2));
        model.eval();
        using var functions = FunctionDistribution.Of(model).Prepare(zeros(5_000, 10), new DrawRequest(0, 20, 0, MemoryBudget.Default));
        var plan = PredictionPlan.Of(functions, new GaussianLikelihood(1), rows: 5_000, 20, MemoryBudget.FromMebibytes(mebibytes));
        functions.Front!.BytesKeptPerRow.Should().Be(4_000);
        plan.RowsKept.Should().BeInRange(moreThan + 1, most);
        (plan.RowsKept * 4_000).Should().BeLessThanOrEqualTo(mebibytes * Mebibyte / 2);
        if (plan.RowsKept < 5_000)
            (plan.RowsKept % plan.FrontRowsPerPass).Should().Be(0);
        plan.Sizes.Rows.Should().BeLessThanOrEqualTo(plan.RowsKept);
    }

    [Fact]
    public void The_minimum_is_one_mebibyte() => MemoryBudget.FromFreeMemory(1e-12).Bytes.Should().Be(1 << 20);
}
