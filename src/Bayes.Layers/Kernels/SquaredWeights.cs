using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Bayes.Layers.Kernels;

/// <summary>What the variances in fully connected layers with independent normal weights are multiplied with: sigma² and mu² + sigma².</summary>
/// <remarks>Its memory is borrowed, which is faster than new pages for each prediction; dispose it to return the memory.</remarks>
internal sealed class SquaredWeights : IDisposable
{
    private readonly List<(float[] Variance, float[] SecondMoment, int Length, float[] BiasVariance)> _layers = [];

    /// <summary>Adds a layer.</summary>
    /// <param name="mean">mu.</param>
    /// <param name="logVariance">log sigma²; empty for weights that are known.</param>
    /// <param name="biasLogVariance">log sigma² of the bias; empty without a bias, or for a known one.</param>
    /// <param name="biasLength">The number of biases.</param>
    public void Add(ReadOnlySpan<float> mean, ReadOnlySpan<float> logVariance, ReadOnlySpan<float> biasLogVariance, int biasLength)
    {
        // The first layer's input is known, so only the variances are needed.
        float[] variance = ArrayPool<float>.Shared.Rent(mean.Length);
        float[] second = _layers.Count == 0 ? [] : ArrayPool<float>.Shared.Rent(mean.Length);
        float[] bias = new float[biasLength];
        _layers.Add((variance, second, mean.Length, bias));
        if (logVariance.IsEmpty)
            variance.AsSpan(0, mean.Length).Clear();
        else
            Exp(logVariance, variance);
        Exp(biasLogVariance, bias);
        if (second.Length > 0)
            AddSquares(mean, variance, second);
    }

    /// <summary>Returns sigma² <c>[out, in]</c> of a layer.</summary>
    public ReadOnlySpan<float> Variance(int layer) => _layers[layer].Variance.AsSpan(0, _layers[layer].Length);

    /// <summary>Returns mu² + sigma² <c>[out, in]</c> of a layer behind the first.</summary>
    public ReadOnlySpan<float> SecondMoment(int layer) => _layers[layer].SecondMoment.AsSpan(0, _layers[layer].Length);

    /// <summary>Returns sigma² <c>[out]</c> of the bias of a layer; empty without a bias.</summary>
    public ReadOnlySpan<float> BiasVariance(int layer) => _layers[layer].BiasVariance;

    /// <summary>Returns the memory.</summary>
    public void Dispose()
    {
        foreach (var (variance, second, _, _) in _layers)
        {
            ArrayPool<float>.Shared.Return(variance);
            if (second.Length > 0)
                ArrayPool<float>.Shared.Return(second);
        }
        _layers.Clear();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddSquares(ReadOnlySpan<float> mean, ReadOnlySpan<float> variance, Span<float> results)
    {
        int i = 0;
        for (; i <= mean.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var m = new Vector<float>(mean[i..]);
            (m * m + new Vector<float>(variance[i..])).CopyTo(results[i..]);
        }
        for (; i < mean.Length; i++)
            results[i] = mean[i] * mean[i] + variance[i];
    }

    private static void Exp(ReadOnlySpan<float> logarithms, Span<float> results)
    {
        if (Vector512.IsHardwareAccelerated)
            Exp<Lanes512>(logarithms, results);
        else if (Vector256.IsHardwareAccelerated)
            Exp<Lanes256>(logarithms, results);
        else
            Exp<Lanes128>(logarithms, results);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Exp<TLanes>(ReadOnlySpan<float> logarithms, Span<float> results) where TLanes : struct, ILanes<TLanes>
    {
        var from = MemoryMarshal.Cast<float, TLanes>(logarithms);
        var to = MemoryMarshal.Cast<float, TLanes>(results)[..from.Length];
        for (int i = 0; i < from.Length; i++)
            to[i] = LaneFunctions.Exp(from[i]);
        for (int i = from.Length * TLanes.Count; i < logarithms.Length; i++)
            results[i] = MathF.Exp(logarithms[i]);
    }
}
