using System.Globalization;
using Bayes.Layers.Reports;
using Bayes.Layers.Samples.Compare.Methods;
using Bayes.Layers.Samples.Compare.Problems;
using Bayes.Layers.Samples.Support.Figures;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Compare;

/// <summary>The comparison from the data to the page, as the command runs it.</summary>
internal static class CompareRun
{
    /// <summary>Runs the comparison. After Ctrl-C, it reports the methods that are finished.</summary>
    public static void Run(CompareOptions options, ProgramConsole console)
    {
        var run = new RunningSample(options, console);
        using var problem = ComparisonProblems.Create(options);
        var settings = problem.Settings.With(options);
        var methods = ComparisonMethods.Of(options.Methods, problem.LeftOut);
        var results = new List<MethodResult>();
        try
        {
            long parameters = CountParameters(problem);
            run.Screen.WriteLine($"{problem.Title}: {problem.Description}");
            run.Screen.WriteLine($"Network: {problem.NetworkDescription}, {parameters:N0} weights with the prior N(0, {problem.PriorStddev}²)");
            run.UntilInterrupted(cancellation => Evaluate(options, problem, settings, methods, run.Screen, results, cancellation));
            if (results.Count == 0)
            {
                run.Screen.WriteLine("Stopped before a method was finished; nothing is written.");
                return;
            }
            List<string> notes = [.. problem.Notes, .. results.SelectMany(result => result.Trained.Notes)];
            if (options.Methods.Count == 0)
                notes.AddRange(problem.LeftOut.Values);
            if (results.Count < methods.Count)
                notes.Add($"Stopped after {results.Count} of {methods.Count} methods.");
            if (results.Find(result => result.Method.Name == ComparisonMethods.Judge) is { } judge)
                foreach (var (index, judged) in HmcComparison.Judge(results, judge, problem.HasClasses).Index())
                    results[index] = results[index] with { Metrics = judged };

            var metrics = CompareMetrics.Of(options, problem, settings, parameters, results, notes);
            run.Write(metrics);
            var figures = CompareFigures.Of(problem, results);
            var files = FigureFile.Save(run.Folder, figures);
            CompareReport.Write(run.Folder, problem, metrics, results, figures);
            run.Screen.WriteLine();
            run.Screen.WriteLine(MethodTable.AsText(metrics.Methods, name => results.First(result => result.Method.Name == name).Method.Title));
            foreach (string note in notes)
                run.Screen.WriteLine(note);
            run.Screen.WriteLine(run.FilesWritten(files, Report.FileName));
        }
        finally
        {
            foreach (var result in results)
                result.Dispose();
        }
    }

    private static bool Evaluate(
        CompareOptions options, ComparisonProblem problem, ComparisonSettings settings, IReadOnlyList<ComparisonMethod> methods, TextWriter screen,
        List<MethodResult> results, CancellationToken cancellation)
    {
        using var context = new ComparisonContext(problem, settings, options.Seed, cancellation);
        try
        {
            foreach (var method in methods)
            {
                cancellation.ThrowIfCancellationRequested();
                results.Add(MethodEvaluation.Of(method, context));
                screen.WriteLine(Describe(results[^1]));
            }
            return true;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    private static string Describe(MethodResult result)
    {
        var metrics = result.Metrics;
        string score = metrics.Accuracy is { } accuracy ? $"accuracy {accuracy:F4}" : $"RMSE {metrics.Rmse:G4}";
        return string.Create(
            CultureInfo.CurrentCulture,
            $"{result.Method.Title,-22} | {score} | log density {metrics.LogDensity,8:F4} | trained in {metrics.TrainSeconds:F1} s");
    }

    private static long CountParameters(ComparisonProblem problem)
    {
        using var scope = NewDisposeScope();
        using var network = problem.NewNetwork(0);
        return network.parameters().Sum(parameter => parameter.numel());
    }
}
