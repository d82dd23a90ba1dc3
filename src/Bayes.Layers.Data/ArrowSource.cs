using Apache.Arrow;

namespace Bayes.Layers.Data;

/// <summary>The rows of Arrow record batches, which are read where they are.</summary>
/// <remarks>The record batches stay the caller's.</remarks>
public sealed class ArrowSource : TableSource
{
    private readonly IReadOnlyList<RecordBatch> _batches;

    /// <summary>Creates a source of record batches.</summary>
    /// <param name="batches">The record batches, at least one, all with the same columns.</param>
    /// <param name="columns">Which columns a network takes and predicts.</param>
    /// <exception cref="ArgumentException">There are no record batches, they differ in their columns, or a feature is not one of them or not of
    /// numbers.</exception>
    public ArrowSource(IReadOnlyList<RecordBatch> batches, TableColumns columns)
        : base("the record batches", columns, Describe(batches)) => _batches = batches;

    /// <inheritdoc/>
    protected override long CountRows() => _batches.Sum(batch => (long)batch.Length);

    /// <inheritdoc/>
    protected override IEnumerable<TableBlock> ReadBlocks(IReadOnlyList<int> columns, Random? order)
    {
        long[] firstRows = new long[_batches.Count + 1];
        for (int index = 0; index < _batches.Count; index++)
            firstRows[index + 1] = firstRows[index] + _batches[index].Length;
        int[] places = [.. Enumerable.Range(0, _batches.Count)];
        order?.Shuffle(places);
        return places.Select(index => ArrowColumns.Block(_batches[index], firstRows[index], columns));
    }

    private static TableColumn[] Describe(IReadOnlyList<RecordBatch> batches)
    {
        ArgumentNullException.ThrowIfNull(batches);
        if (batches.Count == 0)
            throw new ArgumentException("There are no record batches; expected at least one.", nameof(batches));
        foreach (var (index, batch) in batches.Index())
            if (!ArrowColumns.AreAlike(batch.Schema, batches[0].Schema))
                throw new ArgumentException(
                    $"Record batch {index} (from 0) has other columns than the first; expected the same names and types.", nameof(batches));
        return ArrowColumns.Describe(batches[0].Schema);
    }
}
