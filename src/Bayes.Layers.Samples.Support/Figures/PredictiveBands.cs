namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>A prediction for several x.</summary>
/// <param name="X">The x, from left to right.</param>
/// <param name="Mean">Predictive mean at each x.</param>
/// <param name="AleatoricStddev">Square root of the aleatoric variance at each x.</param>
/// <param name="TotalStddev">Square root of the total variance at each x.</param>
/// <param name="Functions">Some of the functions whose mean the prediction is, each at every x.</param>
internal sealed record PredictiveBands(
    double[] X, double[] Mean, double[] AleatoricStddev, double[] TotalStddev, IReadOnlyList<double[]> Functions)
{
    /// <summary>Requires at least two places, and a finite value of every curve at each.</summary>
    /// <exception cref="ArgumentException">There are fewer places, or a curve has other values.</exception>
    public void RequireValid()
    {
        if (X.Length < 2)
            throw new ArgumentException($"The prediction is at {X.Length} places; expected at least 2.");
        foreach (double[] values in new[] { X, Mean, AleatoricStddev, TotalStddev }.Concat(Functions))
        {
            if (values.Length != X.Length)
                throw new ArgumentException($"A curve has {values.Length} values; expected one for each of {X.Length} places.");
            if (Array.FindIndex(values, value => !double.IsFinite(value)) is var index and >= 0)
                throw new ArgumentException($"A curve must hold finite numbers only, but its value {index} is not.");
        }
    }
}
