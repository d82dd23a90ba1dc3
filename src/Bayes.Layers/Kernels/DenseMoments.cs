using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Bayes.Layers.Kernels;

/// <summary>Passes means and variances of rows through fully connected layers with random weights, for registers of some width.</summary>
internal abstract class DenseMoments
{
    /// <summary>Returns the kernel for the widest registers of this processor.</summary>
    /// <param name="steps">The steps; the first is a layer.</param>
    public static DenseMoments Of(IReadOnlyList<DenseStep> steps) =>
        Vector512.IsHardwareAccelerated ? new DenseMoments<Lanes512>(steps)
        : Vector256.IsHardwareAccelerated ? new DenseMoments<Lanes256>(steps)
        : new DenseMoments<Lanes128>(steps);

    /// <summary>Gets the number of floats of working memory that <see cref="Pass"/> needs.</summary>
    public abstract int RoomLength { get; }

    /// <summary>Gets the number of rows that a pass takes at a time.</summary>
    public abstract int TileRows { get; }

    /// <summary>Passes up to <see cref="TileRows"/> rows.</summary>
    /// <param name="input">x, <c>[rows, in]</c>, which is known exactly.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="weights">The means W of the weights of each layer, <c>[out, in]</c>, and those of the biases.</param>
    /// <param name="squares">What variances are multiplied with.</param>
    /// <param name="room">Working memory, <see cref="RoomLength"/> floats.</param>
    /// <param name="means">Receives the means, <c>[rows, out]</c>.</param>
    /// <param name="variances">Receives the variances, <c>[rows, out]</c>.</param>
    public abstract void Pass(
        ReadOnlySpan<float> input, int rows, DenseWeights weights, SquaredWeights squares, Span<float> room, Span<float> means,
        Span<float> variances);
}

/// <summary>The passes for registers of one width.</summary>
internal sealed class DenseMoments<TLanes> : DenseMoments where TLanes : struct, ILanes<TLanes>
{
    // Means and variances of a layer's input and output for one tile, with weights, fit into a second-level cache.
    private const int TileBytes = 384 << 10;
    private const int FewestRows = 96, MostRows = 192;

    private readonly Step[] _steps;
    private readonly int _inputSize;
    private readonly int _outputSize;
    private readonly int _widest;
    private readonly int _tileVectors;

    public DenseMoments(IReadOnlyList<DenseStep> steps)
    {
        var layers = steps.OfType<DenseStep.Layer>().ToList();
        _inputSize = layers[0].InputSize;
        _outputSize = layers[^1].OutputSize;
        _widest = layers.Max(layer => Math.Max(layer.InputSize, layer.OutputSize));
        _tileVectors = Math.Clamp(TileBytes / (5 * sizeof(float) * _widest), FewestRows, MostRows) / TLanes.Count;
        int width = _inputSize, index = 0;
        _steps = [.. steps.Select(step => step switch
        {
            DenseStep.Layer layer => new Step(index++, layer.InputSize, width = layer.OutputSize, null),
            _ => new Step(-1, width, width, ((DenseStep.Elementwise)step).Function.NormalFor<TLanes>()),
        })];
    }

    /// <inheritdoc/>
    public override int TileRows => _tileVectors * TLanes.Count;

    /// <inheritdoc/>
    public override int RoomLength => 5 * _widest * TileRows;

    /// <inheritdoc/>
    public override void Pass(
        ReadOnlySpan<float> input, int rows, DenseWeights weights, SquaredWeights squares, Span<float> room, Span<float> means,
        Span<float> variances)
    {
        var lanes = MemoryMarshal.Cast<float, TLanes>(room);
        int part = _widest * _tileVectors, vectors = (rows + TLanes.Count - 1) / TLanes.Count;
        Span<TLanes> mean = lanes[..part], variance = lanes.Slice(part, part), square = lanes.Slice(2 * part, part);
        Span<TLanes> otherMean = lanes.Slice(3 * part, part), otherVariance = lanes.Slice(4 * part, part);
        LaneProduct<TLanes>.Transpose(input[..(rows * _inputSize)], _inputSize, rows, mean, vectors);
        foreach (var step in _steps)
        {
            int inputs = step.InputSize, length = inputs * vectors;
            if (step.Function is { } function)
            {
                function.Apply(mean[..length], variance[..length]);
                continue;
            }
            bool isFirst = step.Layer == 0;
            Square(mean[..length], square);
            LaneProduct<TLanes>.Multiply(
                mean, weights.Weight(step.Layer, 0), weights.Bias(step.Layer, 0), otherMean, inputs, step.OutputSize, vectors);
            LaneProduct<TLanes>.Multiply(
                square, squares.Variance(step.Layer), squares.BiasVariance(step.Layer), otherVariance, inputs, step.OutputSize, vectors);
            if (!isFirst)
                LaneProduct<TLanes>.Multiply(
                    variance, squares.SecondMoment(step.Layer), [], otherVariance, inputs, step.OutputSize, vectors, isAdded: true);
            var before = mean;
            mean = otherMean;
            otherMean = before;
            before = variance;
            variance = otherVariance;
            otherVariance = before;
        }
        Write(mean, rows, vectors, means);
        Write(variance, rows, vectors, variances);
    }

    private static void Square(ReadOnlySpan<TLanes> values, Span<TLanes> squares)
    {
        for (int i = 0; i < values.Length; i++)
            squares[i] = values[i] * values[i];
    }

    private void Write(ReadOnlySpan<TLanes> values, int rows, int vectors, Span<float> output)
    {
        for (int feature = 0; feature < _outputSize; feature++)
        {
            var from = MemoryMarshal.Cast<TLanes, float>(values.Slice(feature * vectors, vectors));
            for (int row = 0; row < rows; row++)
                output[row * _outputSize + feature] = from[row];
        }
    }

    private readonly record struct Step(int Layer, int InputSize, int OutputSize, NormalLoop<TLanes>? Function);
}
