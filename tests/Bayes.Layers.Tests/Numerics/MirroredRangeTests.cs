using Bayes.Layers.Numerics;

namespace Bayes.Layers.Tests.Numerics;

public sealed class MirroredRangeTests : TorchTest
{
    private readonly MirroredRange _range = new(minimum: Math.Exp(-2), maximum: Math.Exp(3));

    [Fact]
    public void A_logarithm_within_the_range_is_unchanged()
    {
        var logs = linspace(-1.999, 2.999, 50, float64);
        ShouldBeClose(_range.Mirror(logs), logs, 1e-14);
        ShouldBeClose(_range.Slope(logs), ones(50, float64), 0);
    }

    [Theory]
    [InlineData(3.5, 2.5, -1)]
    [InlineData(-3, -1, -1)]
    [InlineData(8.5, -1.5, 1)]
    [InlineData(-7.5, 2.5, 1)]
    [InlineData(1000, 0, 1)]
    public void A_logarithm_outside_the_range_is_mirrored_at_its_end(double log, double expected, double slope)
    {
        var given = tensor(log).requires_grad_();
        var mirrored = _range.Mirror(given);
        mirrored.ToDouble().Should().BeApproximately(expected, 1e-12);
        mirrored.backward();
        given.grad!.ToDouble().Should().Be(slope);
        _range.Slope(given).ToDouble().Should().Be(slope);
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(3)]
    public void An_end_of_the_range_has_a_gradient(double log)
    {
        var given = tensor(log).requires_grad_();
        _range.Mirror(given).backward();
        Math.Abs(given.grad!.ToDouble()).Should().Be(1);
    }

    [Fact]
    public void Only_numbers_between_the_ends_are_within()
    {
        var range = new MirroredRange(0.5, 2);
        new[] { 0.51, 1, 1.99 }.Should().OnlyContain(value => range.Contains(value));
        new[] { 0.5, 2, 3, -1, double.NaN, double.PositiveInfinity }.Should().OnlyContain(value => !range.Contains(value));
    }
}
