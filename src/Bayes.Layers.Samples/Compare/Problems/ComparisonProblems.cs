namespace Bayes.Layers.Samples.Compare.Problems;

/// <summary>The shipped data sets by name, and files.</summary>
internal static class ComparisonProblems
{
    private static readonly (string Name, Func<CompareOptions, ComparisonProblem> Create)[] Shipped =
        [("breast-cancer", PlaneProblem.Create), ("gap", GapProblem.Create), ("digits", DigitsProblem.Create)];

    /// <summary>The names; the first one is the default.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Shipped.Select(each => each.Name)];

    /// <summary>Reads or simulates the data that the options name.</summary>
    /// <exception cref="DataFileException">A file cannot be used.</exception>
    public static ComparisonProblem Create(CompareOptions options) => options.Data is not null
        ? FileProblem.Create(options)
        : Shipped.First(each => each.Name == (options.DataSet ?? Names[0])).Create(options);
}
