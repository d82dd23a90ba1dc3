using Bayes.Layers.Kernels;

namespace Bayes.Layers.Tests.Kernels;

public sealed class BlocksTests : TorchTest
{
    private const int Length = (1 << 20) + 5;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Sums_do_not_depend_on_the_number_of_threads(int threads)
    {
        int before = get_num_threads();
        try
        {
            set_num_threads(1);
            double expected = Blocks.Sum(Length, default(RootTerm));
            set_num_threads(threads);
            Blocks.Sum(Length, default(RootTerm)).Should().Be(expected);
        }
        finally
        {
            set_num_threads(before);
        }
    }

    [Fact]
    public void An_exception_on_a_thread_of_torch_reaches_the_caller()
    {
        if (!TorchTeam.IsAvailable)
            return;
        var call = () => TorchTeam.ForEach(100, 2, part => throw new InvalidOperationException($"part {part}"));
        call.Should().Throw<InvalidOperationException>().WithMessage("part *");
        int sum = 0;
        TorchTeam.ForEach(100, 2, part => Interlocked.Add(ref sum, part));
        sum.Should().Be(4_950);
    }

    private readonly struct RootTerm : IBlockTerm
    {
        public double Take(int start, int length)
        {
            double sum = 0;
            for (int i = start; i < start + length; i++)
                sum += Math.Sqrt(i);
            return sum;
        }
    }
}
