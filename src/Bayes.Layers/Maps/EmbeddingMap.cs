using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Maps;

/// <summary>
/// A row of the weight for each index: linear in the weight, and in the input as the ones and zeros that an index stands for. Input
/// <c>[1|S, B, …]</c> of Int64, weight <c>[count, size]</c>, output <c>[1|S, B, …, size]</c>. A bias is added to every row.
/// </summary>
/// <remarks>The index of a padding stands for no ones at all, so its row is 0; the weight is then <c>[count − 1, size]</c>, without it.</remarks>
public sealed class EmbeddingMap : BilinearMap
{
    // Of the type of the indices.
    private static readonly Scalar Less = -1L;

    private readonly long _count;
    private readonly long _size;
    private readonly Scalar? _padding;
    private readonly Scalar? _lastRow;

    /// <summary>A map of <paramref name="count"/> rows.</summary>
    /// <param name="count">How many indices there are: 0 to count − 1. At least 1.</param>
    /// <param name="size">The length of a row; at least 1.</param>
    /// <param name="paddingIndex">
    /// The index whose row is 0 and not in the weight, from 0 to count − 1; null for none. It needs a count of at least 2.
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
        var indices = input.flatten();
        var rows = WithoutPadding(weight.index_select(0, Places(indices)), indices);
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
    internal override bool MeetsRows => true;

    /// <inheritdoc/>
    internal override Tensor RowsOf(Tensor input)
    {
        using var scope = NewDisposeScope();
        RequireIndices(input);
        return Places(input.flatten()).unique(sorted: true).output.MoveToOuterDisposeScope();
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
        // Along the axis of rows all tables are read, and their gradients written, at once.
        bool isShared = input.shape[0] == 1;
        var indices = isShared ? input.flatten() : input.flatten(1);
        var places = Places(indices);
        if (rows is not null)
            places = searchsorted(rows, places);
        var found = WithoutPadding(
            isShared ? weights.index_select(1, places) : weights.gather(1, places.unsqueeze(2).expand(-1, -1, _size)), indices);
        if (biases is not null)
            found = found.add(biases.unsqueeze(1), Scalars.One);
        return found.unflatten(1, input.shape[1..]).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the rows of the weight for indices; some row for the padding.</summary>
    private Tensor Places(Tensor indices) =>
        _padding is null ? indices : indices.add(indices.gt(_padding).to(ScalarType.Int64), Less).clamp_max(_lastRow!);

    /// <summary>Puts 0 in the place of the padding's rows, through which no gradient goes.</summary>
    private Tensor WithoutPadding(Tensor rows, Tensor indices) =>
        _padding is null ? rows : rows.masked_fill(indices.eq(_padding).unsqueeze(-1), Scalars.Zero);

    // The native library ends the process on a GPU, and reads what is not there.
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
