namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>One of several maps over the same plane.</summary>
/// <param name="Title">Its title.</param>
/// <param name="Values">The values, [row, column], not negative.</param>
/// <param name="Probability">P(class 1), for the boundary.</param>
internal sealed record MapPanel(string Title, double[,] Values, double[,] Probability);
