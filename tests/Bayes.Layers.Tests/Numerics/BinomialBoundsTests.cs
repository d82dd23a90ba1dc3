using Bayes.Layers.Numerics;

namespace Bayes.Layers.Tests.Numerics;

public sealed class BinomialBoundsTests : TorchTest
{
    /// <summary>At a bound, as many successes or more, or as many or fewer, have half of the probability outside.</summary>
    [Theory]
    [InlineData(1, 0.95)]
    [InlineData(10, 0.95)]
    [InlineData(10, 0.5)]
    [InlineData(137, 0.99)]
    public void The_tails_beyond_the_bounds_are_equal(int trials, double confidence)
    {
        double tail = (1 - confidence) / 2;
        for (int successes = 0; successes <= trials; successes += Math.Max(1, trials / 10))
        {
            var (lower, upper) = BinomialBounds.Of(successes, trials, confidence);
            if (successes == 0)
                lower.Should().Be(0);
            else
                AtLeast(successes, lower).Should().BeApproximately(tail, 1e-10);
            if (successes == trials)
                upper.Should().Be(1);
            else
                (1 - AtLeast(successes + 1, upper)).Should().BeApproximately(tail, 1e-10);
        }

        double AtLeast(int least, double p)
        {
            double sum = 0, mass = Math.Pow(1 - p, trials);
            for (int i = 0; i <= trials; mass *= (trials - i) / (i + 1.0) * p / (1 - p), i++)
                sum += i >= least ? mass : 0;
            return sum;
        }
    }

    [Theory]
    [InlineData(8, 10, 0.44390454, 0.97478927)]
    [InlineData(0, 10, 0, 0.30849710)]
    [InlineData(950, 1000, 0.93460951, 0.96266460)]
    public void Bounds_are_those_of_the_beta_distribution(int successes, int trials, double lower, double upper)
    {
        var found = BinomialBounds.Of(successes, trials, 0.95);
        found.Lower.Should().BeApproximately(lower, 1e-7);
        found.Upper.Should().BeApproximately(upper, 1e-7);
    }
}
