using System.Globalization;
using Bayes.Layers.Samples.Support.Figures;
using Bayes.Layers.Samples.Support.Findings;
using Bayes.Layers.Samples.Support.Report;

namespace Bayes.Layers.Samples.BreastCancer;

/// <summary>The experiment's figures.</summary>
internal static class BreastCancerFigures
{
    private const int PointsOfEachClass = 20;

    private static readonly AxisNames Axes = new("mean radius (standardised)", "mean texture (standardised)");

    /// <summary>Returns a grid over the range of the data.</summary>
    public static PlaneGrid Grid(IReadOnlyList<PlanePoint> points, int side) =>
        new(points.Min(p => p.X), points.Max(p => p.X), points.Min(p => p.Y), points.Max(p => p.Y), side, side);

    /// <summary>Writes every figure, and returns them in reading order.</summary>
    public static IReadOnlyList<ReportFigure> Save(
        string folder, IReadOnlyList<PlanePoint> points, TestEvaluation evaluation, UncertaintyMaps maps, long seed)
    {
        var some = Some(points, seed);
        string calibrationError = evaluation.Reliability.ExpectedError.ToString("F3", CultureInfo.InvariantCulture);
        (string Name, Action<string> Write, string Caption, string AlternativeText)[] figures =
        [
            (
                "uncertainty_parts.png",
                path => UncertaintyPartsFigure.Save(path, maps.Grid, maps.Total, maps.Aleatoric, maps.Epistemic, maps.Probability, some, Axes),
                "The uncertainty of a prediction and its two parts, on one scale: the total entropy is the sum of the other two.",
                "Three maps over mean radius and mean texture, with the decision boundary and some cases: total, aleatoric and epistemic "
                + "uncertainty in nats."),
            (
                "uncertainty.png",
                path => UncertaintyFigure.Save(
                    path, maps.Grid, maps.EpistemicStddev, maps.Probability, some, Axes, title: "Epistemic uncertainty and decision boundary"),
                "How much the functions disagree, as the standard deviation of P(benign) over them: the notebook's picture.",
                "Map of the epistemic standard deviation over mean radius and mean texture, with the decision boundary and some cases."),
            (
                "decision_boundary.png",
                path => DecisionBoundaryFigure.Save(path, maps.Grid, maps.Probability, Axes, title: "Decision boundary"),
                "P(benign), the mean over the functions, and the line where it is one half.",
                "Map of the probability of a benign case over mean radius and mean texture, with the line where it is one half."),
            (
                "reliability.png",
                path => ReliabilityFigure.Save(
                    path, evaluation.Reliability.Bins, title: "Reliability on the test half",
                    subtitle: $"expected calibration error of P(benign): {calibrationError}"),
                "How often a case was benign, against the predicted probability that it is. On the dashed line predictions are calibrated.",
                "Reliability diagram: observed frequency against predicted probability in ten bins; "
                + $"the expected calibration error of P(benign) is {calibrationError}."),
            (
                "rejection.png",
                path => RejectionFigure.Save(
                    path,
                    [
                        new RejectionLine("by total uncertainty", evaluation.ByTotalEntropy.Points),
                        new RejectionLine("by epistemic uncertainty", evaluation.ByMutualInformation.Points),
                    ],
                    title: "Accuracy when the least certain cases are set aside"),
                "Accuracy on the rest when the least certain cases are set aside, handed to a physician say. "
                + "It rises where the uncertainty knows what goes wrong.",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Curves of accuracy against the share of cases set aside: {evaluation.Report.Accuracy:F2} with none, "
                    + $"{evaluation.ByTotalEntropy.AccuracyAt(0.5):F2} with the half of highest total uncertainty.")),
            (
                "confusion_matrix.png",
                path => ConfusionMatrixFigure.Save(path, evaluation.Confusion.ToArray(), title: "Test half"),
                "The cases of the test half by true and by predicted class.",
                $"Confusion matrix: of the malignant cases {evaluation.Confusion.TrueNegatives} are predicted malignant and "
                + $"{evaluation.Confusion.FalsePositives} benign; of the benign ones {evaluation.Confusion.FalseNegatives} malignant and "
                + $"{evaluation.Confusion.TruePositives} benign."),
            (
                "data.png",
                path => DataFigure.Save(path, points, Axes, title: "Breast cancer (Wisconsin): two features"),
                "All cases of the data, both halves.",
                "The cases by mean radius and mean texture: malignant ones have mostly the larger radius, and both classes mix in between."),
        ];
        foreach (var (name, write, _, _) in figures)
            write(Path.Combine(folder, name));
        return [.. figures.Select(figure => new ReportFigure(Path.Combine(folder, figure.Name), figure.Caption, figure.AlternativeText))];
    }

    private static IReadOnlyList<PlanePoint> Some(IReadOnlyList<PlanePoint> points, long seed)
    {
        var random = new Random(unchecked((int)SeedStreams.For(seed, "points")));
        return [.. points.GroupBy(point => point.Class).OrderBy(group => group.Key).SelectMany(group =>
        {
            PlanePoint[] all = [.. group];
            random.Shuffle(all);
            return all.Take(PointsOfEachClass);
        })];
    }
}
