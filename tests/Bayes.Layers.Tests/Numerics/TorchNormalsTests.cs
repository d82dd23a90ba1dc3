using Bayes.Layers.Numerics;

namespace Bayes.Layers.Tests.Numerics;

/// <summary>Noise of large tensors, which managed code may make, is that of torch's generator to the bit.</summary>
public sealed class TorchNormalsTests : TorchTest
{
    [Theory]
    [InlineData(1 << 12)]
    [InlineData(5_003)]
    [InlineData((1 << 18) + 7)]
    public void A_seed_gives_the_numbers_of_torch(int length)
    {
        using var generator = new Generator(7);
        using var noise = new TorchNoise(7);
        for (int i = 0; i < 3; i++)
        {
            noise.StandardNormal([length], float32, CPU).bytes.SequenceEqual(randn(length, float32, generator: generator).bytes).Should().BeTrue();
            // Small tensors and other types are torch's: both move one stream on.
            noise.StandardNormal([21], float32, CPU).bytes.SequenceEqual(randn(21, float32, generator: generator).bytes).Should().BeTrue();
            noise.StandardNormal([4_100], float64, CPU).bytes.SequenceEqual(randn(4_100, float64, generator: generator).bytes).Should().BeTrue();
        }
    }

    [Fact]
    public void The_global_stream_is_that_of_torch()
    {
        random.manual_seed(19);
        Tensor[] expected = [randn(5_000), randn(3), randn(6_000)];
        random.manual_seed(19);
        foreach (var each in expected)
            TorchNoise.Global.StandardNormal(each.shape, float32, CPU).bytes.SequenceEqual(each.bytes).Should().BeTrue();
    }

    [Fact]
    public void Numbers_do_not_depend_on_the_number_of_threads()
    {
        using TorchNoise noise = new(3), same = new(3);
        int before = get_num_threads();
        try
        {
            set_num_threads(1);
            var expected = noise.StandardNormal([1 << 19], float32, CPU);
            set_num_threads(3);
            same.StandardNormal([1 << 19], float32, CPU).bytes.SequenceEqual(expected.bytes).Should().BeTrue();
        }
        finally
        {
            set_num_threads(before);
        }
    }

    [Fact]
    public void Signs_are_those_of_the_numbers()
    {
        using TorchNoise noise = new(3), same = new(3);
        var signs = noise.Signs([5, 1_001], float32, CPU);
        var numbers = same.StandardNormal([5, 1_001], float32, CPU);
        ShouldBeClose(signs, numbers.ge(0).to(float32) * 2 - 1, 0);
    }
}
