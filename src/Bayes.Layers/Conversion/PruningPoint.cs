namespace Bayes.Layers.Conversion;

/// <summary>The measure of a model pruned to a sparsity.</summary>
/// <param name="Sparsity">The requested share of weights that become 0.</param>
/// <param name="Pruned">The number of weights that became 0.</param>
/// <param name="Count">The number of all weights.</param>
/// <param name="Value">The measure, such as accuracy.</param>
public sealed record PruningPoint(double Sparsity, long Pruned, long Count, double Value);
