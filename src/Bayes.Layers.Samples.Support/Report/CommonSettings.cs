using Bayes.Layers.Reports;
using Bayes.Layers.Reports.Predictions;
using Bayes.Layers.Samples.Support.CommandLine;
using Bayes.Layers.Training;

namespace Bayes.Layers.Samples.Support.Report;

/// <summary>The settings that the reports of several samples list.</summary>
internal static class CommonSettings
{
    /// <summary>Returns the settings of a sample that trains one network.</summary>
    public static IReadOnlyList<ReportSetting> Of(NetworkOptions options, TrainingHistory training, string device) =>
    [
        new("Epochs", $"{NumberText.Count(training.Epochs.Count)} of {NumberText.Count(options.Epochs)}"),
        new("Batch size", NumberText.Count(options.BatchSize)),
        new("Learning rate", NumberText.Setting(options.LearningRate)),
        new("Beta", NumberText.Setting(options.Beta)),
        new("Draws of a prediction", NumberText.Count(options.Samples)),
        new("Seed", options.Seed.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        new("Device", device),
        new("Steps per second", NumberText.Count((long)training.StepsPerSecond)),
    ];
}
