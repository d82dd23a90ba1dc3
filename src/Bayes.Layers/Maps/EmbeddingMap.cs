using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Maps;

/// <summary>
/// A row of the weight for each index: linear in the weight, and in the input as the ones and zeros that an index stands for. Input
/// <c>[1|S, B, …]</c> of Int64, weight <c>[count, size]</c>, output <c>[1|S, B, …, size]</c>. A bias is added to every row.
/// </summary>
public sealed class EmbeddingMap : BilinearMap
{
    private readonly long _count;
    private readonly long _size;

    /// <summary>A map of <paramref name="count"/> rows.</summary>
    /// <param name="count">How many indices there are: 0 to count − 1. At least 1.</param>
    /// <param name="size">The length of a row; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public EmbeddingMap(long count, long size)
    {
        _count = Require.Positive(count);
        _size = Require.Positive(size);
        WeightShape = Require.Countable(count, size);
        BiasShape = [size];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<long> WeightShape { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<long> BiasShape { get; }

    /// <summary>1: a row alone makes an output.</summary>
    public override long FanIn => 1;

    /// <inheritdoc/>
    public override int ChannelAxis => -1;

    /// <summary>Int64, whatever the weights.</summary>
    public override ScalarType InputType(ScalarType weightType) => ScalarType.Int64;

    /// <inheritdoc/>
    public override Tensor Apply(Tensor input, Tensor weight, Tensor? bias = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        RequireIndices(input);
        var rows = weight.index_select(0, input.flatten());
        if (bias is not null)
            rows = rows.add(bias, Scalars.One);
        return rows.unflatten(0, input.shape).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor ApplyPerDraw(Tensor input, Tensor weights, Tensor? biases = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weights);
        long draws = weights.shape[0];
        CheckDraws(input, draws);
        using var scope = NewDisposeScope();
        RequireIndices(input);
        // Along the axis of rows all tables are read, and their gradients written, at once.
        var rows = input.shape[0] == 1
            ? weights.index_select(1, input.flatten())
            : weights.gather(1, input.flatten(1).unsqueeze(2).expand(-1, -1, _size));
        if (biases is not null)
            rows = rows.add(biases.unsqueeze(1), Scalars.One);
        return rows.unflatten(1, input.shape[1..]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void CheckInput(ReadOnlySpan<long> shape)
    {
        if (shape.Length < 1)
            throw new ArgumentException("The input is a scalar; expected indices [batch, …].", "input");
    }

    // The native library ends the process on a GPU, and reads what is not there.
    private void RequireIndices(Tensor indices)
    {
        if (indices.numel() == 0)
            return;
        var (minimum, maximum) = indices.aminmax();
        long low = minimum.ReadInt64(), high = maximum.ReadInt64();
        if (low < 0 || high >= _count)
            throw new ArgumentException($"The input has the index {(low < 0 ? low : high)}; expected 0 to {_count - 1}.", "input");
    }
}
