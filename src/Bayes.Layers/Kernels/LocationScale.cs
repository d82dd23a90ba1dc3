using System.Numerics;

namespace Bayes.Layers.Kernels;

/// <summary>
/// value = location + scale · noise with scale = exp(log square / 2), and the chain rule back: ∂value/∂location = 1 and
/// ∂value/∂(log square) = ½ scale · noise. Loops over blocks.
/// </summary>
internal static class LocationScale
{
    /// <summary>Computes scale = exp(log square / 2).</summary>
    public static void Scale<T>(ReadOnlySpan<T> logSquare, Span<T> scale) where T : unmanaged, IFloatingPointIeee754<T> =>
        Vectors.Exp(logSquare, T.CreateTruncating(0.5), scale);

    /// <summary>Writes the gradients of one draw, and squares the scale.</summary>
    /// <param name="gradient">The gradient of the values.</param>
    /// <param name="noise">The draw's noise.</param>
    /// <param name="scale">The scale, which is replaced by its square.</param>
    /// <param name="locationGradient">Receives the gradient of the location.</param>
    /// <param name="logSquareGradient">Receives the gradient of the log square.</param>
    public static void Backward<T>(
        ReadOnlySpan<T> gradient, ReadOnlySpan<T> noise, Span<T> scale, Span<T> locationGradient, Span<T> logSquareGradient)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T half = T.CreateTruncating(0.5);
        ReadOnlySpan<Vector<T>> gradients = Vectors.Of(gradient), noises = Vectors.Of(noise);
        Span<Vector<T>> scales = Vectors.Of(scale), locationGradients = Vectors.Of(locationGradient);
        var logSquareGradients = Vectors.Of(logSquareGradient);
        for (int i = 0; i < gradients.Length; i++)
        {
            Vector<T> slope = gradients[i], own = scales[i];
            locationGradients[i] = slope;
            logSquareGradients[i] = slope * noises[i] * (own * half);
            scales[i] = own * own;
        }
        for (int i = gradients.Length * Vector<T>.Count; i < gradient.Length; i++)
        {
            T slope = gradient[i], own = scale[i];
            locationGradient[i] = slope;
            logSquareGradient[i] = slope * noise[i] * (own * half);
            scale[i] = own * own;
        }
    }

    /// <summary>
    /// Adds the gradients of one of several draws to those of location and scale. Call <see cref="EndBackward"/> after the last draw.
    /// </summary>
    /// <param name="gradient">The gradient of the values.</param>
    /// <param name="noise">The draw's noise.</param>
    /// <param name="locationGradient">The sum of the gradients of the location.</param>
    /// <param name="scaleGradient">The sum of the gradients of the scale.</param>
    public static void AddBackward<T>(ReadOnlySpan<T> gradient, ReadOnlySpan<T> noise, Span<T> locationGradient, Span<T> scaleGradient)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ReadOnlySpan<Vector<T>> gradients = Vectors.Of(gradient), noises = Vectors.Of(noise);
        Span<Vector<T>> locationGradients = Vectors.Of(locationGradient), scaleGradients = Vectors.Of(scaleGradient);
        for (int i = 0; i < gradients.Length; i++)
        {
            locationGradients[i] += gradients[i];
            scaleGradients[i] += gradients[i] * noises[i];
        }
        for (int i = gradients.Length * Vector<T>.Count; i < gradient.Length; i++)
        {
            locationGradient[i] += gradient[i];
            scaleGradient[i] += gradient[i] * noise[i];
        }
    }

    /// <summary>Turns gradients of the scale into gradients of the log square, and squares the scale.</summary>
    public static void EndBackward<T>(Span<T> scaleGradient, Span<T> scale) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T half = T.CreateTruncating(0.5);
        Span<Vector<T>> scaleGradients = Vectors.Of(scaleGradient), scales = Vectors.Of(scale);
        for (int i = 0; i < scales.Length; i++)
        {
            var own = scales[i];
            scaleGradients[i] *= own * half;
            scales[i] = own * own;
        }
        for (int i = scales.Length * Vector<T>.Count; i < scale.Length; i++)
        {
            T own = scale[i];
            scaleGradient[i] *= own * half;
            scale[i] = own * own;
        }
    }
}
