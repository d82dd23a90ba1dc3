using System.Numerics;
using Bayes.Layers.Kernels;
using Bayes.Layers.Modules;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>Multiplies values by a mask, which is 0 or one above 1.</summary>
internal abstract class SmallDropout<T>(int width) : SmallStep<T>(width) where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    public override void Backward(int sample, ReadOnlySpan<T> input, ReadOnlySpan<T> outputGradient, Span<T> inputGradient) =>
        Drop(sample, outputGradient, inputGradient);

    /// <inheritdoc/>
    protected override void Forward(int sample, ReadOnlySpan<T> input, Span<T> output) => Drop(sample, input, output);

    /// <summary>Multiplies values by the mask of a draw.</summary>
    protected abstract void Drop(int sample, ReadOnlySpan<T> values, Span<T> results);
}

/// <summary>
/// A <see cref="Dropout"/>, which drops other elements of each row and draw in training mode. The module makes the mask, from ones, so that it takes
/// the same numbers from torch's generator as on the plain path.
/// </summary>
internal sealed class SmallPlainDropout<T>(Dropout module, int width) : SmallDropout<T>(width) where T : unmanaged, IFloatingPointIeee754<T>
{
    private T[] _masks = [];
    private bool _drops;

    /// <inheritdoc/>
    public override bool IsPossible => ModuleHooks.HasNone(module);

    /// <inheritdoc/>
    public override void Draw(in SmallPass<T> pass)
    {
        _drops = module.training && module.p > 0;
        if (!_drops)
            return;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var masks = module.call(ones([pass.Samples * pass.Rows, Width], typeof(T) == typeof(double) ? ScalarType.Float64 : ScalarType.Float32, CPU));
        if (_masks.Length != masks.numel())
            _masks = new T[masks.numel()];
        masks.AsSpan<T>().CopyTo(_masks);
    }

    /// <inheritdoc/>
    protected override void Drop(int sample, ReadOnlySpan<T> values, Span<T> results)
    {
        if (_drops)
            Vectors.Multiply(values, _masks.AsSpan(sample * values.Length, values.Length), results);
        else
            values.CopyTo(results);
    }
}

/// <summary>A <see cref="MonteCarloDropout"/>, which drops the same features of all rows in a draw.</summary>
/// <param name="module">The module.</param>
/// <param name="width">The features.</param>
/// <param name="first">An earlier use of the module in the pass, which has drawn the mask; null if there is none.</param>
internal sealed class SmallDrawnDropout<T>(MonteCarloDropout module, int width, SmallDrawnDropout<T>? first) : SmallDropout<T>(width)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private T[] _masks = [];

    /// <inheritdoc/>
    public override void Draw(in SmallPass<T> pass)
    {
        if (first is not null || module.Probability == 0)
            return;
        using var scope = NewDisposeScope();
        var noise = pass.Noise.StandardNormal(
            [pass.Samples, 1, Width], typeof(T) == typeof(double) ? ScalarType.Float64 : ScalarType.Float32, CPU).contiguous();
        if (_masks.Length == 0)
            _masks = new T[noise.numel()];
        module.Mask<T>(noise.AsSpan<T>(), _masks);
        GC.KeepAlive(noise);
    }

    /// <inheritdoc/>
    protected override void Drop(int sample, ReadOnlySpan<T> values, Span<T> results)
    {
        if (module.Probability == 0)
        {
            values.CopyTo(results);
            return;
        }
        var mask = (first ?? this)._masks.AsSpan(sample * Width, Width);
        for (int start = 0; start < values.Length; start += Width)
            Vectors.Multiply(values.Slice(start, Width), mask, results.Slice(start, Width));
    }
}
