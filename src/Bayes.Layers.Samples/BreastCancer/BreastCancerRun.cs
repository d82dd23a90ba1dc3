using System.Diagnostics;
using Bayes.Layers.Reports;
using Bayes.Layers.Samples.Support.Figures;
using Bayes.Layers.Samples.Support.Findings;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.BreastCancer;

/// <summary>The experiment from the data file to figures and report, as the command runs it.</summary>
internal static class BreastCancerRun
{
    private const int EpochsPerLine = 10;

    /// <summary>Runs the experiment. After Ctrl-C, it stops training, and evaluates and draws the model as it is.</summary>
    public static void Run(BreastCancerOptions options, ProgramConsole console)
    {
        var device = DeviceChoice.Find(options.Device);
        var run = new RunningSample(options, console);
        var table = options.Data is { } path ? BreastCancerData.Read(path) : BreastCancerData.Read();
        using var data = new ExperimentData(table, options.SplitSeed, device);
        using var experiment = new BreastCancerExperiment(options, data, device);

        run.Screen.WriteLine(experiment.Model);
        run.Screen.WriteLine(
            $"{table.Rows} cases ({table.Benign} benign, {table.Malignant} malignant): "
            + $"{data.TrainInput.shape[0]} to train on, {data.TestInput.shape[0]} to test on; {device}");
        var history = new List<EpochRecord>();
        var training = run.Train(EpochsPerLine, (report, cancellation) => experiment.Train(
            epoch =>
            {
                history.Add(epoch);
                report(epoch.Epoch, $"train loss {epoch.TrainLoss:F4} | test accuracy {epoch.TestAccuracy:F4}");
            },
            cancellation));

        var evaluation = experiment.Evaluate();
        var diagnostics = experiment.Diagnose();
        run.Screen.WriteLine($"Drawing maps of {options.Grid} by {options.Grid} points from {options.GridSamples} draws.");
        using var scope = NewDisposeScope();
        var grid = BreastCancerFigures.Grid(data.Points, options.Grid);
        var watch = Stopwatch.StartNew();
        using var prediction = experiment.PredictGrid(UncertaintyMaps.Points(grid, device));
        // Waits for a GPU to finish.
        prediction.Mean.cpu();
        double gridSeconds = watch.Elapsed.TotalSeconds;
        var maps = UncertaintyMaps.Of(grid, prediction);
        var figures = BreastCancerFigures.Of(data.Points, maps);
        var files = FigureFile.Save(run.Folder, figures.All);
        var findings = UncertaintyFindings.Of(grid, maps.Probability, maps.Aleatoric, maps.Epistemic, data.Points);
        var metrics = BreastCancerMetrics.Of(options, device, training, history, evaluation, diagnostics, findings, gridSeconds);
        run.Write(metrics);
        BreastCancerReport.Write(run.Folder, options, metrics, evaluation, training, diagnostics, figures);

        var confusion = evaluation.Confusion;
        run.Screen.WriteLine($"""

            Test half, mean of {options.Samples} draws:
              accuracy                 {metrics.Accuracy:F4}   on the surer half {evaluation.ByTotalEntropy.AccuracyAt(0.5):F4}
              ROC AUC                  {metrics.RocAuc?.ToString("F4") ?? "not defined: the test half holds one class"}
              negative log-likelihood  {metrics.Probabilities.NegativeLogLikelihood:F4}   nats per case
              calibration error        {metrics.Probabilities.ExpectedCalibrationError:F4}
                                 predicted malignant   predicted benign
              malignant          {confusion.TrueNegatives,19}   {confusion.FalsePositives,16}
              benign             {confusion.FalseNegatives,19}   {confusion.TruePositives,16}

            {diagnostics}

            {RunningSample.Speed(training)}; {options.GridSamples} draws at {grid.Rows * grid.Columns:N0} points in {gridSeconds:F1} s
            {run.FilesWritten(files, Report.FileName)}
            """);
    }
}
