using System.Numerics;

namespace Bayes.Layers.Kernels;

/// <summary>A mixture of normal distributions; a scale is a standard deviation.</summary>
/// <inheritdoc/>
internal sealed class NormalMixture(int count) : LocationScaleMixture(count)
{
    /// <inheritdoc/>
    protected override (double Cumulative, double Density) At(double value)
    {
        Vector<double> sum = default, density = default, at = new(value);
        ReadOnlySpan<Vector<double>> locations = Vectors.Of(Locations), precisions = Vectors.Of(InverseScales), weights = Vectors.Of(Weights);
        for (int i = 0; i < locations.Length; i++)
        {
            var (own, slope) = NormalFunctions.Of((at - locations[i]) * precisions[i]);
            sum += weights[i] * own;
            density += weights[i] * slope * precisions[i];
        }
        return (Vector.Sum(sum), Vector.Sum(density));
    }
}
