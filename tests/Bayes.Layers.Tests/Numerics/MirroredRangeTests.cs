using Bayes.Layers.Numerics;

namespace Bayes.Layers.Tests.Numerics;

public sealed class MirroredRangeTests : TorchTest
{
    private readonly MirroredRange _range = new(minimum: Math.Exp(-2), maximum: Math.Exp(3));

    [Fact]
    public void Within_the_range_a_logarithm_stands_for_itself()
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
    public void Beyond_an_end_it_comes_back_by_as_much(double log, double expected, double slope)
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
    public void An_end_has_a_gradient_too(double log)
    {
        var given = tensor(log).requires_grad_();
        _range.Mirror(given).backward();
        Math.Abs(given.grad!.ToDouble()).Should().Be(1);
    }

    [Fact]
    public void Only_what_is_between_the_ends_is_within()
    {
        var range = new MirroredRange(0.5, 2);
        new[] { 0.51, 1, 1.99 }.Should().OnlyContain(value => range.Contains(value));
        new[] { 0.5, 2, 3, -1, double.NaN, double.PositiveInfinity }.Should().OnlyContain(value => !range.Contains(value));
    }
}
