using Bayes.Layers.Evaluation;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Guides;

/// <summary>The examples in docs/pixels-and-steps.md behave as the text says.</summary>
public sealed class PixelsAndStepsTests : TorchTest
{
    private static readonly IReadOnlyList<DocumentedProgram> Programs = DocumentedExamples.ProgramsOf("docs/pixels-and-steps.md");

    [Fact]
    public void The_network_learns_the_stripes_and_knows_where_it_does_not_know() =>
        Programs[0].Run(["matrix", "rejection", "probabilities", "unsure", "unknown", "density", "newMasks"], found =>
        {
            var matrix = found.Get<MulticlassConfusionMatrix>("matrix");
            matrix.Total.Should().Be(found.Get<Tensor>("newMasks").ne(255).sum().ToInt64()).And.BeLessThan(20 * 16 * 16);
            matrix.Accuracy.Should().BeGreaterThan(0.95);
            matrix.MeanIntersectionOverUnion.Should().BeGreaterThan(0.85);
            found.Get<RejectionCurve>("rejection").AccuracyAt(0.2).Should().BeGreaterThan(0.99).And.BeGreaterThan(matrix.Accuracy);
            found.Get<Tensor>("probabilities").shape.Should().Equal(20, 3, 16, 16);
            found.Get<Tensor>("unsure").shape.Should().Equal(20, 16, 16);
            found.Get<Tensor>("unknown").shape.Should().Equal(20, 16, 16);
            found.Get<Tensor>("density").shape.Should().Equal(20);
        });

    [Fact]
    public void Weights_leave_an_effective_number_of_rows() =>
        Programs[1].Run(["effective", "history", "terms"], found =>
        {
            double effective = found.Get<double>("effective");
            effective.Should().BeApproximately(119.8, 0.05);
            var history = found.Get<TrainingHistory>("history");
            history.EffectiveExamples.Should().BeApproximately(effective, 1e-6);
            found.Get<ElboTerms>("terms").EffectiveExamples.Should().BeApproximately(effective, 1e-6);
            history.Epochs[^1].NegativeLogLikelihood.Should().BeLessThan(history.Epochs[0].NegativeLogLikelihood);
        });
}
