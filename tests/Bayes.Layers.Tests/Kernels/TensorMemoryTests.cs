using Bayes.Layers.Kernels;

namespace Bayes.Layers.Tests.Kernels;

/// <summary>Tensors whose memory managed code reads and writes in place.</summary>
public sealed class TensorMemoryTests : TorchTest
{
    [Fact]
    public void What_is_written_to_a_slice_is_in_the_tensor()
    {
        using var values = zeros(2, 3);
        values.AsMemory<float>().Slice(2, 3).Fill(7);
        values.AsSpan<float>()[5] = 8;
        Values(values).Should().Equal(0, 0, 7, 7, 7, 8);
    }

    [Theory]
    [InlineData(-1, 2)]
    [InlineData(5, 2)]
    [InlineData(7, 0)]
    [InlineData(0, -1)]
    public void A_slice_that_is_not_within_the_tensor_is_refused(long start, int length)
    {
        using var values = zeros(2, 3);
        FluentActions.Invoking(() => values.AsMemory<float>().Slice(start, length).Length)
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage($"start is {start} for {length} numbers of 6; expected*");
    }

    [Fact]
    public void An_empty_tensor_has_an_empty_span()
    {
        using var values = zeros(0, 3);
        values.AsSpan<float>().Length.Should().Be(0);
        values.AsMemory<float>().Slice(0, 0).Length.Should().Be(0);
    }

    // Of the two gibibytes, the system provides only the pages that are touched.
    [Fact]
    public void A_tensor_above_two_gibibytes_is_read_in_place()
    {
        const long count = (1L << 29) + 64;
        using var values = empty(count);
        values.IsPlain().Should().BeTrue();
        var memory = values.AsMemory<float>();
        memory.Slice(count - 2, 2)[1] = 5;
        memory.Slice(0, 1)[0] = 3;
        using Tensor first = values[0], last = values[count - 1];
        (first.item<float>(), last.item<float>()).Should().Be((3, 5));
    }

    [Fact]
    public void Only_contiguous_tensors_of_the_type_are_plain()
    {
        using Tensor values = zeros(2, 3), turned = values.t(), sparse = values.to_sparse(), classes = zeros(3, int64);
        values.IsPlain().Should().BeTrue();
        values.IsPlain(float32).Should().BeTrue();
        values.IsPlain(float64).Should().BeFalse();
        turned.IsPlain().Should().BeFalse();
        sparse.IsPlain().Should().BeFalse();
        classes.IsPlain().Should().BeFalse();
        classes.IsPlain(int64).Should().BeTrue();
    }

    [Fact]
    public void A_cache_looks_up_another_tensor_and_refuses_a_disposed_one()
    {
        var cache = new TensorMemoryCache<float>();
        using Tensor first = ones(3), doubles = ones(3, float64);
        var second = full(2, 4f);
        cache.TryLookUp(first, float32).Should().BeTrue();
        cache.TryLookUp(second, float32).Should().BeTrue();
        cache.Memory.All.ToArray().Should().Equal(4, 4);
        second.Dispose();
        cache.TryLookUp(second, float32).Should().BeFalse();
        cache.TryLookUp(doubles, float32).Should().BeFalse();
    }
}
