using Bayes.Layers.Samples.Support.DataSets;

namespace Bayes.Layers.Tests.Samples.DataSets;

public class BreastCancerDataTests
{
    private const double Tolerance = 1e-12;

    [Fact]
    public void It_has_the_rows_and_classes_of_the_original()
    {
        var data = BreastCancerData.Read();

        data.Rows.Should().Be(BreastCancerGolden.Rows);
        data.Benign.Should().Be(BreastCancerGolden.Benign);
        data.Malignant.Should().Be(BreastCancerGolden.Rows - BreastCancerGolden.Benign);
        data.Targets().Sum().Should().Be(BreastCancerGolden.Benign);
    }

    [Fact]
    public void It_has_the_mean_and_deviation_of_the_original_in_every_column()
    {
        var table = NumericTable.Read(BreastCancerData.DefaultPath);
        var names = table.ColumnNames.Take(BreastCancerGolden.Features).ToArray();

        var standardizer = Standardizer.Fit(names, table.Select(names));

        for (var column = 0; column < names.Length; column++)
        {
            ShouldBeClose(standardizer.Means[column], BreastCancerGolden.Means[column]);
            ShouldBeClose(standardizer.StandardDeviations[column], BreastCancerGolden.StandardDeviations[column]);
        }
    }

    [Fact]
    public void Standardises_the_two_features_like_scikit_learn()
    {
        var features = BreastCancerData.Read().Features();
        var expected = BreastCancerGolden.FirstThreeScaledRows;

        for (var row = 0; row < expected.Length; row++)
        {
            features[row, 0].Should().BeApproximately(expected[row][0], Tolerance);
            features[row, 1].Should().BeApproximately(expected[row][1], Tolerance);
        }
    }

    [Fact]
    public void Returns_the_requested_rows()
    {
        var data = BreastCancerData.Read();
        var features = data.Features();

        data.Features([568, 0]).Should().BeEquivalentTo(
            new[,] { { features[568, 0], features[568, 1] }, { features[0, 0], features[0, 1] } });
        data.Targets([568, 0]).Should().Equal(1, 0);
    }

    [Fact]
    public void Returns_copies_so_that_the_data_do_not_change()
    {
        var data = BreastCancerData.Read();
        var first = data.Features()[0, 0];

        data.Features()[0, 0] = 99;
        data.Targets()[0] = 99;

        (data.Features()[0, 0], data.Targets()[0]).Should().Be((first, 0.0));
    }

    [Fact]
    public void Another_file_is_read_with_columns_in_any_order()
    {
        using var file = new TemporaryFile("target,mean_texture,mean_radius\n1,10,2\n0,30,4\n");

        var data = BreastCancerData.Read(file.Path);

        data.Features().Should().BeEquivalentTo(new double[,] { { -1, -1 }, { 1, 1 } });
        data.Targets().Should().Equal(1, 0);
        data.Standardizer.Means.Should().Equal(3, 20);
    }

    [Theory]
    [InlineData("1\n2,20,2", "has \"2\" on line 3 in column \"target\", "
        + "where 1 (benign) or 0 (malignant) was expected.")]
    [InlineData("0.5\n2,20,1", "has \"0.5\" on line 2 in column \"target\", *")]
    [InlineData("1\n1,20,0", "has a column \"mean_radius\" that cannot be standardised, "
        + "because it has the same value in every row.")]
    [InlineData("yes\n2,20,0", "has \"yes\" on line 2 in column \"target\", where a finite number was expected.")]
    public void A_fault_in_another_file_is_reported(string fromFirstTarget, string problem)
    {
        using var file = new TemporaryFile($"mean_radius,mean_texture,target\n1,10,{fromFirstTarget}\n");

        FluentActions.Invoking(() => BreastCancerData.Read(file.Path)).Should().Throw<DataFileException>()
            .WithMessage($"The data file \"{file.Path}\" {problem}");
    }

    [Theory]
    [InlineData("mean_texture,target", "mean_radius")]
    [InlineData("mean_radius,target", "mean_texture")]
    [InlineData("mean_radius,mean_texture", "target")]
    public void Says_which_column_is_missing_in_another_file(string header, string lacking)
    {
        using var file = new TemporaryFile($"{header}\n1,1\n2,0\n");

        FluentActions.Invoking(() => BreastCancerData.Read(file.Path)).Should().Throw<DataFileException>()
            .WithMessage($"*has no column \"{lacking}\" on line 1, only *");
    }

    [Fact]
    public void Other_columns_of_another_file_may_contain_text()
    {
        using var file = new TemporaryFile("id,mean_texture,diagnosis,target,mean_radius\nx1,1,M,0,3\nx2,2,B,1,5\n");

        var data = BreastCancerData.Read(file.Path);

        data.Targets().Should().Equal(0, 1);
        data.Standardizer.Means.Should().Equal(4, 1.5);
    }

    [Fact]
    public void A_missing_column_is_reported_before_text_in_another_and_with_a_similar_name()
    {
        using var file = new TemporaryFile("id,mean_radius,mean_texture,Target\nx1,1,2,0\n");

        FluentActions.Invoking(() => BreastCancerData.Read(file.Path)).Should().Throw<DataFileException>().WithMessage(
            "*has no column \"target\" (did you mean \"Target\"?) on line 1, only \"id\", \"mean_radius\", \"mean_texture\", \"Target\".");
    }

    private static void ShouldBeClose(double actual, double expected) =>
        actual.Should().BeApproximately(expected, Tolerance * Math.Abs(expected));
}
