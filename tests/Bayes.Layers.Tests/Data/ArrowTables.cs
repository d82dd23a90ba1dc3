using Apache.Arrow;
using Apache.Arrow.Types;

namespace Bayes.Layers.Tests.Data;

/// <summary>Test tables as Arrow record batches.</summary>
internal static class ArrowTables
{
    private static readonly Schema Columns = new(
        [
            new Field("a", FloatType.Default, nullable: true), new Field("b", Int32Type.Default, false),
            new Field("flag", BooleanType.Default, false), new Field("y", DoubleType.Default, false), new Field("name", StringType.Default, false),
        ], null);

    /// <summary>Returns the blocks of a table; an empty one if it has no rows.</summary>
    public static List<RecordBatch> Of(TestTable table)
    {
        RecordBatch[] batches = [.. table.Blocks().Select(block => Batch(table, block))];
        return batches.Length > 0 ? [.. batches] : [Batch(table, ..0)];
    }

    private static RecordBatch Batch(TestTable table, Range block) => new(
        Columns,
        [
            Nullable(table.A[block]), new Int32Array.Builder().AppendRange(table.B[block]).Build(),
            new BooleanArray.Builder().AppendRange(table.Flag[block]).Build(), new DoubleArray.Builder().AppendRange(table.Y[block]).Build(),
            new StringArray.Builder().AppendRange(table.Name[block]).Build(),
        ], table.A[block].Length);

    private static FloatArray Nullable(float?[] values)
    {
        var builder = new FloatArray.Builder();
        foreach (float? value in values)
            _ = value is { } given ? builder.Append(given) : builder.AppendNull();
        return builder.Build();
    }
}
