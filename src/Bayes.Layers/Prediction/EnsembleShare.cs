namespace Bayes.Layers;

/// <summary>The draws of an ensemble that belong to one member.</summary>
/// <param name="Index">Zero-based index of the member.</param>
/// <param name="Member">The member.</param>
/// <param name="Seed">The seed of the member's own draws, different for each member.</param>
/// <param name="First">The number of the first of them among the member's own draws; the others follow.</param>
/// <param name="Draws">Zero-based places of the draws among those that were asked for, in ascending order.</param>
public sealed record EnsembleShare(int Index, FunctionDistribution Member, long Seed, int First, IReadOnlyList<int> Draws);
