namespace Bayes.Layers.Uncertainty.Methods;

/// <summary>All methods. A new one is a class and a line here.</summary>
internal static class UncertaintyMethods
{
    /// <summary>The methods, in the order of the tables.</summary>
    public static IReadOnlyList<UncertaintyMethod> All { get; } =
        [new BayesMethod(), new CalibratedBayesMethod(), new BoostingMethod(), new GaussianProcessMethod(), new RidgeMethod()];

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(method => method.Name)];
}
