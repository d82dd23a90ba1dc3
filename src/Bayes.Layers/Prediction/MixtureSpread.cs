using System.Numerics;
using Bayes.Layers.Kernels;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>
/// Holds the mean of a mixture of draws, its variances and its standard deviations: each with its own storage, and in the caller's dispose scope.
/// </summary>
/// <param name="Mean">The mean.</param>
/// <param name="AleatoricVariance">The mean of the draws' variances.</param>
/// <param name="AleatoricStddev">Its root.</param>
/// <param name="EpistemicVariance">The variance of the draws' means, with divisor S.</param>
/// <param name="TotalVariance">The sum of both variances.</param>
/// <param name="TotalStddev">Its root.</param>
/// <param name="EpistemicStddev">The standard deviation of the draws' means, with divisor S − 1; 0 with one draw, as the next.</param>
/// <param name="StandardErrorOfMean">The last over √S.</param>
internal sealed record MixtureSpread(
    Tensor Mean, Tensor AleatoricVariance, Tensor AleatoricStddev, Tensor EpistemicVariance, Tensor TotalVariance, Tensor TotalStddev,
    Tensor EpistemicStddev, Tensor StandardErrorOfMean)
{
    /// <summary>Computes the values.</summary>
    /// <param name="moments">The moments.</param>
    /// <param name="dtype">The type of the values.</param>
    public static MixtureSpread Of(MixtureMoments moments, ScalarType dtype)
    {
        bool isPlain = new[] { moments.Mean, moments.Squares, moments.Noise }.All(each => each.IsPlain(ScalarType.Float64));
        return (isPlain, dtype) switch
        {
            (true, ScalarType.Float32) => InOneSweep<float>(moments, dtype),
            (true, ScalarType.Float64) => InOneSweep<double>(moments, dtype),
            _ => InTorch(moments, dtype),
        };
    }

    // For a few rows, the overhead of torch's operations would exceed that of the whole prediction.
    private static MixtureSpread InOneSweep<T>(MixtureMoments moments, ScalarType dtype) where T : unmanaged, IFloatingPointIeee754<T>
    {
        long[] shape = moments.Mean.shape;
        var values = new MixtureSpread(New(), New(), New(), New(), New(), New(), New(), New());
        ReadOnlySpan<double> means = moments.Mean.AsSpan<double>(), squares = moments.Squares.AsSpan<double>();
        ReadOnlySpan<double> noise = moments.Noise.AsSpan<double>();
        Span<T> mean = values.Mean.AsSpan<T>(), total = values.TotalVariance.AsSpan<T>(), totalStddev = values.TotalStddev.AsSpan<T>();
        Span<T> aleatoric = values.AleatoricVariance.AsSpan<T>(), aleatoricStddev = values.AleatoricStddev.AsSpan<T>();
        Span<T> epistemic = values.EpistemicVariance.AsSpan<T>(), epistemicStddev = values.EpistemicStddev.AsSpan<T>();
        var error = values.StandardErrorOfMean.AsSpan<T>();
        var (perDraw, perDegree, perPair) = Divisors(moments.Count);
        for (int i = 0; i < means.Length; i++)
        {
            double variance = squares[i] * perDraw, sum = variance + noise[i];
            mean[i] = T.CreateTruncating(means[i]);
            aleatoric[i] = T.CreateTruncating(noise[i]);
            aleatoricStddev[i] = T.CreateTruncating(Math.Sqrt(noise[i]));
            epistemic[i] = T.CreateTruncating(variance);
            total[i] = T.CreateTruncating(sum);
            totalStddev[i] = T.CreateTruncating(Math.Sqrt(sum));
            epistemicStddev[i] = T.CreateTruncating(Math.Sqrt(squares[i] * perDegree));
            error[i] = T.CreateTruncating(Math.Sqrt(squares[i] * perPair));
        }
        GC.KeepAlive((moments, values));
        return values;

        Tensor New() => empty(shape, dtype, CPU);
    }

    private static MixtureSpread InTorch(MixtureMoments moments, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var (drawn, degree, pair) = Divisors(moments.Count);
        using Scalar perDraw = drawn, perDegree = degree, perPair = pair;
        var epistemic = moments.Squares.mul(perDraw);
        var total = epistemic.add(moments.Noise, Scalars.One);
        return new MixtureSpread(
            Result(moments.Mean), Result(moments.Noise), Result(moments.Noise.sqrt()), Result(epistemic), Result(total), Result(total.sqrt()),
            Result(moments.Squares.mul(perDegree).sqrt()), Result(moments.Squares.mul(perPair).sqrt()));

        Tensor Result(Tensor value) => value.to(dtype, copy: true).MoveToOuterDisposeScope();
    }

    private static (double PerDraw, double PerDegree, double PerPair) Divisors(int count)
    {
        double degrees = Math.Max(count - 1, 1);
        return (1.0 / count, 1 / degrees, 1 / (degrees * count));
    }
}
