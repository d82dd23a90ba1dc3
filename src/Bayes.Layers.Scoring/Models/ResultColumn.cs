namespace Bayes.Layers.Scoring.Models;

/// <summary>One column of results.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Values">An array of <see cref="long"/>, <see cref="float"/>, <see cref="double"/> or <see cref="string"/>.</param>
internal sealed record ResultColumn(string Name, Array Values);
