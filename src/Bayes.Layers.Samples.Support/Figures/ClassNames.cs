namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>The names of class 0 and class 1.</summary>
internal sealed record ClassNames(string Zero, string One)
{
    /// <summary>The classes of the breast cancer data: 0 is malignant, 1 is benign.</summary>
    public static ClassNames Default { get; } = new("malignant", "benign");
}
