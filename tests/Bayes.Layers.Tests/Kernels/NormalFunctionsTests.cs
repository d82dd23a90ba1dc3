using System.Numerics;
using Bayes.Layers.Kernels;

namespace Bayes.Layers.Tests.Kernels;

/// <summary>The normal distribution function, and quantiles of mixtures of normal distributions.</summary>
public sealed class NormalFunctionsTests : TorchTest
{
    private static (double Cumulative, double Density) Of(double z)
    {
        var (cumulative, density) = NormalFunctions.Of(new Vector<double>(z));
        return (cumulative[0], density[0]);
    }

    [Fact]
    public void The_distribution_function_matches_torch()
    {
        var z = linspace(-12, 12, 4_001, float64);
        double[] expected = special.ndtr(z).data<double>().ToArray(), numbers = z.data<double>().ToArray();
        for (int i = 0; i < numbers.Length; i++)
        {
            var (cumulative, density) = Of(numbers[i]);
            cumulative.Should().BeApproximately(expected[i], 1e-15 + 1e-12 * Math.Min(expected[i], 1e-3));
            density.Should().BeApproximately(Math.Exp(-numbers[i] * numbers[i] / 2) / Math.Sqrt(2 * Math.PI), 1e-15);
        }
    }

    [Fact]
    public void The_ends_are_zero_and_one_and_NaN_stays()
    {
        Of(double.NegativeInfinity).Should().Be((0, 0));
        Of(double.PositiveInfinity).Should().Be((1, 0));
        Of(0).Cumulative.Should().Be(0.5);
        Of(double.NaN).Cumulative.Should().Be(double.NaN);
    }

    /// <summary>Means, and standard deviations.</summary>
    public static TheoryData<double[], double[]> Mixtures => new()
    {
        { [1.5], [0.3] }, { [0, 0, 0], [1, 1, 1] }, { [-1, 0.5, 3], [0.1, 2, 0.7] }, { [0, 1_000], [1, 1] },
        { [0, 1, 2, 3, 4], [1e-6, 1e-6, 1e-6, 1e-6, 1e-6] },
        { [1e8, 1e8 + 1], [1e-3, 1e-3] }, { [-1e-20, 1e-20], [1e-19, 1e-19] }, { [0, 0], [1e-10, 1e10] },
    };

    [Theory]
    [MemberData(nameof(Mixtures))]
    public void A_quantile_is_where_the_distribution_function_reaches_the_level(double[] means, double[] stddevs)
    {
        var mixture = new NormalMixture(means.Length);
        mixture.Set(means, stddevs);
        foreach (double level in new[] { 1e-6, 0.025, 0.05, 0.3, 0.5, 0.55, 0.95, 0.999 })
        {
            double standard = special.ndtri(tensor(level, float64)).item<double>(), quantile = mixture.Quantile(level, standard);
            // The function crosses the level within a few steps of the last digits.
            double width = 1e-12 * Math.Max(Math.Abs(quantile), stddevs.Min());
            Cumulative(quantile - width).Should().BeLessThanOrEqualTo(level + 1e-14);
            Cumulative(quantile + width).Should().BeGreaterThanOrEqualTo(level - 1e-14);
        }

        double Cumulative(double value) => means.Zip(stddevs, (mean, stddev) => Of((value - mean) / stddev).Cumulative).Average();
    }

    [Fact]
    public void NaN_and_infinities_give_what_they_are()
    {
        var mixture = new NormalMixture(2);
        mixture.Set([0, double.NaN], [1, 1]);
        mixture.Quantile(0.3, -0.52).Should().Be(double.NaN);
        mixture.Set([double.PositiveInfinity, double.PositiveInfinity], [1, 1]);
        mixture.Quantile(0.3, -0.52).Should().Be(double.PositiveInfinity);
        mixture.Set([double.NegativeInfinity, double.PositiveInfinity], [1, 1]);
        mixture.Quantile(0.3, -0.52).Should().Be(double.NaN);
    }
}
