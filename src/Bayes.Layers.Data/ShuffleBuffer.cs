namespace Bayes.Layers.Data;

/// <summary>Shuffles rows with bounded memory: a row that comes takes the place of a random one, which leaves.</summary>
internal sealed class ShuffleBuffer(int capacity, int width, int seed)
{
    private readonly double[] _rows = new double[checked(capacity * width)];
    private readonly Random _random = new(seed);

    /// <summary>Returns every row once. The row that is returned is overwritten when the next is asked for.</summary>
    /// <param name="chunks">The rows in the order of the table.</param>
    public IEnumerable<(double[] Values, int Row)> Shuffle(IEnumerable<TableRows.Chunk> chunks)
    {
        int filled = 0;
        foreach (var chunk in chunks)
            for (int row = 0; row < chunk.Count; row++)
            {
                if (filled < capacity)
                {
                    Copy(chunk, row, filled++);
                    continue;
                }
                int place = _random.Next(capacity);
                yield return (_rows, place);
                Copy(chunk, row, place);
            }
        int[] order = [.. Enumerable.Range(0, filled)];
        _random.Shuffle(order);
        foreach (int place in order)
            yield return (_rows, place);
    }

    private void Copy(TableRows.Chunk chunk, int row, int place) =>
        chunk.Values.AsSpan(row * width, width).CopyTo(_rows.AsSpan(place * width, width));
}
