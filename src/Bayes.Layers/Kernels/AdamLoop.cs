using System.Numerics;

namespace Bayes.Layers.Kernels;

/// <summary>
/// One step of Adam (Kingma &amp; Ba 2015, "Adam: A Method for Stochastic Optimization", algorithm 1) for blocks of numbers, with the bias of both
/// means corrected.
/// </summary>
/// <param name="settings">The settings of the optimizer.</param>
/// <param name="step">The number of the step, from 1 on.</param>
/// <param name="values">The parameters.</param>
/// <param name="slopes">The gradients.</param>
/// <param name="means">The running means of gradients.</param>
/// <param name="squares">The running means of squared gradients.</param>
internal readonly struct AdamLoop<T>(
    AdamSettings settings, long step, TensorMemory<T> values, TensorMemory<T> slopes, TensorMemory<T> means, TensorMemory<T> squares) : IBlockTerm
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _kept = T.CreateTruncating(settings.Kept);
    private readonly T _pull = T.CreateTruncating(settings.Pull);
    private readonly T _sign = T.CreateTruncating(settings.Maximizes ? -1.0 : 1.0);
    private readonly T _beta1 = T.CreateTruncating(settings.Beta1);
    private readonly T _beta2 = T.CreateTruncating(settings.Beta2);
    private readonly T _rest1 = T.CreateTruncating(1 - settings.Beta1);
    private readonly T _rest2 = T.CreateTruncating(1 - settings.Beta2);
    // The reciprocal of the root of the second mean's bias.
    private readonly T _correction = T.CreateTruncating(1 / Math.Sqrt(1 - Math.Pow(settings.Beta2, step)));
    private readonly T _epsilon = T.CreateTruncating(settings.Epsilon);
    // The learning rate divided by the first mean's bias.
    private readonly T _rate = T.CreateTruncating(settings.LearningRate / (1 - Math.Pow(settings.Beta1, step)));

    /// <summary>Gets the number of parameters.</summary>
    public int Length => values.Length;

    /// <summary>Updates one block; returns 0.</summary>
    /// <inheritdoc/>
    public double Take(int start, int length)
    {
        Span<T> value = values.Slice(start, length), slope = slopes.Slice(start, length);
        Span<T> mean = means.Slice(start, length), square = squares.Slice(start, length);
        Span<Vector<T>> valueVectors = Vectors.Of(value), slopeVectors = Vectors.Of(slope);
        Span<Vector<T>> meanVectors = Vectors.Of(mean), squareVectors = Vectors.Of(square);
        Vector<T> kept = new(_kept), pull = new(_pull), sign = new(_sign), correction = new(_correction), epsilon = new(_epsilon), rate = new(_rate);
        Vector<T> beta1 = new(_beta1), beta2 = new(_beta2), rest1 = new(_rest1), rest2 = new(_rest2);
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
