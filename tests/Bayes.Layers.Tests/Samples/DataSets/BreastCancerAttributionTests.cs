using Bayes.Layers.Samples.Support.DataSets;

namespace Bayes.Layers.Tests.Samples.DataSets;

public class BreastCancerAttributionTests
{
    [Fact]
    public void Is_that_of_the_folder_of_the_data()
    {
        string folder = Path.GetDirectoryName(BreastCancerData.DefaultPath)!;
        string readme = File.ReadAllText(Path.Combine(folder, "README.md")).ReplaceLineEndings(" ");

        readme.Should().Contain(BreastCancerAttribution.Text);
    }
}
