namespace Bayes.Layers.Samples.Compare.Methods;

/// <summary>The methods, in the order of the tables.</summary>
internal static class ComparisonMethods
{
    /// <summary>Name of the method that judges all others.</summary>
    public const string Judge = "hmc";

    /// <summary>All methods.</summary>
    public static IReadOnlyList<ComparisonMethod> All { get; } =
    [
        new PlainMethod(),
        new DropoutMethod(),
        new MeanFieldMethod(),
        new LowRankMethod(),
        new LaplaceLastLayerMethod(),
        new LaplaceKroneckerMethod(),
        new EnsembleMethod(),
        new MeanFieldEnsembleMethod(),
        new SwagMethod(),
        new MultiSwagMethod(),
        new SghmcMethod(),
        new HmcMethod(),
    ];

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(method => method.Name)];

    /// <summary>Returns methods by name, in the order of <see cref="All"/>. Without names, returns every method that is not left out.</summary>
    public static IReadOnlyList<ComparisonMethod> Of(IReadOnlyList<string> names, IReadOnlyDictionary<string, string> leftOut) =>
        [.. All.Where(method => names.Count == 0 ? !leftOut.ContainsKey(method.Name) : names.Contains(method.Name))];
}
