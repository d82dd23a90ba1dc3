namespace Bayes.Layers.Tests.Notebooks;

/// <summary>What a cell of a notebook put out.</summary>
/// <param name="Text">What it wrote to the console.</param>
/// <param name="Pictures">The pictures that it displayed, as PNG.</param>
internal sealed record CellOutput(string Text, IReadOnlyList<byte[]> Pictures);
