using System.Numerics;
using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>A step of Adam or AdamW for one parameter.</summary>
internal abstract class AdamUpdate(Parameter parameter)
{
    /// <summary>The parameter.</summary>
    public Parameter Parameter { get; } = parameter;

    /// <summary>Gets ready for a step along a gradient; says whether it can be made here. Nothing changes.</summary>
    /// <param name="gradient">The gradient, which has to live until the step is made; none where the parameter is not to be stepped.</param>
    public abstract bool TryPrepare(Tensor? gradient);

    /// <summary>
    /// Determines, without looking at the numbers, whether the next step leaves the parameter and the optimizer's means finite. False if it cannot
    /// be known. To be called once before each step.
    /// </summary>
    /// <param name="gradientNorm">The Euclidean norm of all gradients.</param>
    public abstract bool IsSurelyFinite(double gradientNorm);

    /// <summary>Makes the step.</summary>
    public abstract void Make();
}

/// <inheritdoc/>
internal sealed class AdamUpdate<T>(Parameter parameter, IAdamState state) : AdamUpdate(parameter) where T : unmanaged, IFloatingPointIeee754<T>
{
    private static readonly ScalarType Type = typeof(T) == typeof(double) ? ScalarType.Float64 : ScalarType.Float32;

    private readonly KnownNumbers<T> _values = new();
    private readonly KnownNumbers<T> _slopes = new();
    private readonly KnownNumbers<T> _means = new();
    private readonly KnownNumbers<T> _squares = new();
    private readonly double _most = Type.Largest();
    private readonly bool _isOfType = parameter.dtype == Type;
    private AdamNumbers? _next;
    private double _largest = double.NaN;

    /// <inheritdoc/>
    public override bool IsSurelyFinite(double gradientNorm)
    {
        if (!_isOfType)
            return false;
        if (!(_largest < _most))
            _largest = Finiteness.Largest(Parameter);
        var settings = state.Settings;
        double gradient = gradientNorm + settings.Pull * _largest;
        _largest = _largest * Math.Max(1, Math.Abs(settings.Kept)) + settings.LargestMove;
        return _largest < _most && gradient * gradient < _most;
    }

    /// <inheritdoc/>
    public override bool TryPrepare(Tensor? gradient)
    {
        _next = null;
        if (gradient is null)
            return true;
        if (!_values.TryKnow(Parameter, Type) || !_slopes.TryKnow(gradient, Type) || !_means.TryKnow(state.Mean, Type) || !_squares.TryKnow(state.Square, Type))
            return false;
        var settings = state.Settings;
        if (settings.KeepsLargest)
            return false;
        _next = new AdamNumbers(settings, state.Steps + 1);
        return true;
    }

    /// <inheritdoc/>
    public override void Make()
    {
        if (_next is not { } numbers)
            return;
        state.Steps++;
        Blocks.Sum(_values.Numbers.Length, new Term(numbers, _values.Numbers, _slopes.Numbers, _means.Numbers, _squares.Numbers));
        GC.KeepAlive(this);
    }

    private readonly struct Term(AdamNumbers numbers, Numbers<T> values, Numbers<T> slopes, Numbers<T> means, Numbers<T> squares) : IBlockTerm
    {
        private readonly T _kept = T.CreateTruncating(numbers.Kept);
        private readonly T _pull = T.CreateTruncating(numbers.Pull);
        private readonly T _sign = T.CreateTruncating(numbers.Sign);
        private readonly T _beta1 = T.CreateTruncating(numbers.Beta1);
        private readonly T _beta2 = T.CreateTruncating(numbers.Beta2);
        private readonly T _rest1 = T.CreateTruncating(1 - numbers.Beta1);
        private readonly T _rest2 = T.CreateTruncating(1 - numbers.Beta2);
        private readonly T _correction = T.CreateTruncating(numbers.Correction);
        private readonly T _epsilon = T.CreateTruncating(numbers.Epsilon);
        private readonly T _rate = T.CreateTruncating(numbers.Rate);

        public double Take(int start, int length)
        {
            Span<T> value = values.Slice(start, length), slope = slopes.Slice(start, length), mean = means.Slice(start, length), square = squares.Slice(start, length);
            Span<Vector<T>> valueVectors = Vectors.Of(value), slopeVectors = Vectors.Of(slope), meanVectors = Vectors.Of(mean), squareVectors = Vectors.Of(square);
            Vector<T> kept = new(_kept), pull = new(_pull), sign = new(_sign), beta1 = new(_beta1), beta2 = new(_beta2), rest1 = new(_rest1), rest2 = new(_rest2);
            Vector<T> correction = new(_correction), epsilon = new(_epsilon), rate = new(_rate);
            for (int i = 0; i < valueVectors.Length; i++)
            {
                var g = slopeVectors[i] * sign + valueVectors[i] * pull;
                var m = meanVectors[i] = meanVectors[i] * beta1 + g * rest1;
                var s = squareVectors[i] = squareVectors[i] * beta2 + g * g * rest2;
                valueVectors[i] = valueVectors[i] * kept - m * rate / (Vector.SquareRoot(s) * correction + epsilon);
            }
            for (int i = valueVectors.Length * Vector<T>.Count; i < value.Length; i++)
            {
                T g = slope[i] * _sign + value[i] * _pull;
                T m = mean[i] = mean[i] * _beta1 + g * _rest1;
                T s = square[i] = square[i] * _beta2 + g * g * _rest2;
                value[i] = value[i] * _kept - m * _rate / (T.Sqrt(s) * _correction + _epsilon);
            }
            return 0;
        }
    }
}
