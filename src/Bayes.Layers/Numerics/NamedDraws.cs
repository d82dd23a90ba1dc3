using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>Consecutive draws of a seed, with a stream of numbers for each parameter of a model.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="First">The first draw; at least 0.</param>
/// <param name="Count">The number of draws; at least 1.</param>
/// <param name="StreamOf">Returns the stream of a parameter.</param>
internal sealed record NamedDraws(long Seed, int First, int Count, Func<Tensor, ulong> StreamOf)
{
    /// <summary>Draws N(0, 1) numbers from the stream of a parameter, <c>[S, …shape]</c>.</summary>
    public Tensor StandardNormal(Tensor parameter, ReadOnlySpan<long> shape, ScalarType dtype, Device device) =>
        NamedNoise.StandardNormal(Seed, StreamOf(parameter), First, Count, shape, dtype, device);

    /// <summary>Draws N(0, 1) numbers that several parameters share under a name, or from the stream of a parameter if the name is null.</summary>
    public Tensor StandardNormal(Tensor parameter, string? sharedName, ReadOnlySpan<long> shape, ScalarType dtype, Device device) =>
        // No path has a colon.
        sharedName is null ? StandardNormal(parameter, shape, dtype, device)
            : NamedNoise.StandardNormal(Seed, NamedNormals.Stream(":" + sharedName), First, Count, shape, dtype, device);

    /// <summary>Draws mean + stddev ∘ eps with the numbers of the mean's own stream, <c>[S, …shape]</c>.</summary>
    public Tensor Normal(Tensor mean, Tensor stddev) => NamedNoise.Normal(Seed, StreamOf(mean), First, Count, mean, stddev);

    /// <summary>Draws some rows of the result of <see cref="Normal"/>, <c>[S, K, …]</c>.</summary>
    /// <param name="whole">The whole mean, which identifies the stream.</param>
    /// <param name="mean">The rows of the mean, <c>[K, …]</c>.</param>
    /// <param name="stddev">The rows of sigma.</param>
    /// <param name="rows">Their indices on axis 0 of the whole, <c>[K]</c>.</param>
    public Tensor NormalRows(Tensor whole, Tensor mean, Tensor stddev, Tensor rows)
    {
        using var indices = rows.cpu();
        return NamedNoise.NormalRows(Seed, StreamOf(whole), First, Count, mean, stddev, [.. indices.data<long>()]);
    }

    /// <summary>Adds Σ_k z_k u_k to weights, in place, with numbers z from the stream of a parameter.</summary>
    /// <param name="weights"><c>[S, …]</c>.</param>
    /// <param name="parameter">The parameter that identifies the stream.</param>
    /// <param name="factor">The directions u_k, <c>[rank, …]</c>.</param>
    /// <param name="sharedName">The name under which several parameters share the numbers, or null.</param>
    /// <returns>The weights.</returns>
    public Tensor AddDirections(Tensor weights, Tensor parameter, Tensor factor, string? sharedName = null)
    {
        using var z = StandardNormal(parameter, sharedName, [factor.shape[0]], factor.dtype, factor.device);
        NamedNoise.AddCombinations(weights, factor, z);
        return weights;
    }
}
