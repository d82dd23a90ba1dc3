using Bayes.Layers.Samples.Support.CommandLine;

namespace Bayes.Layers.Tests.Samples.CommandLine;

public sealed class SimilarTests
{
    [Theory]
    [InlineData("taget", "target")]     // a letter left out
    [InlineData("tarrget", "target")]   // one too many
    [InlineData("tqrget", "target")]    // another
    [InlineData("tragte", "target")]    // two pairs exchanged
    [InlineData("TARGET", "target")]
    [InlineData("radiuss", "radius")]
    public void A_name_with_few_edits_is_found(string typed, string meant) => Similar.To(typed, ["radius", "target", "x"]).Should().Be(meant);

    [Theory]
    [InlineData("texture")]
    [InlineData("")]
    [InlineData("y")]
    public void A_name_with_many_edits_is_not_found(string typed) => Similar.To(typed, ["radius", "target", "x"]).Should().BeNull();

    [Fact]
    public void The_most_similar_name_is_found_and_null_without_candidates() =>
        (Similar.To("mean_radius_", ["mean_radios", "mean_radius"]), Similar.To("a", [])).Should().Be(("mean_radius", null));

    [Fact]
    public void Long_text_is_not_compared() => Similar.To(new string('a', 101), [new string('a', 101)]).Should().BeNull();
}
