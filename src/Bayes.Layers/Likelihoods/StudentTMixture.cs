using Bayes.Layers.Kernels;
using Bayes.Layers.Numerics;

namespace Bayes.Layers.Likelihoods;

/// <summary>A mixture of Student's t-distributions with equal degrees of freedom.</summary>
/// <inheritdoc/>
internal sealed class StudentTMixture(StudentT standard, int count) : LocationScaleMixture(count)
{
    /// <inheritdoc/>
    protected override (double Cumulative, double Density) At(double value)
    {
        double sum = 0, density = 0;
        for (int i = 0; i < Count; i++)
        {
            double z = (value - Locations[i]) * InverseScales[i];
            sum += Weights[i] * standard.Cumulative(z);
            density += Weights[i] * standard.Density(z) * InverseScales[i];
        }
        return (sum, density);
    }
}
