namespace Bayes.Layers.Samples.Support.DataSets;

/// <summary>The attribution of the images of digits, which their licence requires wherever they are shown.</summary>
internal static class DigitsAttribution
{
    /// <summary>The source and the licence.</summary>
    public const string Text =
        "Optical Recognition of Handwritten Digits, by E. Alpaydin and C. Kaynak, UCI Machine Learning Repository, 1998. "
        + "Licensed under Creative Commons Attribution 4.0 International (CC BY 4.0).";
}
