using Bayes.Layers.Samples.BreastCancer;
using Bayes.Layers.Samples.Support.DataSets;
using Bayes.Layers.Samples.Support.Figures;
using Bayes.Layers.Samples.Support.Findings;
using Bayes.Layers.Samples.Support.Report;
using Bayes.Layers.Tests.Samples.Figures;

namespace Bayes.Layers.Tests.Samples.Report;

/// <summary>A complete page with the real data and made-up maps, to test all parts together and to view.</summary>
internal static class ExamplePage
{
    /// <summary>Writes the figures and the page, and returns the page.</summary>
    public static string WriteTo(string folder)
    {
        var data = BreastCancerData.Read();
        double[,] features = data.Features();
        double[] targets = data.Targets();
        PlanePoint[] points = [.. targets.Select((target, row) => new PlanePoint(features[row, 0], features[row, 1], (int)target))];
        var plane = new SyntheticPlane(BreastCancerFigures.Grid(points, side: 60));
        PlanePoint[] some = [.. points.Where((_, row) => row % 14 == 0)];
        string parts = Path.Combine(folder, "uncertainty_parts.png");
        string reliability = Path.Combine(folder, "reliability.png");
        string rejection = Path.Combine(folder, "rejection.png");
        UncertaintyPartsFigure.Save(
            parts,
            plane.Grid,
            plane.Total,
            plane.Aleatoric,
            plane.Epistemic,
            plane.Probability,
            some,
            new AxisNames("mean radius (standardised)", "mean texture (standardised)"));
        ReliabilityFigure.Save(
            reliability, SyntheticEvaluation.Bins, title: "Reliability on the test half", subtitle: "expected calibration error 0.031");
        RejectionFigure.Save(rejection, SyntheticEvaluation.Lines);

        var findings = UncertaintyFindings.Of(plane.Grid, plane.Probability, plane.Aleatoric, plane.Epistemic, points);
        var report = new HtmlReport
        {
            Title = "Breast cancer (Wisconsin): a Bayesian 2-5-5-1 network",
            Introduction = "An example of a report, from maps that are made up. On two features of the data a network was trained by Bayes by "
                + "Backprop on one half; its predictions on the other half are the mean of many networks drawn from the posterior.",
            Findings = UncertaintyFindingsText.Paragraphs(findings, new AxisNames("mean radius", "mean texture")),
            Metrics =
            [
                new("Accuracy", "0.884", "Share of the test half classified rightly."),
                new("ROC AUC", "0.952", "Probability that a benign case is ranked above a malignant one; 0.5 is chance."),
                new("Negative log-likelihood", "0.287", "Nats per case; lower is better."),
                new("Expected calibration error", "0.031", "Mean gap between predicted probability and observed share."),
                new("Steps per second", "4,321", ""),
            ],
            Figures =
            [
                new(
                    parts,
                    "Total uncertainty of the prediction and its two parts on one scale, with the decision boundary and some of the cases.",
                    "Three maps of the plane of mean radius and mean texture. Total and aleatoric uncertainty are high in a band along the "
                    + "boundary; the epistemic part is high at the upper left end of it, where there are no cases."),
                new(
                    reliability,
                    "How often a case was benign, against the predicted probability. On the dashed line predictions are calibrated.",
                    "Reliability diagram. Low probabilities are somewhat too low; the others lie near the diagonal."),
                new(
                    rejection,
                    "Accuracy on the rest when the least certain cases are set aside.",
                    "Accuracy rises from 0.79 to about 0.95 as three quarters of the cases are set aside by total entropy."),
            ],
            Diagnostics = """
                layer  parameter  shape   values   mean |mu|   mean sigma   signal/noise   KL (nats)   pruned
                0      weight     [5, 2]      10       0.812        0.421           2.13        9.87     10 %
                2      weight     [5, 5]      25       0.334        0.612           0.71       14.20     44 %
                4      weight     [1, 5]       5       1.205        0.377           3.40        7.31      0 %
                total                         40       0.562        0.535           1.40       31.38     28 %
                """,
            Settings =
            [
                new("Epochs", "200"),
                new("Batch size", "1"),
                new("Learning rate", "0.0001"),
                new("Draws, evaluation", "10"),
                new("Draws, maps", "100"),
                new("Seed", "8"),
                new("Device", "cpu"),
            ],
            Attribution = BreastCancerAttribution.Text,
        };
        string page = Path.Combine(folder, HtmlReport.FileName);
        report.Write(page);
        return File.ReadAllText(page);
    }
}
