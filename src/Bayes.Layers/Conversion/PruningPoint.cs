namespace Bayes.Layers.Conversion;

/// <summary>A measure of a pruned model.</summary>
/// <param name="Sparsity">The share of weights that was asked to become 0.</param>
/// <param name="Pruned">How many became 0.</param>
/// <param name="Count">Of how many.</param>
/// <param name="Value">The measure, such as accuracy.</param>
public sealed record PruningPoint(double Sparsity, long Pruned, long Count, double Value);
