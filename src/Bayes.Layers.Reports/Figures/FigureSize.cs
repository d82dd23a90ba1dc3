namespace Bayes.Layers.Reports.Figures;

/// <summary>The size of a figure in units: pixels of a page at the size at which the figure was designed.</summary>
internal readonly record struct FigureSize(int Width, int Height);
