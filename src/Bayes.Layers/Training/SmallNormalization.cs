using System.Numerics;
using Bayes.Layers.Kernels;
using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>A <see cref="LayerNorm"/> over the features of a row, whose scale and shift are plain parameters.</summary>
internal sealed class SmallNormalization<T>(LayerNorm module, int width) : SmallStep<T>(width) where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly LayerNormLoop<T> _loop = new(width, module.eps);
    private readonly T[] _scaleGradient = new T[width];
    private readonly T[] _shiftGradient = new T[width];
    private TensorMemory<T> _scale;
    private TensorMemory<T> _shift;
    private T[] _normalized = [];
    private T[] _inverseStddevs = [];

    /// <summary>Determines whether managed code can compute a module between steps of a number of features.</summary>
    public static bool Takes(LayerNorm module, int width)
    {
        var dtype = typeof(T) == typeof(double) ? ScalarType.Float64 : ScalarType.Float32;
        return module.normalized_shape is [var size] && size == width && IsPlain(module.weight) && IsPlain(module.bias);

        bool IsPlain(Parameter? parameter) => parameter is null || parameter.IsPlain(dtype);
    }

    /// <inheritdoc/>
    public override bool IsPossible => ModuleHooks.HasNone(module) && Takes(module, Width);

    /// <inheritdoc/>
    public override void Draw(in SmallPass<T> pass)
    {
        _scale = module.weight is { } scale ? scale.AsMemory<T>() : default;
        _shift = module.bias is { } shift ? shift.AsMemory<T>() : default;
        Array.Clear(_scaleGradient);
        Array.Clear(_shiftGradient);
        if (_inverseStddevs.Length < pass.Rows)
            (_inverseStddevs, _normalized) = (new T[pass.Rows], new T[pass.Rows * Width]);
    }

    /// <inheritdoc/>
    public override void Backward(int sample, ReadOnlySpan<T> input, ReadOnlySpan<T> outputGradient, Span<T> inputGradient) =>
        _loop.Backward(
            _normalized.AsSpan(0, outputGradient.Length), _inverseStddevs, _scale.All, outputGradient, _scaleGradient, _shiftGradient, inputGradient);

    /// <inheritdoc/>
    public override void End()
    {
        Store(module.weight, _scaleGradient);
        Store(module.bias, _shiftGradient);
    }

    /// <inheritdoc/>
    protected override void Forward(int sample, ReadOnlySpan<T> input, Span<T> output) =>
        _loop.Forward(input, _scale.All, _shift.All, _normalized.AsSpan(0, input.Length), _inverseStddevs, output);

    private static void Store(Parameter? parameter, T[] numbers)
    {
        if (parameter is not { requires_grad: true })
            return;
        using var scope = NewDisposeScope();
        var gradient = empty(parameter.shape, parameter.dtype, CPU);
        numbers.CopyTo(gradient.AsSpan<T>());
        // A module that is used several times adds up.
        if (parameter.grad is { } sum)
            sum.add_(gradient, Scalars.One);
        else
            parameter.grad = gradient;
    }
}
