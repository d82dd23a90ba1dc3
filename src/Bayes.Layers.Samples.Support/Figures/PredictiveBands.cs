namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>A prediction along a line.</summary>
/// <param name="X">Places from left to right.</param>
/// <param name="Mean">The predictive mean at each.</param>
/// <param name="AleatoricStddev">The root of the aleatoric variance at each.</param>
/// <param name="TotalStddev">The root of the total variance at each.</param>
/// <param name="Functions">Some of the functions that the prediction is the mean of, each at every place.</param>
internal sealed record PredictiveBands(
    double[] X, double[] Mean, double[] AleatoricStddev, double[] TotalStddev, IReadOnlyList<double[]> Functions);
