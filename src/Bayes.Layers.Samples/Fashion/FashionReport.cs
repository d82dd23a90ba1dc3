using Bayes.Layers.Diagnostics;
using Bayes.Layers.Reports;
using Bayes.Layers.Samples.Support.Figures;
using Bayes.Layers.Samples.Support.Report;
using Bayes.Layers.Training;
using static Bayes.Layers.Reports.Predictions.NumberText;

namespace Bayes.Layers.Samples.Fashion;

/// <summary>The fashion sample on one page.</summary>
internal static class FashionReport
{
    /// <summary>Writes report.html.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="options">The settings.</param>
    /// <param name="metrics">The numbers.</param>
    /// <param name="page">The report of the test images, with digits as the unseen.</param>
    /// <param name="training">The course of the training.</param>
    /// <param name="diagnostics">The posterior.</param>
    /// <param name="examples">The figure of single images.</param>
    public static void Write(
        string folder, FashionOptions options, FashionMetrics metrics, Report page, TrainingHistory training, PosteriorDiagnostics diagnostics,
        FigureFile examples) => page
            .WithTitle("Clothes, and digits that it has never seen")
            .WithLead(
                $"A convolutional Bayesian neural network learned to tell ten kinds of clothes (Fashion-MNIST) from {Count(metrics.TrainImages)} "
                + $"pictures. The numbers are of {Count(metrics.TestImages)} others, predicted by the mean of {Count(options.Samples)} networks "
                + "drawn "
                + "from its posterior.")
            .WithClassNames(Garments.Names)
            .WithFindings(Digits(metrics))
            .WithSection(new ReportSection("Single images") { Figures = [examples.ForReport()] })
            .WithTraining(training)
            .WithDiagnostics(diagnostics)
            .WithSettings(
            [
                .. CommonSettings.Of(options, training, metrics.Device), new("Images to train on", Count(metrics.TrainImages)),
                new("Images to test on", Count(metrics.TestImages)),
            ])
            .WithAttribution(Garments.Attribution)
            .Save(Path.Combine(folder, Report.FileName));

    private static string Digits(FashionMetrics metrics)
    {
        var best = metrics.Unseen.MaxBy(result => result.RocAuc)!;
        return $"Handwritten digits are told from clothes best by the {best.Score}: with probability {Share(best.RocAuc)}, it is higher for a digit "
            + "than for a test image.";
    }
}
