using Bayes.Layers.Samples.Support.Running;

namespace Bayes.Layers.Tests.Samples.Running;

public sealed class SeedStreamsTests
{
    [Fact]
    public void Every_purpose_of_every_run_has_its_own_seed()
    {
        string[] purposes = ["initialisation", "training", "shuffling", "evaluation", "maps"];
        var seeds = Enumerable.Range(0, 100).SelectMany(seed => purposes.Select(purpose => SeedStreams.For(seed, purpose))).ToArray();
        seeds.Should().OnlyHaveUniqueItems().And.OnlyContain(seed => seed >= 0);
        SeedStreams.For(8, "training").Should().Be(SeedStreams.For(8, "training"));
    }
}
