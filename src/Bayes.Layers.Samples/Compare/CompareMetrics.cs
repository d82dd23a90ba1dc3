using Bayes.Layers.Samples.Compare.Problems;

namespace Bayes.Layers.Samples.Compare;

/// <summary>The content of metrics.json. The same seed gives the same values, except for the times.</summary>
internal sealed record CompareMetrics
{
    /// <summary>Name of the data set or of the file.</summary>
    public required string DataSet { get; init; }

    /// <summary>The numbers of each method.</summary>
    public required IReadOnlyList<MethodMetrics> Methods { get; init; }

    /// <summary>The network in a few words.</summary>
    public required string Network { get; init; }

    /// <summary>Number of its weights and biases.</summary>
    public required long Parameters { get; init; }

    /// <summary>Standard deviation of the prior of every weight.</summary>
    public required double PriorStddev { get; init; }

    /// <summary>p(y | f).</summary>
    public required string Likelihood { get; init; }

    /// <summary>Number of rows to train on.</summary>
    public required long TrainRows { get; init; }

    /// <summary>Number of rows to test on.</summary>
    public required long TestRows { get; init; }

    /// <summary>Settings of training and prediction.</summary>
    public required ComparisonSettings Settings { get; init; }

    /// <summary>The seed.</summary>
    public required long Seed { get; init; }

    /// <summary>The seed of the split.</summary>
    public required uint SplitSeed { get; init; }

    /// <summary>Notes, a sentence each.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Source and licence of the data; empty for simulated data.</summary>
    public required string Attribution { get; init; }

    /// <summary>Collects the metrics of a run.</summary>
    public static CompareMetrics Of(
        CompareOptions options, ComparisonProblem problem, ComparisonSettings settings, long parameters, IReadOnlyList<MethodResult> results,
        IReadOnlyList<string> notes) => new()
        {
            DataSet = problem.Name,
            Methods = [.. results.Select(result => result.Metrics)],
            Network = problem.NetworkDescription,
            Parameters = parameters,
            PriorStddev = problem.PriorStddev,
            Likelihood = problem.Likelihood.ToString(),
            TrainRows = problem.TrainInput.shape[0],
            TestRows = problem.TestInput.shape[0],
            Settings = settings,
            Seed = options.Seed,
            SplitSeed = options.SplitSeed,
            Notes = notes,
            Attribution = problem.Attribution,
        };
}
