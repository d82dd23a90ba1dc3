using Bayes.Layers.Uncertainty.Uci;

namespace Bayes.Layers.Tests.Uncertainty;

public sealed class PublishedResultsTests
{
    [Fact]
    public void The_best_numbers_are_those_of_the_table()
    {
        PublishedResults.Of("boston", "MC_dropout_2018").Should().Be((2.9, -2.4));
        PublishedResults.Of("yacht", "deep_ensembles").Should().Be((1.58, -1.18));
        PublishedResults.Of("naval", "refined_VI").Should().Be((null, 6.33));
        PublishedResults.Of("kin8nm", "SVGP").Should().Be((null, null));
        PublishedResults.Of("mine", "VI").Should().Be((null, null));
    }

    [Fact]
    public void Sources_and_caveats_say_what_the_numbers_are()
    {
        PublishedResults.Sources.Should().Contain(source => source.Methods == "deep ensembles" && source.Source.Contains("standard deviations"))
            .And.Contain(source => source.Methods == "SVGP, DGP" && source.Source.Contains("other splits"));
        PublishedResults.Caveats.Should().HaveCount(2);
    }
}
