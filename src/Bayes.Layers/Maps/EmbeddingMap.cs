using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Maps;

/// <summary>
/// A lookup of one row of the weight for each index, linear in the weight and in the ones and zeros that an index represents. Input
/// <c>[1|S, B, …]</c> of Int64, weight <c>[count, size]</c>, output <c>[1|S, B, …, size]</c>. A bias is added to every row.
/// </summary>
/// <remarks>A padding index represents only zeros, so its row is 0; the weight is then <c>[count − 1, size]</c>, without that row.</remarks>
public sealed class EmbeddingMap : BilinearMap
{
    // An integer, like the indices.
    private static readonly Scalar MinusOne = -1L;

    private readonly long _count;
    private readonly long _size;
    private readonly Scalar? _padding;
    private readonly Scalar? _lastRow;

    /// <summary>Creates a map of <paramref name="count"/> rows.</summary>
    /// <param name="count">The number of indices, 0 to count − 1; at least 1.</param>
    /// <param name="size">The length of a row; at least 1.</param>
    /// <param name="paddingIndex">
    /// The index whose row is 0 and not in the weight, from 0 to count − 1, or null. It requires a count of at least 2.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public EmbeddingMap(long count, long size, long? paddingIndex = null)
    {
        _count = Require.Positive(count);
        _size = Require.Positive(size);
        long rows = count;
        if (paddingIndex is { } padding)
        {
            rows = Require.Between(count, 2, long.MaxValue) - 1;
            _padding = Require.Between(padding, 0, count - 1, nameof(paddingIndex));
            _lastRow = rows - 1;
        }
        WeightShape = Require.Countable(rows, size);
        BiasShape = [size];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<long> WeightShape { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<long> BiasShape { get; }

    /// <summary>Gets 1, because each output uses a single row.</summary>
    public override long FanIn => 1;

    /// <inheritdoc/>
    public override int ChannelAxis => -1;

    /// <summary>Returns Int64 for every type of weights.</summary>
    public override ScalarType InputType(ScalarType weightType) => ScalarType.Int64;

    /// <inheritdoc/>
    public override Tensor Apply(Tensor input, Tensor weight, Tensor? bias = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        RequireIndices(input);
        var indices = input.flatten();
        var rows = WithoutPadding(weight.index_select(0, RowIndices(indices)), indices);
        if (bias is not null)
            rows = rows.add(bias, Scalars.One);
        return rows.unflatten(0, input.shape).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor ApplyPerDraw(Tensor input, Tensor weights, Tensor? biases = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weights);
        CheckDraws(input, weights.shape[0]);
        RequireIndices(input);
        return LookUp(input, weights, biases, rows: null);
    }

    /// <inheritdoc/>
    internal override bool UsesRows => true;

    /// <inheritdoc/>
    internal override Tensor RowsOf(Tensor input)
    {
        using var scope = NewDisposeScope();
        RequireIndices(input);
        return RowIndices(input.flatten()).unique(sorted: true).output.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override Tensor ApplyRowsPerDraw(Tensor input, Tensor rows, Tensor weights, Tensor? biases)
    {
        CheckDraws(input, weights.shape[0]);
        return LookUp(input, weights, biases, rows);
    }

    /// <inheritdoc/>
    public override void CheckInput(ReadOnlySpan<long> shape)
    {
        if (shape.Length < 1)
            throw new ArgumentException("The input is a scalar; expected indices [batch, …].", "input");
    }

    private Tensor LookUp(Tensor input, Tensor weights, Tensor? biases, Tensor? rows)
    {
        using var scope = NewDisposeScope();
        // One call along the axis of rows reads all tables and writes their gradients.
        bool isShared = input.shape[0] == 1;
        var indices = isShared ? input.flatten() : input.flatten(1);
        var rowIndices = RowIndices(indices);
        if (rows is not null)
            rowIndices = searchsorted(rows, rowIndices);
        var found = WithoutPadding(
            isShared ? weights.index_select(1, rowIndices) : weights.gather(1, rowIndices.unsqueeze(2).expand(-1, -1, _size)), indices);
        if (biases is not null)
            found = found.add(biases.unsqueeze(1), Scalars.One);
        return found.unflatten(1, input.shape[1..]).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the rows of the weight for indices; an arbitrary row for the padding.</summary>
    private Tensor RowIndices(Tensor indices) =>
        _padding is null ? indices : indices.add(indices.gt(_padding).to(ScalarType.Int64), MinusOne).clamp_max(_lastRow!);

    /// <summary>Replaces the padding's rows by 0, without gradient.</summary>
    private Tensor WithoutPadding(Tensor rows, Tensor indices) =>
        _padding is null ? rows : rows.masked_fill(indices.eq(_padding).unsqueeze(-1), Scalars.Zero);

    // For an invalid index, the native library ends the process on a GPU, and reads out of bounds.
    private void RequireIndices(Tensor indices)
    {
        if (indices.numel() == 0)
            return;
        using var scope = NewDisposeScope();
        var (minimum, maximum) = indices.aminmax();
        long low = minimum.ReadInt64(), high = maximum.ReadInt64();
        if (low < 0 || high >= _count)
            throw new ArgumentException($"The input has the index {(low < 0 ? low : high)}; expected 0 to {_count - 1}.", "input");
    }
}
