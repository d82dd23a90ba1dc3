using Bayes.Layers.OutOfDistribution;
using Bayes.Layers.Reports;
using Bayes.Layers.Samples.Support.Figures;

namespace Bayes.Layers.Samples.Fashion;

/// <summary>The fashion sample from the data files to the page, as the command runs it.</summary>
internal static class FashionRun
{
    private const int EpochsPerLine = 1;
    private const string UnseenName = "handwritten digits";

    /// <summary>Runs the sample. After Ctrl-C, it stops training, and evaluates and draws the model as it is.</summary>
    public static void Run(FashionOptions options, ProgramConsole console)
    {
        var device = DeviceChoice.Find(options.Device);
        var run = new RunningSample(options, console);
        LabelledImages trainData = LabelledImages.ReadTraining(options.Data), testData = LabelledImages.ReadTest(options.Data);
        if ((testData.Height, testData.Width) != (trainData.Height, trainData.Width))
            throw new DataFileException(
                options.Data, $"has test images of {testData.Height} by {testData.Width} pixels, where {trainData.Height} by {trainData.Width} were "
                + "expected, as in training");
        using FashionImages train = new(trainData, options.TrainImages, device), test = new(testData, options.TestImages, device);
        using var experiment = new FashionExperiment(options, train, device);

        run.Screen.WriteLine(experiment.Model);
        run.Screen.WriteLine(
            $"{trainData.Height} by {trainData.Width} pixels: {train.Count:N0} images to train on, {test.Count:N0} to test on; {device}");
        run.Screen.WriteLine(Garments.Attribution);
        var training = run.Train(EpochsPerLine, experiment.Train, "F0");

        using var digits = test.Digits();
        using Predictive prediction = experiment.Predict(test.Input), unseen = experiment.Predict(digits);
        var outOfDistribution = OutOfDistributionReport.Of(prediction, unseen);
        var diagnostics = experiment.Diagnose();
        var metrics = FashionMetrics.Of(options, device, training, train, test, prediction, outOfDistribution, diagnostics);
        run.Write(metrics);
        var examples = FashionFigures.Examples(experiment, test, prediction, digits);
        var files = FigureFile.Save(run.Folder, examples);
        var page = Report.Of(prediction, test.Target).WithUnseen(unseen, UnseenName);
        FashionReport.Write(run.Folder, options, metrics, page, training, diagnostics, examples);

        run.Screen.WriteLine($"""

            Test images, mean of {options.Samples} draws:
              accuracy                 {metrics.Accuracy:F4}
              negative log-likelihood  {metrics.Probabilities.NegativeLogLikelihood:F4}   nats per image
              calibration error        {metrics.Probabilities.ExpectedCalibrationError:F4}   of the confidence, 10 bins

            {outOfDistribution}

            {diagnostics}

            {RunningSample.Speed(training)}
            {run.FilesWritten(files, Report.FileName)}
            """);
    }
}
