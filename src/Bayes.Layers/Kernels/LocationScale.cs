using System.Numerics;

namespace Bayes.Layers.Kernels;

/// <summary>
/// value = location + deviation with deviation = exp(log square / 2) · noise, and the chain rule back: ∂value/∂location = 1 and
/// ∂value/∂(log square) = ½ deviation. Loops over blocks.
/// </summary>
internal static class LocationScale
{
    /// <summary>Computes scale = exp(log square / 2).</summary>
    public static void Scale<T>(ReadOnlySpan<T> logSquare, Span<T> scale) where T : unmanaged, IFloatingPointIeee754<T> =>
        Vectors.Exp(logSquare, T.CreateTruncating(0.5), scale);

    /// <summary>Turns noise into deviations, in place.</summary>
    public static void ToDeviations<T>(ReadOnlySpan<T> scale, Span<T> noise) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var scales = Vectors.Of(scale);
        var noises = Vectors.Of(noise);
        for (int i = 0; i < noises.Length; i++)
            noises[i] = scales[i] * noises[i];
        for (int i = noises.Length * Vector<T>.Count; i < noise.Length; i++)
            noise[i] = scale[i] * noise[i];
    }

    /// <summary>Turns noise into deviations, in place, and computes the values.</summary>
    public static void Draw<T>(ReadOnlySpan<T> location, ReadOnlySpan<T> scale, Span<T> noise, Span<T> values)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ReadOnlySpan<Vector<T>> locations = Vectors.Of(location), scales = Vectors.Of(scale);
        Span<Vector<T>> noises = Vectors.Of(noise), results = Vectors.Of(values);
        for (int i = 0; i < noises.Length; i++)
        {
            var deviation = noises[i] = scales[i] * noises[i];
            results[i] = deviation + locations[i];
        }
        for (int i = noises.Length * Vector<T>.Count; i < noise.Length; i++)
        {
            T deviation = noise[i] = scale[i] * noise[i];
            values[i] = deviation + location[i];
        }
    }

    /// <summary>Writes the gradients of one draw.</summary>
    /// <param name="gradient">The gradient of the values.</param>
    /// <param name="deviation">The draw's deviations.</param>
    /// <param name="locationGradient">Receives the gradient of the location.</param>
    /// <param name="logSquareGradient">Receives the gradient of the log square.</param>
    public static void Backward<T>(
        ReadOnlySpan<T> gradient, ReadOnlySpan<T> deviation, Span<T> locationGradient, Span<T> logSquareGradient)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T half = T.CreateTruncating(0.5);
        ReadOnlySpan<Vector<T>> gradients = Vectors.Of(gradient), deviations = Vectors.Of(deviation);
        Span<Vector<T>> locationGradients = Vectors.Of(locationGradient), logSquareGradients = Vectors.Of(logSquareGradient);
        for (int i = 0; i < gradients.Length; i++)
        {
            var slope = gradients[i];
            locationGradients[i] = slope;
            logSquareGradients[i] = slope * deviations[i] * half;
        }
        for (int i = gradients.Length * Vector<T>.Count; i < gradient.Length; i++)
        {
            T slope = gradient[i];
            locationGradient[i] = slope;
            logSquareGradient[i] = slope * deviation[i] * half;
        }
    }

    /// <summary>Adds factor · gradient · spread to sums: the gradients of log squares.</summary>
    public static void AddProducts<T>(ReadOnlySpan<T> gradient, ReadOnlySpan<T> spread, T factor, Span<T> sums)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ReadOnlySpan<Vector<T>> gradients = Vectors.Of(gradient), spreads = Vectors.Of(spread);
        var results = Vectors.Of(sums);
        for (int i = 0; i < gradients.Length; i++)
            results[i] += gradients[i] * spreads[i] * factor;
        for (int i = gradients.Length * Vector<T>.Count; i < gradient.Length; i++)
            sums[i] += gradient[i] * spread[i] * factor;
    }
}
