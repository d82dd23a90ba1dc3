using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Sampling;

/// <summary>The log posterior of any network, by its own forward and autograd.</summary>
/// <param name="gradient">The network's gradient, which this object owns.</param>
/// <param name="instance">The instance of the network that this object owns; null if the network is the caller's.</param>
/// <param name="input">The rows.</param>
/// <param name="target">The target.</param>
/// <param name="length">The number of weights.</param>
/// <param name="temperature">The temperature.</param>
internal sealed class NetworkPosterior(
    NetworkGradient gradient, nn.Module? instance, NetworkInput input, Tensor target, int length, double temperature)
    : LogPosterior(length, temperature)
{
    // What lies between layers fits into memory for so many rows.
    private const long RowsPerPass = 4096;

    /// <inheritdoc/>
    public override void Dispose()
    {
        gradient.Dispose();
        instance?.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override double Add(ReadOnlySpan<double> weights, Span<double> slopes)
    {
        using var scope = NewDisposeScope();
        gradient.SetWeights(weights);
        using (no_grad())
            gradient.Gradient.zero_();
        double value = gradient.AddLogPrior();
        for (long row = 0; row < input.Rows; row += RowsPerPass)
        {
            long count = Math.Min(RowsPerPass, input.Rows - row);
            value += gradient.AddLogLikelihood(input.Narrow(row, count), target.narrow(0, row, count), factor: 1);
        }
        gradient.Gradient.ReadDoubles().CopyTo(slopes);
        return value;
    }
}
