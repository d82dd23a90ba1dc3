using TorchSharp.Modules;

namespace Bayes.Layers.Modules;

/// <summary>The windows of a pooling by means, in one to three dimensions.</summary>
/// <param name="dimensions">The number of dimensions of space or time.</param>
internal sealed class AverageWindows(int dimensions)
{
    /// <summary>Gets the number of dimensions of space or time.</summary>
    public int Dimensions => dimensions;

    /// <summary>Gets the size of a window, one number for all dimensions or one for each; null if it follows from the size of the output.</summary>
    public long[]? Size { get; init; }

    /// <summary>Gets the distance between windows; that of <see cref="Size"/> if null.</summary>
    public long[]? Stride { get; init; }

    /// <summary>Gets the number of places before the first one; 0 if null.</summary>
    public long[]? Padding { get; init; }

    /// <summary>Gets whether places of the padding count.</summary>
    public bool CountsPadding { get; init; }

    /// <summary>Gets the number by which sums are divided, in place of the number of places; null by default.</summary>
    public long? Divisor { get; init; }

    /// <summary>Returns the windows of a pooling.</summary>
    public static AverageWindows Of(AvgPool1d pool) => new(1)
    {
        Size = [pool.kernel_size], Stride = pool.stride is { } stride ? [stride] : null, Padding = [pool.padding ?? 0],
        CountsPadding = pool.count_include_pad,
    };

    /// <inheritdoc cref="Of(AvgPool1d)"/>
    public static AverageWindows Of(AvgPool2d pool) => new(2)
    {
        Size = pool.kernel_size, Stride = pool.stride, Padding = pool.padding, CountsPadding = pool.count_include_pad,
        Divisor = pool.divisor_override,
    };

    /// <inheritdoc cref="Of(AvgPool1d)"/>
    public static AverageWindows Of(AvgPool3d pool) => new(3)
    {
        Size = pool.kernel_size, Stride = pool.stride, Padding = pool.padding, CountsPadding = pool.count_include_pad,
        Divisor = pool.divisor_override,
    };

    /// <summary>Returns the weight of a place in each window along a dimension.</summary>
    /// <param name="dimension">Zero-based index of the dimension.</param>
    /// <param name="inputs">The number of places of the input.</param>
    /// <param name="outputs">The number of windows.</param>
    public double[] Weights(int dimension, long inputs, long outputs)
    {
        double[] weights = new double[outputs];
        for (long i = 0; i < outputs; i++)
            weights[i] = Divisor is { } divisor ? (dimension == 0 ? 1.0 / divisor : 1) : 1.0 / Count(i);
        return weights;

        long Count(long index)
        {
            if (Size is null)
                return (inputs * (index + 1) + outputs - 1) / outputs - inputs * index / outputs;
            long size = At(Size), padding = Padding is null ? 0 : At(Padding), start = index * At(Stride ?? Size) - padding;
            return CountsPadding ? Math.Min(start + size, inputs + padding) - start : Math.Min(start + size, inputs) - Math.Max(start, 0);
        }

        long At(long[] numbers) => numbers[numbers.Length == 1 ? 0 : dimension];
    }
}
