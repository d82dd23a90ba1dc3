using Bayes.Layers.Kernels;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>The distributions of all draws, if they differ in location and scale alone.</summary>
/// <param name="Locations">The locations, <c>[S, B, …]</c>, in double precision.</param>
/// <param name="Scales">The scales, of the same shape.</param>
/// <param name="Mixture">Creates a mixture of so many distributions.</param>
/// <param name="Quantile">Returns a quantile of the distribution of location 0 and scale 1.</param>
internal sealed record LocationScaleComponents(
    Tensor Locations, Tensor Scales, Func<int, LocationScaleMixture> Mixture, Func<double, double> Quantile)
{
    /// <summary>Gets the weights of the components, which add up to 1 for each element, of the shape of the locations; null if they are equal.
    /// </summary>
    public Tensor? Weights { get; init; }

    /// <summary>Returns quantiles of the mixture, <c>[Q, B, …]</c>, in double precision; null if the components are not on a CPU.</summary>
    /// <param name="levels">Above 0 and below 1.</param>
    public Tensor? TryQuantiles(IReadOnlyList<double> levels)
    {
        double[] standard = [.. levels.Select(Quantile)];
        return DrawColumns.TryCompute(Weights is null ? [Locations, Scales] : [Locations, Scales, Weights], standard.Length, () =>
        {
            var mixture = Mixture((int)Locations.shape[0]);
            return (columns, quantiles) =>
            {
                mixture.Set(columns[0], columns[1], columns.Length > 2 ? columns[2] : []);
                for (int i = 0; i < quantiles.Length; i++)
                    quantiles[i] = mixture.Quantile(levels[i], standard[i]);
            };
        });
    }
}
