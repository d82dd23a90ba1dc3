using System.Globalization;
using System.Text.RegularExpressions;
using Bayes.Layers.Conversion;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests;

/// <summary>The first programs that a reader sees do what the text beside them says.</summary>
public sealed partial class ReadmeTests : TorchTest
{
    [Fact]
    public void The_README_has_one_program_of_at_most_fifteen_lines() =>
        DocumentedExamples.ProgramsOf("README.md").Single().Files.Single().TrimEnd().Split('\n').Should().HaveCountLessThanOrEqualTo(15);

    [Fact]
    public void The_program_of_the_README_prints_narrow_intervals_at_the_data_and_wide_ones_elsewhere()
    {
        string printed = DocumentedExamples.ProgramsOf("README.md").Single().Run();
        var (near, far) = (Intervals(printed)[0], Intervals(printed)[1]);
        near.Mean.Should().BeApproximately(0.8, 0.15, "this is the true value");
        (near.High - near.Low).Should().BeApproximately(2 * 1.96 * 0.15, 0.15, "the noise is known there");
        (far.High - far.Low).Should().BeGreaterThan(5 * (near.High - near.Low));
        far.Low.Should().BeLessThan(3.8).And.BeGreaterThan(-10);
        far.High.Should().BeGreaterThan(3.8, "the interval contains the true value");

        // Other processors print other digits; the README's are of the same kind.
        var shown = Intervals(DocumentedExamples.TextOf("README.md"));
        shown[0].Mean.Should().BeApproximately(near.Mean, 0.15);
        (shown[1].High - shown[1].Low).Should().BeGreaterThan(5 * (shown[0].High - shown[0].Low));
    }

    [Fact]
    public void The_page_about_two_kinds_of_uncertainty_shows_both()
    {
        string printed = DocumentedExamples.ProgramsOf("docs/why-uncertainty.md").Single().Run();
        var found = Kinds().Matches(printed).Select(match => (Aleatoric: Number(match.Groups[1]), Epistemic: Number(match.Groups[2]))).ToArray();
        found.Should().HaveCount(3);
        found[0].Aleatoric.Should().BeApproximately(0.1, 0.06);
        found[1].Aleatoric.Should().BeApproximately(0.7, 0.2);
        found[1].Epistemic.Should().BeLessThan(0.3 * found[1].Aleatoric);
        found[2].Epistemic.Should().BeGreaterThan(3 * found[1].Epistemic);
    }

    [Fact]
    public void The_page_about_checking_separates_the_kinds_of_uncertainty() =>
        DocumentedExamples.ProgramsOf("docs/checking.md").Single().Run(
            ["total", "aleatoric", "epistemic", "density", "error", "lower", "upper"], found =>
            {
                Tensor Of(string name) => found.Get<Tensor>(name);
                ShouldBeClose(Of("total"), Of("aleatoric") + Of("epistemic"), 1e-6);
                Values(Of("upper") - Of("lower")).Should().OnlyContain(width => width > 0);
                Values(Of("error")).Should().OnlyContain(value => value > 0 && value < 0.1);
                Of("density").shape.Should().Equal(400);
            });

    [Fact]
    public void Draws_of_two_machines_merge_to_those_of_one() =>
        DocumentedExamples.ProgramsOf("docs/scaling.md").Single().Run(["all", "merged"], found =>
            ShouldBeClose(found.Get<Predictive>("merged").Mean, found.Get<Predictive>("all").Mean, 1e-6));

    [Fact]
    public void The_page_about_own_networks_makes_a_network_Bayesian_with_calibrated_intervals() =>
        DocumentedExamples.ProgramsOf("docs/your-own-network.md")[0].Run(
            ["history", "curve", "mean", "testInputs", "testTargets", "low", "high"], Check);

    private static void Check(DocumentedProgram.Variables found)
    {
        Tensor inputs = found.Get<Tensor>("testInputs"), targets = found.Get<Tensor>("testTargets");
        var curve = found.Get<IReadOnlyList<PruningPoint>>("curve");
        found.Get<TrainingHistory>("history").Epochs.Should().NotBeEmpty();
        var mean = found.Get<nn.Module<Tensor, Tensor>>("mean");
        curve[0].Value.Should().BeApproximately((mean.forward(inputs) - targets).square().mean().ToDouble(), 1e-5);
        curve[^1].Value.Should().BeGreaterThan(curve[0].Value);
        targets.ge(found.Get<Tensor>("low")).logical_and(targets.le(found.Get<Tensor>("high"))).to(float64).mean().ToDouble()
            .Should().BeInRange(0.85, 1);
    }

    private static IReadOnlyList<(double Mean, double Low, double High)> Intervals(string text) =>
        [.. Interval().Matches(text).Select(match => (Number(match.Groups[1]), Number(match.Groups[2]), Number(match.Groups[3])))];

    private static double Number(Group group) => double.Parse(group.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(-?[\d.]+) kWh, with 95 % probability (-?[\d.]+) to (-?[\d.]+)")]
    private static partial Regex Interval();

    [GeneratedRegex(@"aleatoric ([\d.]+), epistemic ([\d.]+)")]
    private static partial Regex Kinds();
}
