using Bayes.Layers.Samples.Support.DataSets;

namespace Bayes.Layers.Tests.Samples.DataSets;

public class StandardizerTests
{
    private static readonly string[] Names = ["a", "b"];

    [Fact]
    public void Divides_by_the_number_of_rows()
    {
        var standardizer = Standardizer.Fit(Names, new double[,] { { 1, 10 }, { 3, 40 } });

        standardizer.Means.Should().Equal(2, 25);
        standardizer.StandardDeviations.Should().Equal(1, 15);
    }

    [Fact]
    public void Returns_columns_with_mean_0_and_population_variance_1()
    {
        var random = new Random(1);
        var values = new double[200, 2];
        for (var row = 0; row < 200; row++)
            (values[row, 0], values[row, 1]) = (1e6 + random.NextDouble(), -3 * random.NextDouble());

        var standardized = Standardizer.Fit(Names, values).Transform(values);

        for (var column = 0; column < 2; column++)
        {
            var results = Enumerable.Range(0, 200).Select(row => standardized[row, column]).ToArray();
            results.Average().Should().BeApproximately(0, 1e-8);
            results.Average(result => result * result).Should().BeApproximately(1, 1e-8);
        }
    }

    [Fact]
    public void Scales_other_rows_by_the_fitted_columns_and_keeps_the_input()
    {
        var standardizer = Standardizer.Fit(Names, new double[,] { { 1, 10 }, { 3, 40 } });
        var others = new double[,] { { 5, 25 } };

        standardizer.Transform(others).Should().BeEquivalentTo(new double[,] { { 3, 0 } });
        others.Should().BeEquivalentTo(new double[,] { { 5, 25 } });
    }

    [Theory]
    [InlineData(0.1, 0.1, 0.1, "it has the same value in every row")]
    [InlineData(1e308, -1e308, 1e308, "its values are too large or too close together")]
    [InlineData(1e-200, 2e-200, 3e-200, "its values are too large or too close together")]
    public void Names_a_column_that_cannot_be_scaled(double first, double second, double third, string reason)
    {
        var values = new[,] { { 1, first }, { 2, second }, { 3, third } };

        FluentActions.Invoking(() => Standardizer.Fit(Names, values)).Should().Throw<CannotStandardizeException>()
            .WithMessage($"The column \"b\" cannot be standardised, because {reason}.");
    }

    [Fact]
    public void Refuses_a_table_of_another_shape()
    {
        var standardizer = Standardizer.Fit(Names, new double[,] { { 1, 10 }, { 3, 40 } });

        FluentActions.Invoking(() => standardizer.Transform(new double[1, 3])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => Standardizer.Fit(Names, new double[1, 3])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => Standardizer.Fit(Names, new double[0, 2])).Should().Throw<ArgumentException>();
    }
}
