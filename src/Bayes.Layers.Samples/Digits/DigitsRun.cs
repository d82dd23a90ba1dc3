using Bayes.Layers.Evaluation;
using Bayes.Layers.Samples.DataSets;

namespace Bayes.Layers.Samples.Digits;

/// <summary>The digits sample from data file to figures, as the command runs it.</summary>
internal static class DigitsRun
{
    private const int EpochsPerLine = 10;
    private const double TestShare = 1.0 / 3;

    private static readonly double[] Angles = [.. Enumerable.Range(0, 13).Select(index => 15.0 * index)];

    private static readonly double[] Sparsities = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98];

    /// <summary>Runs it. Interrupted, it stops training, and evaluates and draws what was trained.</summary>
    public static void Run(DigitsOptions options, TextWriter output, bool isTerminal, Interrupt interrupt)
    {
        var device = DeviceChoice.Find(options.Device);
        string folder = OutputFolder.Prepare(options.Output);
        var data = DigitsData.Read();
        var split = StratifiedSplit.Of(data.Digits, TestShare, options.SplitSeed);
        using DigitImages train = new(data, split.Train, device), test = new(data, split.Test, device);
        using var experiment = new DigitsExperiment(options, train, device);
        var screen = options.Quiet ? TextWriter.Null : output;

        screen.WriteLine(experiment.Model);
        screen.WriteLine($"{data.Rows} images of {DigitsData.Side} by {DigitsData.Side}: {train.Count} to train on, {test.Count} to test on; {device}");
        screen.WriteLine(DigitsAttribution.Text);
        int finished;
        using (interrupt.Listen())
        {
            finished = TrainingDisplay.Show(
                screen, isTerminal && !options.Quiet, options.Epochs, EpochsPerLine, report => experiment.Train(
                    epoch => report(epoch.Number, $"loss {epoch.Loss:F4} | negative log-likelihood {epoch.NegativeLogLikelihood:F4} | KL {epoch.KlDivergence:F0}"),
                    interrupt.Token)).Epochs.Count;
        }
        if (finished < options.Epochs)
            screen.WriteLine($"Stopped after epoch {finished} of {options.Epochs}; what was trained is evaluated.");

        ClassificationReport report;
        using (var prediction = experiment.Predict(test.Input))
            report = ClassificationReport.Of(prediction.Mean, test.Target);
        var diagnostics = experiment.Diagnose();
        var turned = TurnedDigits.Of(experiment, test, Angles);
        var pruning = experiment.Prune(test, Sparsities);
        var figures = DigitsFigures.Save(folder, experiment, test, report.Calibration, turned, pruning);
        var metrics = DigitsMetrics.Of(options, experiment, report, turned, pruning, diagnostics);
        MetricsFile.Write(folder, metrics);

        screen.WriteLine($"""

            Test part, mean of {options.Samples} draws: {report}

            turned by, degrees  {string.Concat(turned.Select(each => $"{each.Angle,6:F0}"))}
            mutual information  {string.Concat(turned.Select(each => $"{each.MutualInformation,6:F2}"))}   nats, mean
            accuracy            {string.Concat(turned.Select(each => $"{each.Accuracy,6:F2}"))}
            AUC against upright {string.Concat(turned.Select(each => each.AucAgainstUpright is { } auc ? $"{auc,6:F2}" : "     -"))}   of the mutual information

            weights pruned, %   {string.Concat(pruning.Select(point => $"{100 * point.Sparsity,6:F0}"))}
            accuracy            {string.Concat(pruning.Select(point => $"{point.Value,6:F2}"))}

            {diagnostics}

            {experiment.Training.Steps:N0} steps in {metrics.TrainSeconds:F1} s ({metrics.StepsPerSecond:N0} a second)
            {FileList.Of(folder, figures.Append(MetricsFile.Name))}
            """);
    }
}
