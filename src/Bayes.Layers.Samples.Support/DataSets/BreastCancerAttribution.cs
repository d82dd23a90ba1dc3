namespace Bayes.Layers.Samples.Support.DataSets;

/// <summary>The attribution of the breast cancer data, which their licence requires wherever they are shown.</summary>
internal static class BreastCancerAttribution
{
    /// <summary>The source and the licence.</summary>
    public const string Text =
        "Breast Cancer Wisconsin (Diagnostic), by W. Wolberg, O. Mangasarian, N. Street and W. Street, "
        + "UCI Machine Learning Repository, 1995. Licensed under Creative Commons Attribution 4.0 International (CC BY 4.0).";
}
