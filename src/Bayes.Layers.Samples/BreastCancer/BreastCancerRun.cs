using System.Diagnostics;
using Bayes.Layers.Samples.DataSets;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.BreastCancer;

/// <summary>The experiment from data file to figures, as the command runs it.</summary>
internal static class BreastCancerRun
{
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
                screen, isTerminal && !options.Quiet, options.Epochs, report => experiment.Train(report, interrupt.Token));
        }
        if (history.Count < options.Epochs)
            screen.WriteLine($"Stopped after epoch {history.Count} of {options.Epochs}; what was trained is evaluated.");

        var (confusion, rocAuc) = experiment.Evaluate();
        screen.WriteLine($"Drawing maps of {options.Grid} by {options.Grid} points from {options.GridSamples} draws.");
        using var scope = NewDisposeScope();
        var grid = BreastCancerFigures.Grid(data.Points, options.Grid);
        var watch = Stopwatch.StartNew();
        using var prediction = experiment.PredictGrid(BreastCancerFigures.Points(grid, device));
        // Waits for a GPU, which is still at work.
        prediction.Mean.cpu();
        double gridSeconds = watch.Elapsed.TotalSeconds;
        var figures = BreastCancerFigures.Save(folder, data.Points, confusion, grid, prediction, options.Seed);

        double trainSeconds = experiment.TrainingTime.TotalSeconds;
        double stepsPerSecond = trainSeconds > 0 ? experiment.Steps / trainSeconds : 0;
        MetricsFile.Write(folder, new Metrics(
            confusion.Accuracy,
            rocAuc,
            [[confusion.TrueNegatives, confusion.FalsePositives], [confusion.FalseNegatives, confusion.TruePositives]],
            history,
            history.Count > 0 ? history[^1].TrainLoss : null,
            stepsPerSecond,
            trainSeconds,
            gridSeconds,
            options.Seed,
            options.SplitSeed,
            device.ToString(),
            options.Samples));

        screen.WriteLine($"""

            Test half, mean of {options.Samples} draws:
              accuracy  {confusion.Accuracy:F4}
              ROC AUC   {rocAuc:F4}
                                 predicted malignant   predicted benign
              malignant          {confusion.TrueNegatives,19}   {confusion.FalsePositives,16}
              benign             {confusion.FalseNegatives,19}   {confusion.TruePositives,16}

            {experiment.Steps:N0} steps in {trainSeconds:F1} s ({stepsPerSecond:N0} a second); {options.GridSamples} draws at {grid.Rows * grid.Columns:N0} points in {gridSeconds:F1} s
            Written to {folder}:
              {string.Join(", ", figures.Append(MetricsFile.Name))}
            """);
    }
}
