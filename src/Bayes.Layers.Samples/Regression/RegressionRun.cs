using Bayes.Layers.Reports;
using Bayes.Layers.Samples.Support.Figures;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Regression;

/// <summary>The regression from simulated data to the figure, as the command runs it.</summary>
internal static class RegressionRun
{
    private const int EpochsPerLine = 50;
    private const int Places = 601;
    private const int FunctionsShown = 8;

    // How far the figure extends beyond the data at either end.
    private const double Beyond = 0.3;

    /// <summary>Runs the regression. After Ctrl-C, it stops training, and evaluates and draws the model as it is.</summary>
    public static void Run(RegressionOptions options, ProgramConsole console)
    {
        var device = DeviceChoice.Find(options.Device);
        var run = new RunningSample(options, console);
        using var data = new RegressionData(options.Points, options.Seed, device);
        using var experiment = new RegressionExperiment(options, data, device);

        run.Screen.WriteLine(experiment.Model);
        run.Screen.WriteLine(
            $"{options.Points} points from {SimulatedProcess.Low} to {SimulatedProcess.High}, "
            + $"none from {SimulatedProcess.GapLow} to {SimulatedProcess.GapHigh}; {device}");
        var training = run.Train(EpochsPerLine, experiment.Train, "F1");

        using Predictive predicted = experiment.Predict(data.TestInput, data.TestTarget), gap = experiment.Predict(data.GapInput, data.GapTarget);
        var atData = RegionEvaluation.Of(predicted, data.TestTarget, data.Test);
        var inGap = RegionEvaluation.Of(gap, data.GapTarget, data.Gap);
        var diagnostics = experiment.Diagnose();
        var metrics = RegressionMetrics.Of(options, device, training, atData, inGap, diagnostics);
        run.Write(metrics);
        var figure = new FigureFile(
            "regression.png",
            RegressionFigure.Draw(
                Bands(experiment, device),
                SimulatedProcess.Mean,
                [.. data.Train.Select(point => (point.X, point.Y))],
                (SimulatedProcess.GapLow, SimulatedProcess.GapHigh),
                "Noise that grows, and a gap in the data"),
            $"The points are all {options.Points} that were trained on; the thin lines are functions drawn from the posterior.",
            "A curve with bands around it that widen with the noise, in the gap and beyond the ends of the data.");
        var files = FigureFile.Save(run.Folder, figure);
        RegressionReport.Write(
            run.Folder, options, metrics, Report.Of(predicted, data.TestTarget).WithUnseen(gap, "points in the gap"), training, diagnostics, figure);

        string rmse = $"{atData.RmseOfTruth:F3}, {inGap.RmseOfTruth:F3}", density = $"{atData.LogDensityOfTruth:F3}, {inGap.LogDensityOfTruth:F3}";
        double ratio = inGap.EpistemicStddev / atData.EpistemicStddev;
        run.Screen.WriteLine($"""

            Mean of {options.Samples} draws     at data   in the gap
              RMSE                 {atData.Rmse,7:F3}   {inGap.Rmse,10:F3}   of the true function {rmse}
              log density, nats    {atData.LogDensity,7:F3}   {inGap.LogDensity,10:F3}   of the true process {density}
              95 % intervals cover {atData.Coverage95,7:P1}   {inGap.Coverage95,10:P1}
              aleatoric stddev     {atData.AleatoricStddev,7:F3}   {inGap.AleatoricStddev,10:F3}
              epistemic stddev     {atData.EpistemicStddev,7:F3}   {inGap.EpistemicStddev,10:F3}   {ratio:F1} times as large in the gap

            {diagnostics}

            {RunningSample.Speed(training)}
            {run.FilesWritten(files, Report.FileName)}
            """);
    }

    private static PredictiveBands Bands(RegressionExperiment experiment, Device device)
    {
        using var scope = NewDisposeScope();
        double low = SimulatedProcess.Low - Beyond, high = SimulatedProcess.High + Beyond;
        double[] x = [.. Enumerable.Range(0, Places).Select(index => low + (high - low) * index / (Places - 1))];
        using var prediction = experiment.Predict(RegressionData.Column(x, device));
        // The first output is the mean, the second the log-variance.
        var functions = prediction.Samples.select(-1, 0);
        return new PredictiveBands(
            x,
            Numbers.Of(prediction.Mean),
            Array.ConvertAll(Numbers.Of(prediction.AleatoricVariance), Math.Sqrt),
            Numbers.Of(prediction.TotalStddev),
            [.. Enumerable.Range(0, (int)Math.Min(FunctionsShown, functions.shape[0])).Select(draw => Numbers.Of(functions.select(0, draw)))]);
    }
}
