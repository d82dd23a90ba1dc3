using Bayes.Layers.Samples.DataSets;

namespace Bayes.Layers.Tests.Samples.DataSets;

public class BreastCancerAttributionTests
{
    [Fact]
    public void The_attribution_matches_the_data_folders()
    {
        string folder = Path.GetDirectoryName(BreastCancerData.DefaultPath)!;
        string readme = File.ReadAllText(Path.Combine(folder, "README.md")).ReplaceLineEndings(" ");

        readme.Should().Contain(BreastCancerAttribution.Text);
    }
}
