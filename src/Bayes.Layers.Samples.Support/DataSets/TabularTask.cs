namespace Bayes.Layers.Samples.Support.DataSets;

/// <summary>The names of the kinds of targets.</summary>
internal static class TabularTask
{
    public const string Regression = "regression";
    public const string Binary = "binary";
    public const string Multiclass = "multiclass";

    public static readonly IReadOnlyList<string> Names = [Regression, Binary, Multiclass];
}
