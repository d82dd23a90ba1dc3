namespace Bayes.Layers.Tabular;

/// <summary>Names the functions that a prediction draws.</summary>
/// <param name="Count">How many.</param>
/// <param name="Seed">Their seed.</param>
/// <param name="Budget">The memory to work in; null for <see cref="MemoryBudget.Default"/>, which depends on the machine.</param>
internal sealed record TabularDraws(int Count, long Seed, MemoryBudget? Budget = null);
