using System.Numerics;

namespace Bayes.Layers.Kernels;

/// <summary>A mixture of normal distributions with equal weights; a scale is a standard deviation.</summary>
/// <inheritdoc/>
internal sealed class NormalMixture(int count) : LocationScaleMixture(count)
{
    /// <inheritdoc/>
    protected override (double Cumulative, double Density) At(double value)
    {
        Vector<double> sum = default, density = default, at = new(value);
        ReadOnlySpan<Vector<double>> locations = Vectors.Of(Locations), precisions = Vectors.Of(InverseScales);
        for (int i = 0; i < locations.Length; i++)
        {
            var (own, slope) = NormalFunctions.Of((at - locations[i]) * precisions[i]);
            sum += own;
            density += slope * precisions[i];
        }
        // The zeros that fill the last vector count half each.
        return ((Vector.Sum(sum) - 0.5 * (Locations.Length - Count)) / Count, Vector.Sum(density) / Count);
    }
}
