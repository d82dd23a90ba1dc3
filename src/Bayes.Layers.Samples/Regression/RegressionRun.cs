using Bayes.Layers.Samples.Figures;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Regression;

/// <summary>The regression from simulated data to figure, as the command runs it.</summary>
internal static class RegressionRun
{
    /// <summary>The name of the figure.</summary>
    public const string FigureName = "regression.png";

    private const int EpochsPerLine = 50;
    private const int Places = 601;
    private const int FunctionsShown = 8;

    // How far the figure goes beyond the data at either end.
    private const double Beyond = 0.3;

    /// <summary>Runs it. Interrupted, it stops training, and evaluates and draws what was trained.</summary>
    public static void Run(RegressionOptions options, TextWriter output, bool isTerminal, Interrupt interrupt)
    {
        var device = DeviceChoice.Find(options.Device);
        string folder = OutputFolder.Prepare(options.Output);
        using var data = new RegressionData(options.Points, options.Seed, device);
        using var experiment = new RegressionExperiment(options, data, device);
        var screen = options.Quiet ? TextWriter.Null : output;

        screen.WriteLine(experiment.Model);
        screen.WriteLine($"{options.Points} points from {SimulatedProcess.Low} to {SimulatedProcess.High}, none from {SimulatedProcess.GapLow} to {SimulatedProcess.GapHigh}; {device}");
        int finished;
        using (interrupt.Listen())
        {
            finished = TrainingDisplay.Show(
                screen, isTerminal && !options.Quiet, options.Epochs, EpochsPerLine, report => experiment.Train(
                    epoch => report(epoch.Number, $"loss {epoch.Loss:F4} | negative log-likelihood {epoch.NegativeLogLikelihood:F4} | KL {epoch.KlDivergence:F1}"),
                    interrupt.Token)).Epochs.Count;
        }
        if (finished < options.Epochs)
            screen.WriteLine($"Stopped after epoch {finished} of {options.Epochs}; what was trained is evaluated.");

        var atData = Evaluate(experiment, data.TestInput, data.TestTarget, data.Test);
        var inGap = Evaluate(experiment, data.GapInput, data.GapTarget, data.Gap);
        var diagnostics = experiment.Diagnose();
        var metrics = RegressionMetrics.Of(options, experiment, atData, inGap, diagnostics);
        RegressionFigure.Save(
            Path.Combine(folder, FigureName),
            Bands(experiment),
            SimulatedProcess.Mean,
            [.. data.Train.Select(point => (point.X, point.Y))],
            (SimulatedProcess.GapLow, SimulatedProcess.GapHigh),
            "Regression: noise that grows, and a gap in the data");
        MetricsFile.Write(folder, metrics);

        screen.WriteLine($"""

            Mean of {options.Samples} draws     at data   in the gap
              RMSE                 {atData.Rmse,7:F3}   {inGap.Rmse,10:F3}   of the true function {atData.RmseOfTruth:F3}, {inGap.RmseOfTruth:F3}
              log density, nats    {atData.LogDensity,7:F3}   {inGap.LogDensity,10:F3}   of the true process {atData.LogDensityOfTruth:F3}, {inGap.LogDensityOfTruth:F3}
              95 % intervals cover {atData.Coverage95,7:P1}   {inGap.Coverage95,10:P1}
              aleatoric stddev     {atData.AleatoricStddev,7:F3}   {inGap.AleatoricStddev,10:F3}
              epistemic stddev     {atData.EpistemicStddev,7:F3}   {inGap.EpistemicStddev,10:F3}   {metrics.EpistemicRatio:F1} times as large in the gap

            {diagnostics}

            {experiment.Training.Steps:N0} steps in {metrics.TrainSeconds:F1} s ({metrics.StepsPerSecond:N0} a second)
            {FileList.Of(folder, [FigureName, MetricsFile.Name])}
            """);
    }

    private static RegionEvaluation Evaluate(RegressionExperiment experiment, Tensor input, Tensor target, IReadOnlyList<SimulatedPoint> points)
    {
        using var prediction = experiment.Predict(input, target);
        return RegionEvaluation.Of(prediction, target, points);
    }

    private static PredictiveBands Bands(RegressionExperiment experiment)
    {
        using var scope = NewDisposeScope();
        double low = SimulatedProcess.Low - Beyond, high = SimulatedProcess.High + Beyond;
        double[] x = [.. Enumerable.Range(0, Places).Select(index => low + (high - low) * index / (Places - 1))];
        using var prediction = experiment.Predict(RegressionData.Column(x, experiment.Device));
        // The outputs are means, then log-variances.
        var functions = prediction.Samples.select(-1, 0);
        return new PredictiveBands(
            x,
            Numbers.Of(prediction.Mean),
            Array.ConvertAll(Numbers.Of(prediction.AleatoricVariance), Math.Sqrt),
            Numbers.Of(prediction.TotalStddev),
            [.. Enumerable.Range(0, (int)Math.Min(FunctionsShown, functions.shape[0])).Select(draw => Numbers.Of(functions.select(0, draw)))]);
    }
}
