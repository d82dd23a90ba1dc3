using Bayes.Layers.Reports.Figures;
using Bayes.Layers.Samples.Support.Figures;
using Bayes.Layers.Samples.Support.Findings;

namespace Bayes.Layers.Samples.BreastCancer;

/// <summary>The experiment's figures of the plane of its two features. Those of the metrics are the report's own.</summary>
internal sealed record BreastCancerFigures(FigureFile Parts, FigureFile Uncertainty, FigureFile Boundary, FigureFile Data)
{
    private static readonly AxisNames Axes = new("mean radius (standardised)", "mean texture (standardised)");

    /// <summary>Every figure, in reading order.</summary>
    public IReadOnlyList<FigureFile> All => [Parts, Uncertainty, Boundary, Data];

    /// <summary>Returns a grid over the range of the data.</summary>
    public static PlaneGrid Grid(IReadOnlyList<PlanePoint> points, int side) =>
        new(points.Min(p => p.X), points.Max(p => p.X), points.Min(p => p.Y), points.Max(p => p.Y), side, side);

    /// <summary>Returns the figures.</summary>
    public static BreastCancerFigures Of(IReadOnlyList<PlanePoint> points, UncertaintyMaps maps)
    {
        string all = $"The dots are all {points.Count} cases, of both halves.";
        return new BreastCancerFigures(
            new FigureFile(
                "uncertainty_parts.png",
                UncertaintyPartsFigure.Draw(maps.Grid, maps.Total, maps.Aleatoric, maps.Epistemic, maps.Probability, points, Axes),
                $"On one scale: the total entropy is the sum of the other two. {all}",
                "Three maps over mean radius and mean texture, with the decision boundary and all cases: total, aleatoric and epistemic uncertainty "
                + "in nats."),
            new FigureFile(
                "uncertainty.png",
                UncertaintyFigure.Draw(
                    maps.Grid, maps.EpistemicStddev, maps.Probability, points, Axes, title: "How much the functions disagree"),
                $"The standard deviation of P(benign) over the functions: the notebook's picture. {all}",
                "Map of the epistemic standard deviation over mean radius and mean texture, with the decision boundary and all cases."),
            new FigureFile(
                "decision_boundary.png",
                DecisionBoundaryFigure.Draw(maps.Grid, maps.Probability, points, Axes),
                $"P(benign), the mean over the functions, and the line where it is one half. {all}",
                "Map of the probability of a benign case over mean radius and mean texture, with the line where it is one half and all cases."),
            new FigureFile(
                "data.png",
                DataFigure.Draw(points, Axes, title: "Breast cancer (Wisconsin): two features"),
                all,
                "The cases by mean radius and mean texture: malignant ones have mostly the larger radius, and both classes mix in between."));
    }
}
