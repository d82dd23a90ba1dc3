using Bayes.Layers.Evaluation;
using Bayes.Layers.Reports;
using Bayes.Layers.Samples.Support.Figures;

namespace Bayes.Layers.Samples.Digits;

/// <summary>The digits sample from the data file to the figures, as the command runs it.</summary>
internal static class DigitsRun
{
    private const int EpochsPerLine = 10;
    private const double AngleOfUnseen = 90;
    private const double TestShare = 1.0 / 3;

    private static readonly double[] Angles = [.. Enumerable.Range(0, 13).Select(index => 15.0 * index)];

    private static readonly double[] Sparsities = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98];

    /// <summary>Runs the sample. After Ctrl-C, it stops training, and evaluates and draws the model as it is.</summary>
    public static void Run(DigitsOptions options, ProgramConsole console)
    {
        var device = DeviceChoice.Find(options.Device);
        var run = new RunningSample(options, console);
        var data = DigitsData.Read();
        var split = StratifiedSplit.Of(data.Digits, TestShare, options.SplitSeed);
        using DigitImages train = new(data, split.Train, device), test = new(data, split.Test, device);
        using var experiment = new DigitsExperiment(options, train, device);

        run.Screen.WriteLine(experiment.Model);
        run.Screen.WriteLine(
            $"{data.Rows} images of {DigitsData.Side} by {DigitsData.Side}: {train.Count} to train on, {test.Count} to test on; {device}");
        run.Screen.WriteLine(DigitsAttribution.Text);
        var training = run.Train(EpochsPerLine, experiment.Train, "F0");

        using var prediction = experiment.Predict(test.Input);
        var report = ClassificationReport.Of(prediction.Mean, test.Target);
        var diagnostics = experiment.Diagnose();
        var turned = TurnedDigits.Of(experiment, test, Angles);
        var pruning = experiment.Prune(test, Sparsities);
        var figures = DigitsFigures.Of(experiment, test, turned, pruning);
        var files = FigureFile.Save(run.Folder, figures.All);
        var metrics = DigitsMetrics.Of(options, device, training, report, turned, pruning, diagnostics);
        run.Write(metrics);
        DigitsReport.Write(run.Folder, options, metrics, PageOf(experiment, prediction, test), training, diagnostics, figures);

        string separations = string.Concat(turned.Select(each => $"{each.AucAgainstUpright?.ToString("F2") ?? "-",6}"));
        run.Screen.WriteLine($"""

            Test part, mean of {options.Samples} draws: {report}

            turned by, degrees  {string.Concat(turned.Select(each => $"{each.Angle,6:F0}"))}
            mutual information  {string.Concat(turned.Select(each => $"{each.MutualInformation,6:F2}"))}   nats, mean
            accuracy            {string.Concat(turned.Select(each => $"{each.Accuracy,6:F2}"))}
            AUC against upright {separations}   of the mutual information

            weights pruned, %   {string.Concat(pruning.Select(point => $"{100 * point.Sparsity,6:F0}"))}
            accuracy            {string.Concat(pruning.Select(point => $"{point.Value,6:F2}"))}

            {diagnostics}

            {RunningSample.Speed(training)}
            {run.FilesWritten(files, Report.FileName)}
            """);
    }

    private static Report PageOf(DigitsExperiment experiment, Predictive prediction, DigitImages test)
    {
        using var images = ImageRotation.Turn(test.Input, AngleOfUnseen);
        using var unseen = experiment.Predict(images);
        return Report.Of(prediction, test.Target).WithUnseen(unseen, FormattableString.Invariant($"digits turned by {AngleOfUnseen:0}°"));
    }
}
