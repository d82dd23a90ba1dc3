namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>An example in the plane with its true class, 0 or 1.</summary>
internal readonly record struct PlanePoint(double X, double Y, int Class);
