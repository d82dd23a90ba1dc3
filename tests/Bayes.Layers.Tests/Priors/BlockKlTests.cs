using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Priors;

/// <summary>The KL divergence where no gradient is recorded, which managed code computes, against where one is.</summary>
public sealed class BlockKlTests : TorchTest
{
    private static readonly NormalPrior Prior = new(mean: -0.7, stddev: 2.5);

    // From here on managed code is asked.
    private const int Least = 1 << 8;

    private static void ShouldBeThatOfTorch(Tensor mean, Tensor logVariance, double tolerance)
    {
        var expected = Prior.KlDivergence(new MeanFieldNormal(new Parameter(mean.clone()), new Parameter(logVariance.clone())));
        expected.requires_grad.Should().BeTrue();
        var found = Prior.KlDivergence(new MeanFieldNormal(mean, logVariance));
        found.dtype.Should().Be(expected.dtype);
        ShouldBeClose(found, expected, tolerance);
    }

    [Theory]
    [InlineData(ScalarType.Float32, 2e-6)]
    [InlineData(ScalarType.Float64, 1e-14)]
    public void It_matches_torch_for_any_number_of_weights(ScalarType dtype, double tolerance)
    {
        for (int count = Least - 1; count < Least + 35; count++)
            ShouldBeThatOfTorch(randn(count, dtype), randn(count, dtype), tolerance);
        ShouldBeThatOfTorch(randn([400, 60], dtype), randn([400, 60], dtype), tolerance);
        ShouldBeThatOfTorch(randn(1 << 16, dtype), randn(1 << 16, dtype), tolerance);
        ShouldBeThatOfTorch(randn((1 << 20) + 3, dtype), randn((1 << 20) + 3, dtype), tolerance);
    }

    [Theory]
    [InlineData(-300.0)]
    [InlineData(-87.5)]
    [InlineData(87.5)]
    [InlineData(95.0)]
    [InlineData(double.NaN)]
    [InlineData(double.NegativeInfinity)]
    public void Variances_of_any_size_match_torch(double logVariance)
    {
        foreach (var dtype in new[] { float32, float64 })
        {
            Tensor mean = randn(Least + 3, dtype), given = full(Least + 3, logVariance, dtype);
            var posterior = new MeanFieldNormal(new Parameter(mean.clone()), new Parameter(given.clone()));
            double expected = Prior.KlDivergence(posterior).ToDouble(), found = Prior.KlDivergence(new MeanFieldNormal(mean, given)).ToDouble();
            if (double.IsFinite(expected))
                found.Should().BeApproximately(expected, 1e-5 * Math.Abs(expected));
            else
                found.Should().Be(expected);
        }
    }

    [Fact]
    public void Tensors_that_managed_code_cannot_read_are_left_to_torch()
    {
        Tensor mean = randn(160, 150, float64), logVariance = randn(160, 150, float64);
        double expected = Prior.KlDivergence(new MeanFieldNormal(mean, logVariance)).ToDouble();
        Prior.KlDivergence(new MeanFieldNormal(mean.t(), logVariance.t())).ToDouble().Should().BeApproximately(expected, 1e-12 * expected);
        Prior.KlDivergence(new MeanFieldNormal(mean.to(bfloat16), logVariance.to(bfloat16))).ToDouble()
            .Should().BeApproximately(expected, 0.03 * expected);
    }

    [Fact]
    public void Two_calls_agree_to_the_bit_and_leave_no_tensor()
    {
        var posterior = new MeanFieldNormal(randn(3_000_000), randn(3_000_000));
        long before = LiveTensors();
        double first, second;
        using (var divergence = Prior.KlDivergence(posterior))
            first = divergence.ToDouble();
        using (var divergence = Prior.KlDivergence(posterior))
            second = divergence.ToDouble();
        second.Should().Be(first);
        LiveTensors().Should().Be(before);
    }
}
