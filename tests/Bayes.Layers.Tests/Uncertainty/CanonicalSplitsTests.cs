using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Bayes.Layers.Uncertainty.Uci;

namespace Bayes.Layers.Tests.Uncertainty;

public sealed class CanonicalSplitsTests
{
    [Theory]
    [InlineData(768)]
    [InlineData(1599)]
    public void The_splits_are_those_of_the_literature(int rows)
    {
        using var golden = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Golden", "golden-uci-splits.json")));
        var expected = golden.RootElement.GetProperty("sizes").GetProperty($"{rows}").EnumerateArray().ToArray();
        expected.Should().HaveCount(CanonicalSplits.Count);
        foreach (var (split, known) in CanonicalSplits.Of(rows, seed: 1).Zip(expected))
        {
            split.Test.Take(6).Should().Equal(known.GetProperty("first_test").EnumerateArray().Select(index => index.GetInt32()));
            Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Join(',', split.Test))))
                .Should().Be(known.GetProperty("sha256_of_test").GetString());
        }
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(20, 18)]
    [InlineData(45, 41)]
    [InlineData(506, 455)]
    [InlineData(45730, 41157)]
    public void Nine_tenths_train_and_each_row_is_in_one_part(int rows, int train)
    {
        var split = CanonicalSplits.Of(rows, seed: 1).First();
        split.Train.Should().HaveCount(train);
        split.Train.Concat(split.Test).Order().Should().Equal(Enumerable.Range(0, rows));
    }

    [Fact]
    public void Another_seed_gives_other_splits() =>
        CanonicalSplits.Of(100, seed: 2).First().Test.Should().NotEqual(CanonicalSplits.Of(100, seed: 1).First().Test);

    [Fact]
    public void Only_protein_has_five_splits() =>
        new[] { "boston", "protein", "wine" }.Select(CanonicalSplits.CountOf).Should().Equal(20, 5, 20);
}
