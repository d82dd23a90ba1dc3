using Bayes.Layers.Estimators;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Guides;

/// <summary>The programs of docs/attention.md do what the page says.</summary>
public sealed class AttentionGuideTests : TorchTest
{
    [Fact]
    public void The_reader_knows_the_order_and_a_network_that_counts_words_does_not()
    {
        var programs = DocumentedExamples.ProgramsOf("docs/attention.md");
        programs.Should().HaveCount(2);
        programs[0].Files.Single().Split('\n').Count(line => line.Trim().Length > 0).Should().BeLessThan(60);
        string[] shown = programs[0].Run().Split('\n');
        Share(shown[0]).Should().BeGreaterThan(0.97);
        Share(shown[1]).Should().BeInRange(0.6, 0.85);

        static double Share(string line) => double.Parse(new string([.. line.Where(char.IsDigit)])) / 100;
    }

    [Fact]
    public void TorchSharps_encoder_becomes_Bayesian_and_plain_again() => DocumentedExamples.ProgramsOf("docs/attention.md")[1].Run(
        ["plain", "model", "batchFirst", "back"], found =>
        {
            var plain = found.Get<TransformerEncoder>("plain");
            plain.eval();
            var input = randn(5, 3, 16);
            var expected = plain.call(input);
            var back = found.Get<TransformerEncoder>("back");
            back.eval();
            ShouldBeClose(back.call(input), expected, 1e-5);
            var batchFirst = found.Get<BayesianSequential>("batchFirst");
            batchFirst.eval();
            ShouldBeClose(batchFirst.Sample(input.transpose(0, 1), PosteriorMean.Instance)[0].transpose(0, 1), expected, 1e-5);
        });
}
