using Bayes.Layers.Samples.Support.DataSets;

namespace Bayes.Layers.Tests.Samples.DataSets;

public class BreastCancerAttributionTests
{
    [Fact]
    public void The_attribution_is_that_of_the_data_folder()
    {
        string folder = Path.GetDirectoryName(BreastCancerData.DefaultPath)!;
        string readme = File.ReadAllText(Path.Combine(folder, "README.md")).ReplaceLineEndings(" ");

        readme.Should().Contain(BreastCancerAttribution.Text);
    }
}
