using System.Globalization;
using Bayes.Layers.Diagnostics;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Samples.BreastCancer;
using Bayes.Layers.Samples.Support.DataSets;
using Bayes.Layers.Samples.Support.Figures;
using Bayes.Layers.Samples.Support.Findings;
using Bayes.Layers.Tests.Samples.Figures;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Samples.BreastCancer;

public sealed class BreastCancerMetricsTests : TorchTest
{
    [Fact]
    public void Metrics_are_those_of_the_evaluation()
    {
        var options = new BreastCancerOptions { Samples = 7, GridSamples = 30 };
        using var data = new ExperimentData(BreastCancerData.Read(), splitSeed: 0, CPU);
        using var experiment = new BreastCancerExperiment(options, data, CPU);
        using var prediction = Predictive.OfSamples(Normal(20, 80, 1).mul(linspace(0.1, 6, 80, float64).reshape(1, -1, 1)),
            new BernoulliLikelihood());
        var target = (prediction.Mean + 0.3 * Normal(80, 1) > 0.4).to(float64);
        var evaluation = TestEvaluation.Of(prediction, target);
        var diagnostics = PosteriorDiagnostics.Of(experiment.Model);
        var grid = new PlaneGrid(-3, 3, -3, 3, Columns: 21, Rows: 21);
        double[,] flat = PlaneMaps.Of(grid, (_, _) => 0.1);
        var training = new TrainingHistory
        {
            Epochs = [], Best = null, IsBestRestored = false, End = TrainingEnd.LastEpoch, Steps = 300, RefusedSteps = 0, Seconds = 40,
        };
        var metrics = BreastCancerMetrics.Of(options, CPU, training, [], evaluation, diagnostics,
            UncertaintyFindings.Of(grid, flat, flat, flat, []), gridSeconds: 2);
        var report = evaluation.Report;
        var confusion = report.ConfusionMatrix!;
        new double?[]
        {
            metrics.Accuracy, metrics.RocAuc, metrics.Precision, metrics.Recall, metrics.F1, metrics.AveragePrecision,
            metrics.Probabilities.NegativeLogLikelihood,
            metrics.Probabilities.BrierScore, metrics.Probabilities.ExpectedCalibrationError, metrics.Probabilities.MaximumCalibrationError,
            metrics.AreaUnderRejectionCurve, metrics.Posterior.KlDivergence,
        }.Should().Equal(
            confusion.Accuracy, report.RocAuc, confusion.Precision, confusion.Recall, confusion.F1, report.AveragePrecision,
            report.NegativeLogLikelihood,
            report.BrierScore, report.Calibration.ExpectedError, report.Calibration.MaximumError, evaluation.ByTotalEntropy.AreaUnderCurve,
            diagnostics.KlDivergence)
            .And.OnlyHaveUniqueItems("a number in the place of another would be seen");

        (metrics.Device, metrics.Training.TrainSeconds, metrics.Training.StepsPerSecond, metrics.GridSeconds).Should().Be(("cpu", 40, 7.5, 2));

        string folder = Directory.CreateTempSubdirectory("bayes-layers-").FullName;
        try
        {
            var maps = new UncertaintyMaps(grid, flat, flat, flat, flat, PlaneMaps.Of(grid, (_, _) => 0));
            BreastCancerReport.Write(
                folder, options, metrics, evaluation, training, diagnostics, BreastCancerFigures.Of([new PlanePoint(0, 0, 1)], maps));
            string page = File.ReadAllText(Path.Combine(folder, "report.html"));
            foreach (var (name, value) in new (string, double?)[]
            {
                ("Accuracy", metrics.Accuracy), ("Precision", metrics.Precision), ("Recall", metrics.Recall), ("F1", metrics.F1),
                ("Brier score", metrics.Probabilities.BrierScore),
                ("Accuracy on the surer half", evaluation.ByTotalEntropy.AccuracyAt(0.5)),
            })
                page.Should().MatchRegex(
                    $"<th scope=\"row\">{name} <[^\n]*<td class=\"value\">{value!.Value.ToString("F3", CultureInfo.InvariantCulture)}</td>");
            page.Should().Contain("predicted by the mean of 7 networks").And.Contain("Each map is the mean of 30 networks");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
