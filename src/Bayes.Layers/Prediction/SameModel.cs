using Bayes.Layers.Numerics;

namespace Bayes.Layers.Prediction;

/// <summary>Compares predictions that should be of one model, for different rows.</summary>
internal static class SameModel
{
    /// <summary>
    /// Refuses a prediction that differs from another in likelihood, in the shape of a row, or in the model's parameters as far as they are known.
    /// </summary>
    /// <param name="likelihood">The other's likelihood, as text.</param>
    /// <param name="rowShape">The shape of a row of the other's mean.</param>
    /// <param name="provenance">Where the other comes from; null if its samples were given.</param>
    /// <param name="prediction">The prediction.</param>
    /// <param name="name">The name of its parameter.</param>
    /// <exception cref="ArgumentException">They differ.</exception>
    public static void Require(string likelihood, long[] rowShape, Provenance? provenance, Predictive prediction, string name)
    {
        long[] found = prediction.Mean.shape[1..];
        if (likelihood != prediction.Likelihood.ToString() || !rowShape.AsSpan().SequenceEqual(found))
            throw new ArgumentException(
                $"The predictions have rows of shape {Shapes.Describe(rowShape)} with {likelihood} and of shape {Shapes.Describe(found)} with "
                + $"{prediction.Likelihood}; expected rows of one shape and one likelihood.", name);
        if (provenance is { } one && prediction.Provenance is { } other && one.Model != other.Model)
            throw new ArgumentException("The predictions are of models with different parameters; expected the same model.", name);
    }
}
