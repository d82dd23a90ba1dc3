using Bayes.Layers.Kernels;
using static TorchSharp.torch;

namespace Bayes.Layers.Sampling;

/// <summary>
/// The draws that a sampler made of a network's weights, as a model to predict with. Owns the model, and the model owns the network.
/// </summary>
public sealed class SampledPosterior : IDisposable
{
    internal SampledPosterior(WeightSpaceModule model, int drawCount, SamplerDiagnostics? diagnostics)
    {
        (Model, DrawCount, Diagnostics) = (model, drawCount, diagnostics);
        model.GivenCaution = diagnostics?.Caution;
    }

    /// <summary>
    /// Gets the model: its functions are the stored draws, and <c>new MonteCarloPredictive(FunctionDistribution.Of(model), …)</c> uses each of them
    /// once. The network's parameters are the means of the draws.
    /// </summary>
    public WeightSpaceModule Model { get; }

    /// <summary>Gets the number of stored draws. The first ones are spread over all chains and all times, so a few of them predict too.</summary>
    public int DrawCount { get; }

    /// <summary>Gets what tells whether the chains have mixed; null for a sampler that has no chains to compare.</summary>
    public SamplerDiagnostics? Diagnostics { get; }

    /// <summary>Frees the model with the network and the draws.</summary>
    public void Dispose() => Model.Dispose();

    /// <summary>Returns numbers 0 to count − 1 in an order whose beginning is spread over all of them: that of their reversed bits.</summary>
    internal static int[] Spread(int count)
    {
        int bits = 0;
        while (1 << bits < count)
            bits++;
        return [.. Enumerable.Range(0, 1 << bits).Select(Reversed).Where(index => index < count)];

        int Reversed(int index)
        {
            int reversed = 0;
            for (int bit = 0; bit < bits; bit++)
                reversed |= (index >> bit & 1) << (bits - 1 - bit);
            return reversed;
        }
    }

    /// <summary>Gives a network the draws.</summary>
    /// <param name="network">The network, which the model then owns.</param>
    /// <param name="layout">Its weights.</param>
    /// <param name="draws"><c>[K, weights]</c>.</param>
    /// <param name="options">The options of the sampler.</param>
    internal static WeightSpaceModule ModelOf(nn.Module network, WeightLayout layout, Tensor draws, SamplerOptions options)
    {
        using var scope = NewDisposeScope();
        var priors = layout.Slices.ToDictionary(slice => slice.Parameter.Name, slice => slice.Prior);
        return StoredDraws.Of(
            network,
            [.. layout.Slices.Select(slice =>
                (slice.Parameter, draws.narrow(1, slice.Offset, slice.Length).reshape([draws.shape[0], .. slice.Shape])))],
            parameter => priors[parameter.Name], options.Output, options.Copy);
    }

    /// <summary>Copies draws into a tensor <c>[K, weights]</c> on the CPU, which belongs to the caller's dispose scope.</summary>
    internal static Tensor Gathered(IReadOnlyList<double[]> draws, ScalarType dtype)
    {
        int length = draws[0].Length;
        var gathered = empty([draws.Count, length], dtype, CPU);
        for (int k = 0; k < draws.Count; k++)
        {
            double[] values = draws[k];
            if (dtype == ScalarType.Float64)
                values.CopyTo(gathered.AsMemory<double>().Slice((long)k * length, length));
            else
            {
                var row = gathered.AsMemory<float>().Slice((long)k * length, length);
                for (int i = 0; i < row.Length; i++)
                    row[i] = (float)values[i];
            }
        }
        GC.KeepAlive(gathered);
        return gathered;
    }
}
