using System.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>What some of TorchSharp's elementwise modules compute, and its slope, in managed code: a new one is an entry in the table and a function.</summary>
internal abstract class SmallFunction
{
    private static readonly Dictionary<Type, SmallFunction> Functions = new()
    {
        [typeof(Tanh)] = new Of<TanhFunction>(),
        [typeof(Sigmoid)] = new Of<SigmoidFunction>(),
        [typeof(ReLU)] = new Of<ReluFunction>(),
    };

    /// <summary>The function of a module; none where it is not known.</summary>
    public static SmallFunction? TryOf(nn.Module module) => Functions.GetValueOrDefault(module.GetType());

    /// <summary>The function of every value.</summary>
    public abstract void Apply<T>(ReadOnlySpan<T> values, Span<T> results) where T : unmanaged, IFloatingPointIeee754<T>;

    /// <summary>Multiplies gradients in the function's results with its slope, which is known from the results.</summary>
    public abstract void MultiplySlope<T>(ReadOnlySpan<T> results, Span<T> gradients) where T : unmanaged, IFloatingPointIeee754<T>;

    private interface IFunction
    {
        static abstract T Value<T>(T x) where T : IFloatingPointIeee754<T>;

        static abstract T Slope<T>(T result) where T : IFloatingPointIeee754<T>;
    }

    private sealed class Of<TFunction> : SmallFunction where TFunction : IFunction
    {
        public override void Apply<T>(ReadOnlySpan<T> values, Span<T> results)
        {
            for (int i = 0; i < values.Length; i++)
                results[i] = TFunction.Value(values[i]);
        }

        public override void MultiplySlope<T>(ReadOnlySpan<T> results, Span<T> gradients)
        {
            for (int i = 0; i < results.Length; i++)
                gradients[i] *= TFunction.Slope(results[i]);
        }
    }

    private readonly struct TanhFunction : IFunction
    {
        public static T Value<T>(T x) where T : IFloatingPointIeee754<T> => T.Tanh(x);

        public static T Slope<T>(T result) where T : IFloatingPointIeee754<T> => T.One - result * result;
    }

    private readonly struct SigmoidFunction : IFunction
    {
        public static T Value<T>(T x) where T : IFloatingPointIeee754<T> => T.One / (T.One + T.Exp(-x));

        public static T Slope<T>(T result) where T : IFloatingPointIeee754<T> => (T.One - result) * result;
    }

    private readonly struct ReluFunction : IFunction
    {
        // NaN stays NaN.
        public static T Value<T>(T x) where T : IFloatingPointIeee754<T> => x < T.Zero ? T.Zero : x;

        public static T Slope<T>(T result) where T : IFloatingPointIeee754<T> => result > T.Zero ? T.One : T.Zero;
    }
}
