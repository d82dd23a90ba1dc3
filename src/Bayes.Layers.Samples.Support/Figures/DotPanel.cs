namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>One number of several methods.</summary>
/// <param name="Title">Name of the number.</param>
/// <param name="Values">The number of each method; null where a method has none.</param>
/// <param name="IsLogarithmic">Whether the scale is logarithmic; then all values are above 0.</param>
internal sealed record DotPanel(string Title, IReadOnlyList<double?> Values, bool IsLogarithmic);
