namespace Bayes.Layers.Scoring;

/// <summary>Says how work is cut into shards. Immutable.</summary>
public abstract record ShardCut
{
    private protected ShardCut(int size) => Size = size > 0 ? size
        : throw new ArgumentOutOfRangeException(nameof(size), size, $"The size of a shard is {size}; expected at least 1.");

    /// <summary>Gets the number of rows, or of draws, of a shard; the last may have fewer.</summary>
    public int Size { get; }

    /// <summary>Gets the name in a plan's file.</summary>
    internal abstract string Name { get; }

    /// <summary>Cuts by rows: a shard has all draws of some rows, and its answers are final. For large tables.</summary>
    /// <param name="rows">The number of rows of a shard; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public static ShardCut ByRows(int rows) => new RowCut(rows);

    /// <summary>
    /// Cuts by draws: a shard has some draws of all rows, and the shards' answers are merged, as <see cref="Predictive.Merge(Predictive[])"/> does.
    /// For large models and small tables.
    /// </summary>
    /// <param name="draws">The number of draws of a shard; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public static ShardCut ByDraws(int draws) => new DrawCut(draws);

    /// <summary>Gets the number of rows of a part of the table that is read at a time, where its format leaves the choice.</summary>
    internal virtual int RowsOfPiece => 100_000;

    /// <summary>Gets whether a shard has some draws of all rows.</summary>
    internal virtual bool IsByDraws => false;

    /// <summary>Returns the number of shards.</summary>
    internal abstract int CountOf(long rows, int draws);

    /// <summary>Returns the work of a shard.</summary>
    internal abstract ShardRange RangeOf(int shard, long rows, int draws);

    /// <summary>Returns the cut with a name and a size, or null if there is none.</summary>
    internal static ShardCut? Find(string name, int size) => name == RowCut.Key ? new RowCut(size) : name == DrawCut.Key ? new DrawCut(size) : null;

    private int Pieces(long total) => checked((int)((total + Size - 1) / Size));

    private sealed record RowCut(int Rows) : ShardCut(Rows)
    {
        public const string Key = "rows";

        internal override string Name => Key;

        internal override int RowsOfPiece => Size;

        internal override int CountOf(long rows, int draws) => Pieces(rows);

        internal override ShardRange RangeOf(int shard, long rows, int draws) =>
            new((long)shard * Size, (int)Math.Min(Size, rows - (long)shard * Size), 0, draws);
    }

    private sealed record DrawCut(int Draws) : ShardCut(Draws)
    {
        public const string Key = "draws";

        internal override string Name => Key;

        internal override bool IsByDraws => true;

        internal override int CountOf(long rows, int draws) => Pieces(draws);

        internal override ShardRange RangeOf(int shard, long rows, int draws) =>
            new(0, rows, shard * Size, Math.Min(Size, draws - shard * Size));
    }
}
