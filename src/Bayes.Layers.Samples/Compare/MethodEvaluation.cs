using System.Diagnostics;
using Bayes.Layers.Evaluation;
using Bayes.Layers.Samples.Compare.Methods;
using Bayes.Layers.Samples.Compare.Problems;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Compare;

/// <summary>Trains a method and computes its numbers.</summary>
internal static class MethodEvaluation
{
    private const double Mass = 0.95;
    private const int TimedRows = 1000;

    /// <summary>Trains and evaluates a method.</summary>
    /// <returns>The result, which the caller disposes.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static MethodResult Of(ComparisonMethod method, ComparisonContext context)
    {
        // Begins with the network that several methods share, so that its training does not count twice.
        _ = context.Plain;
        var watch = Stopwatch.StartNew();
        var trained = method.Train(context);
        double seconds = watch.Elapsed.TotalSeconds + trained.SecondsBefore;
        var problem = context.Problem;
        Predictive? test = null;
        try
        {
            test = trained.Predict(problem.TestInput, problem.TestTarget, keepSamples: true);
            var (auroc, epistemicAuroc) = Separations(trained, test, problem);
            return new MethodResult(method, trained, test, new MethodMetrics
            {
                Name = method.Name,
                Accuracy = problem.HasClasses ? Accuracy.Of(test.Mean, problem.TestTarget) : null,
                Rmse = problem.HasClasses ? null : problem.TargetUnit * RootMeanSquaredError.Of(test.Mean, problem.TestTarget),
                // The density of a target in its own unit is the density of the standardised target, divided by the unit.
                LogDensity = Numbers.Of(test.LogPredictiveDensity).Average() - Math.Log(problem.TargetUnit),
                Ece = problem.HasClasses ? Calibration.OfConfidence(test.Mean, problem.TestTarget).ExpectedError : null,
                Coverage95 = problem.HasClasses ? null : Coverage(test, problem.TestTarget),
                Coverage95InGap = problem.Gap is { } gap ? CoverageOf(trained, gap.Input, gap.Target) : null,
                OodAuroc = auroc,
                OodAurocEpistemic = epistemicAuroc,
                TrainSeconds = seconds,
                PredictSecondsPer1000 = TimePrediction(trained, problem.TestInput),
                ModelBytes = trained.Bytes,
            });
        }
        catch
        {
            test?.Dispose();
            trained.Dispose();
            throw;
        }
    }

    private static double Coverage(Predictive prediction, Tensor target)
    {
        using var scope = NewDisposeScope();
        var (lower, upper) = prediction.PredictionInterval(Mass);
        return IntervalCoverage.Of(lower, upper, target).Share;
    }

    private static double CoverageOf(TrainedMethod trained, Tensor input, Tensor target)
    {
        using var prediction = trained.Predict(input, keepSamples: true);
        return Coverage(prediction, target);
    }

    private static (double? ByTotal, double? ByEpistemic) Separations(TrainedMethod trained, Predictive test, ComparisonProblem problem)
    {
        if (problem.UnseenInput is not { } unseen)
            return (null, null);
        using var scope = NewDisposeScope();
        using var prediction = trained.Predict(unseen);
        return (
            Separation(of => problem.HasClasses ? of.TotalEntropy : of.TotalStddev),
            test.SamplesUsed > 1 ? Separation(of => problem.HasClasses ? of.MutualInformation : of.EpistemicVariance) : null);

        double Separation(Func<Predictive, Tensor> score)
        {
            Tensor seenScore = score(test).flatten(), unseenScore = score(prediction).flatten();
            return RocAuc.Of(cat([seenScore, unseenScore], 0), cat([zeros_like(seenScore), ones_like(unseenScore)], 0));
        }
    }

    private static double TimePrediction(TrainedMethod trained, Tensor test)
    {
        using var scope = NewDisposeScope();
        long times = (TimedRows + test.shape[0] - 1) / test.shape[0];
        var rows = cat([.. Enumerable.Repeat(test, (int)times)], 0).narrow(0, 0, TimedRows);
        trained.Predict(rows).Dispose();
        var watch = Stopwatch.StartNew();
        trained.Predict(rows).Dispose();
        return watch.Elapsed.TotalSeconds;
    }
}
