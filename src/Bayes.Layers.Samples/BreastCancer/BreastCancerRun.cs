using System.Diagnostics;
using Bayes.Layers.Samples.DataSets;
using Bayes.Layers.Samples.Report;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.BreastCancer;

/// <summary>The experiment from data file to figures, as the command runs it.</summary>
internal static class BreastCancerRun
{
    private const int EpochsPerLine = 10;

    /// <summary>Runs it. Interrupted, it stops training, and evaluates and draws what was trained.</summary>
    public static void Run(BreastCancerOptions options, TextWriter output, bool isTerminal, Interrupt interrupt)
    {
        var device = DeviceChoice.Find(options.Device);
        string folder = OutputFolder.Prepare(options.Output);
        var table = options.Data is { } path ? BreastCancerData.Read(path) : BreastCancerData.Read();
        using var data = new ExperimentData(table, options.SplitSeed, device);
        using var experiment = new BreastCancerExperiment(options, data, device);
        var screen = options.Quiet ? TextWriter.Null : output;

        screen.WriteLine(experiment.Model);
        screen.WriteLine(
            $"{table.Rows} cases ({table.Benign} benign, {table.Malignant} malignant): {data.TrainInput.shape[0]} to train on, {data.TestInput.shape[0]} to test on; {device}");
        IReadOnlyList<EpochRecord> history;
        using (interrupt.Listen())
        {
            history = TrainingDisplay.Show(
                screen, isTerminal && !options.Quiet, options.Epochs, EpochsPerLine, report => experiment.Train(
                    epoch => report(epoch.Epoch, $"train loss {epoch.TrainLoss:F4} | test accuracy {epoch.TestAccuracy:F4}"), interrupt.Token));
        }
        if (history.Count < options.Epochs)
            screen.WriteLine($"Stopped after epoch {history.Count} of {options.Epochs}; what was trained is evaluated.");

        var evaluation = experiment.Evaluate();
        var diagnostics = experiment.Diagnose();
        screen.WriteLine($"Drawing maps of {options.Grid} by {options.Grid} points from {options.GridSamples} draws.");
        using var scope = NewDisposeScope();
        var grid = BreastCancerFigures.Grid(data.Points, options.Grid);
        var watch = Stopwatch.StartNew();
        using var prediction = experiment.PredictGrid(UncertaintyMaps.Points(grid, device));
        // Waits for a GPU, which is still at work.
        prediction.Mean.cpu();
        double gridSeconds = watch.Elapsed.TotalSeconds;
        var maps = UncertaintyMaps.Of(grid, prediction);
        var figures = BreastCancerFigures.Save(folder, data.Points, evaluation, maps, options.Seed);
        var findings = UncertaintyFindings.Of(grid, maps.Probability, maps.Aleatoric, maps.Epistemic, data.Points);
        var metrics = Metrics.Of(options, device, experiment.Training, history, evaluation, diagnostics, findings, gridSeconds);
        MetricsFile.Write(folder, metrics);
        BreastCancerReport.Write(folder, options, metrics, evaluation, diagnostics, figures);

        var confusion = evaluation.Confusion;
        screen.WriteLine($"""

            Test half, mean of {options.Samples} draws:
              accuracy                 {metrics.Accuracy:F4}   on the surer half {evaluation.ByTotalEntropy.AccuracyAt(0.5):F4}
              ROC AUC                  {metrics.RocAuc?.ToString("F4") ?? "not defined: the test half holds one class"}
              negative log-likelihood  {metrics.NegativeLogLikelihood:F4}   nats per case
              calibration error        {metrics.ExpectedCalibrationError:F4}
                                 predicted malignant   predicted benign
              malignant          {confusion.TrueNegatives,19}   {confusion.FalsePositives,16}
              benign             {confusion.FalseNegatives,19}   {confusion.TruePositives,16}

            {diagnostics}

            {experiment.Training.Steps:N0} steps in {metrics.TrainSeconds:F1} s ({metrics.StepsPerSecond:N0} a second); {options.GridSamples} draws at {grid.Rows * grid.Columns:N0} points in {gridSeconds:F1} s
            {FileList.Of(folder, [.. figures.Select(figure => Path.GetFileName(figure.Path)), MetricsFile.Name, HtmlReport.FileName])}
            """);
    }
}
