using System.Globalization;
using System.Text.RegularExpressions;
using Bayes.Layers.Evaluation;

namespace Bayes.Layers.Tests.Guides;

/// <summary>The programs of docs/getting-started.md do what the guide says.</summary>
public sealed class GettingStartedTests : TorchTest
{
    [Fact]
    public void The_program_classifies_is_calibrated_flags_unseen_inputs_and_shares_its_model()
    {
        using var folder = new WorkingFolder();
        var programs = DocumentedExamples.ProgramsOf("docs/getting-started.md");
        programs.Should().HaveCount(2);
        double[]? mean = null;
        programs[0].Run(["prediction", "tested", "failed", "test", "scaling", "before"], found =>
        {
            var prediction = found.Get<Predictive>("prediction");
            var scaling = found.Get<TemperatureScaling>("scaling");
            mean = Values(prediction.Mean);
            found.Get<double>("before").Should().BeLessThan(0.06);
            scaling.Temperature.Should().BeInRange(0.8, 1.25, "there is nothing to mend");
            double[] unknown = Values(prediction.MutualInformation);
            unknown[2].Should().BeGreaterThan(3 * unknown[0], "in nats, of what the functions disagree on");

            // The output in the guide is from this program; another processor may print other last digits.
            string[] shown =
                [.. DocumentedExamples.BlocksOf("docs/getting-started.md").Where(block => block.Language == "").Select(block => block.Code)];
            shown.Should().HaveCount(3);
            double accuracy = Accuracy.Of(found.Get<Predictive>("tested").Mean, found.Get<Tensor>("failed")[found.Get<Tensor>("test")]);
            Number(Regex.Match(shown[0], @"accuracy +([\d.]+)")).Should().BeApproximately(accuracy, 0.02);
            Number(Regex.Match(shown[1], @"temperature ([\d.]+)")).Should().BeApproximately(scaling.Temperature, 0.1);
            for (int i = 0; i < 3; i++)
                Number(Regex.Matches(shown[2], @"P\(fails\) = ([\d.]+)")[i]).Should().BeApproximately(mean[i], 0.03);
        });
        programs[1].Run(["again"], found => Values(found.Get<Predictive>("again").Mean)
            .Should().Equal(mean!, "the same seed draws the same networks"));
    }

    private static double Number(Match match) => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
}
