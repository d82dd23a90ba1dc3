using Bayes.Layers.Samples.Support.DataSets;

namespace Bayes.Layers.Tests.Samples.DataSets;

public sealed class DigitsDataTests
{
    private const int Pixels = DigitsData.Side * DigitsData.Side;

    private static readonly string Header =
        string.Join(',', from row in Enumerable.Range(0, 8) from column in Enumerable.Range(0, 8) select $"pixel_{row}_{column}") + ",digit";

    // Sums and values of scikit-learn 1.2.1's load_digits.
    [Fact]
    public void It_has_the_images_of_the_original()
    {
        var data = DigitsData.Read();
        data.Rows.Should().Be(1797);
        data.Digits.GroupBy(digit => digit).OrderBy(group => group.Key).Select(group => group.Count())
            .Should().Equal(178, 182, 177, 183, 181, 182, 181, 179, 174, 180);
        data.Digits.Take(10).Should().Equal(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);

        float[] pixels = data.Pixels([.. Enumerable.Range(0, data.Rows)]);
        pixels.Should().HaveCount(1797 * Pixels).And.OnlyContain(pixel => pixel >= 0 && pixel <= 1);
        pixels.Sum(pixel => 16.0 * pixel).Should().Be(561718);
        pixels.Sum(pixel => 256.0 * pixel * pixel).Should().Be(6907012);
    }

    [Fact]
    public void Returns_the_requested_images()
    {
        var data = DigitsData.Read();
        data.Pixels([1796, 0])[..Pixels].Should().Equal(data.Pixels([1796]));
        data.Pixels([1796, 0])[Pixels..].Should().Equal(data.Pixels([0]));
        data.Pixels([0])[..8].Should().Equal(0, 0, 5 / 16f, 13 / 16f, 9 / 16f, 1 / 16f, 0, 0);
    }

    [Fact]
    public void The_attribution_is_that_of_the_data_folder()
    {
        string folder = Path.GetDirectoryName(DigitsData.DefaultPath)!;
        File.ReadAllText(Path.Combine(folder, "README.md")).ReplaceLineEndings(" ").Should().Contain(DigitsAttribution.Text);
    }

    [Theory]
    [InlineData("17", "3", "\"17\" on line 3 in column \"pixel_0_0\", where a whole number from 0 to 16 was expected.")]
    [InlineData("0.5", "3", "\"0.5\" on line 3 in column \"pixel_0_0\", where a whole number from 0 to 16 was expected.")]
    [InlineData("-1", "3", "\"-1\" on line 3 in column \"pixel_0_0\", where a whole number from 0 to 16 was expected.")]
    [InlineData("1", "10", "\"10\" on line 3 in column \"digit\", where a whole number from 0 to 9 was expected.")]
    [InlineData("1", "three", "\"three\" on line 3 in column \"digit\", where a finite number was expected.")]
    public void A_fault_in_another_file_is_reported(string pixel, string digit, string problem)
    {
        string rest = string.Join(',', Enumerable.Repeat("0", Pixels - 1));
        using var file = new TemporaryFile($"{Header}\n0,{rest},0\n{pixel},{rest},{digit}\n");
        FluentActions.Invoking(() => DigitsData.Read(file.Path)).Should().Throw<DataFileException>()
            .WithMessage($"The data file \"{file.Path}\" has {problem}");
    }

    [Fact]
    public void Says_which_column_is_missing_in_another_file()
    {
        using var file = new TemporaryFile("digit\n1\n");
        FluentActions.Invoking(() => DigitsData.Read(file.Path)).Should().Throw<DataFileException>().WithMessage("*has no column \"pixel_0_0\"*");
    }
}
