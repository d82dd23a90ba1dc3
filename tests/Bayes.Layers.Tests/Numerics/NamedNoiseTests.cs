using Bayes.Layers.Numerics;

namespace Bayes.Layers.Tests.Numerics;

public sealed class NamedNoiseTests : TorchTest
{
    private static Tensor Noise(int first, int draws, params long[] shape) => NamedNoise.StandardNormal(3, 77, first, draws, shape, float32, CPU);

    [Theory]
    [InlineData(1)]
    [InlineData(37)]
    [InlineData(40_001)]
    public void Weights_are_a_product_and_a_sum_of_the_noise_to_the_bit(long size)
    {
        Tensor mean = randn(size), stddev = rand(size).add(0.1);
        var weights = NamedNoise.Normal(3, 77, 5, 4, mean, stddev);
        ShouldBeClose(weights, Noise(5, 4, size).mul(stddev).add(mean), 0);
        var spread = stack([mean, mean], 1).select(1, 0);
        spread.is_contiguous().Should().Be(size == 1);
        ShouldBeClose(NamedNoise.Normal(3, 77, 5, 4, spread, stddev), weights, 0);
        ShouldBeClose(NamedNoise.Normal(3, 77, 5, 4, mean.to(float64), stddev.to(float64)), weights.to(float64), 1e-6);
    }

    [Fact]
    public void The_number_of_threads_changes_nothing()
    {
        var one = Noise(0, 3, 40_001);
        set_num_threads(3);
        try
        {
            ShouldBeClose(Noise(0, 3, 40_001), one, 0);
        }
        finally
        {
            set_num_threads(1);
        }
    }
}
