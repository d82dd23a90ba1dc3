using Bayes.Layers.Conversion;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests;

/// <summary>The README's programs do what it says.</summary>
public sealed class ReadmeTests : TorchTest
{
    private static readonly IReadOnlyList<DocumentedProgram> Programs = DocumentedExamples.ProgramsOf("README.md");

    [Fact]
    public void The_README_has_three_programs() => Programs.Should().HaveCount(3);

    [Fact]
    public void The_first_example_learns_and_is_uncertain_far_from_the_data() => Programs[0].Run(["prediction"], found =>
    {
        var prediction = found.Get<Predictive>("prediction");
        double[] mean = Values(prediction.Mean), stddev = Values(prediction.EpistemicStddev);
        mean[0].Should().BeGreaterThan(0.9);
        mean[1].Should().BeLessThan(0.1);
        stddev[2].Should().BeGreaterThan(2 * stddev[0], "on the boundary, far from the data, the functions disagree");
    });

    [Fact]
    public void The_second_example_separates_the_kinds_of_uncertainty() =>
        Programs[1].Run(["total", "aleatoric", "epistemic", "density", "error", "lower", "upper", "whole", "merged"], found =>
        {
            Tensor Of(string name) => found.Get<Tensor>(name);
            ShouldBeClose(Of("total"), Of("aleatoric") + Of("epistemic"), 1e-6);
            ShouldBeClose(found.Get<Predictive>("merged").Mean, found.Get<Predictive>("whole").Mean, 1e-6);
            Values(Of("upper") - Of("lower")).Should().OnlyContain(width => width > 0);
            Values(Of("error")).Should().OnlyContain(value => value > 0 && value < 0.1);
            Of("density").shape.Should().Equal(200);
        });

    [Fact]
    public void The_third_example_makes_a_network_Bayesian_with_calibrated_intervals() =>
        Programs[2].Run(["history", "curve", "mean", "testInputs", "testTargets", "low", "high"], found =>
        {
            Tensor inputs = found.Get<Tensor>("testInputs"), targets = found.Get<Tensor>("testTargets");
            var curve = found.Get<IReadOnlyList<PruningPoint>>("curve");
            found.Get<TrainingHistory>("history").Epochs.Should().NotBeEmpty();
            var mean = found.Get<nn.Module<Tensor, Tensor>>("mean");
            curve[0].Value.Should().BeApproximately((mean.forward(inputs) - targets).square().mean().ToDouble(), 1e-5);
            curve[^1].Value.Should().BeGreaterThan(curve[0].Value);
            targets.ge(found.Get<Tensor>("low")).logical_and(targets.le(found.Get<Tensor>("high"))).to(float64).mean().ToDouble()
                .Should().BeInRange(0.85, 1);
        });
}
