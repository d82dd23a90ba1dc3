using Bayes.Layers.Training;
using static TorchSharp.torch;

namespace Bayes.Layers.Data;

/// <summary>
/// A table that is read in blocks of rows, as a source of batches: for a trainer in a new random order every epoch, for a predictor in its own
/// order. It need not fit into memory.
/// </summary>
/// <remarks>
/// In memory are at most the rows of a shuffle buffer, those of one block (a row group of Parquet, a record batch of Arrow), and a batch. Every
/// enumeration reads the table anew; a file is open only meanwhile. Several enumerations may run at a time, unless the table itself forbids it.
/// <para>To read another format, derive a class from this one: it describes the columns, counts the rows and reads blocks.</para>
/// </remarks>
public abstract class TableSource
{
    private const int RowsOfChunk = 4096;

    private readonly IReadOnlyList<TableColumn> _table;
    private long? _rows;

    /// <summary>Creates a source.</summary>
    /// <param name="name">What messages call the table, such as <c>'houses.parquet'</c>.</param>
    /// <param name="columns">Which columns a network takes and predicts.</param>
    /// <param name="table">All columns of the table, in its order.</param>
    /// <exception cref="ArgumentException">A feature is not a column of the table, names several, or is not of numbers.</exception>
    protected TableSource(string name, TableColumns columns, IReadOnlyList<TableColumn> table)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(table);
        (Name, Columns, _table) = (name, columns, table);
        // Targets are looked for where they are needed: a table to predict may have none.
        FeatureCount = new ColumnSelection(name, columns, table, withTargets: false).FeatureCount;
    }

    /// <summary>Gets what messages call the table.</summary>
    public string Name { get; }

    /// <summary>Gets which columns a network takes and predicts.</summary>
    public TableColumns Columns { get; }

    /// <summary>Gets the number of inputs of the network: one for each feature, and for a column of vectors their length.</summary>
    public int FeatureCount { get; }

    /// <summary>Gets the number of rows. Formats that do not store it are read through at the first call.</summary>
    /// <exception cref="InvalidDataException">The table has no rows, or cannot be read.</exception>
    public long RowCount => _rows ??= CountRows() is > 0 and long rows ? rows
        : throw new InvalidDataException($"There are 0 rows in {Name}; expected at least one.");

    /// <summary>Returns the rows as batches for a trainer, in another random order in every epoch.</summary>
    /// <remarks>
    /// A random row leaves the buffer for each that enters, so a row usually comes within a few buffers of its place in the table. Blocks come in
    /// random order too if the format has several and can find them. A table that is sorted by its target needs a buffer as large as itself, or a
    /// file whose rows were shuffled once.
    /// </remarks>
    /// <param name="size">The number of rows of a batch; at least 1. A last batch of one row joins the one before it.</param>
    /// <param name="shuffleBuffer">The number of rows that wait in memory to be drawn from; 0 keeps the table's order, as for validation.</param>
    /// <param name="device">The device of the batches; the CPU by default.</param>
    /// <returns>
    /// Inputs <c>[B, features]</c>, and targets as <see cref="TableColumns.TargetKind"/> says. The trainer's
    /// <see cref="VariationalTrainerOptions.ShuffleSeed"/> decides the order.
    /// </returns>
    /// <exception cref="ArgumentException">The description has no target, or a target is not a column of numbers.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public BatchStream Batches(int size = 32, int shuffleBuffer = 10_000, Device? device = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        ArgumentOutOfRangeException.ThrowIfNegative(shuffleBuffer);
        var rows = WithTargets();
        if (Math.Min(shuffleBuffer, RowCount) * rows.Width > Array.MaxLength)
            throw new ArgumentOutOfRangeException(
                nameof(shuffleBuffer), shuffleBuffer,
                $"shuffleBuffer is {shuffleBuffer} rows of {rows.Width} numbers; expected at most {Array.MaxLength / rows.Width} rows.");
        return new TableBatches(rows, RowCount, size, shuffleBuffer, device ?? CPU);
    }

    /// <summary>Returns the inputs of all rows in the order of the table, for a predictor. The table needs no target.</summary>
    /// <param name="size">The number of rows of a block; the last may have fewer.</param>
    /// <param name="device">The device of the tensors; the CPU by default.</param>
    /// <returns><c>[B, features]</c> each; whoever enumerates them disposes them, as <c>MonteCarloPredictive.Predict</c> does.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is below 1.</exception>
    public IEnumerable<Tensor> Inputs(int size = 4096, Device? device = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        return new TableBatches(Rows(withTargets: false, Columns.Scaling), RowCount, size, shuffleBuffer: 0, device ?? CPU).InputsInOrder();
    }

    /// <summary>Returns the inputs and targets of all rows in the order of the table, to predict and compare.</summary>
    /// <param name="size">The number of rows of a block; the last may have fewer.</param>
    /// <param name="device">The device of the tensors; the CPU by default.</param>
    /// <returns>Inputs <c>[B, features]</c> and targets; whoever enumerates them disposes them.</returns>
    /// <exception cref="ArgumentException">The description has no target, or a target is not a column of numbers.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is below 1.</exception>
    public IEnumerable<(Tensor Input, Tensor Target)> InputsAndTargets(int size = 4096, Device? device = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        return new TableBatches(WithTargets(), RowCount, size, shuffleBuffer: 0, device ?? CPU).PairsInOrder();
    }

    /// <summary>Counts the rows of the table.</summary>
    /// <exception cref="InvalidDataException">The table cannot be read.</exception>
    protected abstract long CountRows();

    /// <summary>Reads the table once, in blocks.</summary>
    /// <param name="columns">Zero-based indices of the columns to read, in the order in which blocks contain them.</param>
    /// <param name="order">
    /// Draws the order of the blocks, if the table can be read in any order; null for its own order. Rows of a block stay in order.
    /// </param>
    /// <returns>Every row once. Blocks are used before the next is asked for, so their memory can be used again.</returns>
    /// <exception cref="InvalidDataException">The table is damaged, or has changed since it was opened.</exception>
    protected abstract IEnumerable<TableBlock> ReadBlocks(IReadOnlyList<int> columns, Random? order);

    /// <summary>Returns the rows as numbers, with the targets if there are any.</summary>
    internal TableRows Rows(bool withTargets, ColumnScaling? scaling)
    {
        var selection = new ColumnSelection(Name, Columns, _table, withTargets);
        return new TableRows(selection, order => ReadBlocks(selection.Indices, order), () => RowCount, scaling, RowsOfChunk);
    }

    private TableRows WithTargets() => Columns.Targets.Count > 0 ? Rows(withTargets: true, Columns.Scaling)
        : throw new ArgumentException($"The description of {Name} has no target; expected the name of a column to predict.");
}
