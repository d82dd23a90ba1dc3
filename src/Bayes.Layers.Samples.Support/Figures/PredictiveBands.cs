namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>A prediction for several x.</summary>
/// <param name="X">The x, from left to right.</param>
/// <param name="Mean">Predictive mean at each x.</param>
/// <param name="AleatoricStddev">Square root of the aleatoric variance at each x.</param>
/// <param name="TotalStddev">Square root of the total variance at each x.</param>
/// <param name="Functions">Some of the functions whose mean the prediction is, each at every x.</param>
internal sealed record PredictiveBands(
    double[] X, double[] Mean, double[] AleatoricStddev, double[] TotalStddev, IReadOnlyList<double[]> Functions);
