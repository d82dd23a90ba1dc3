using Bayes.Layers.Data;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Data;

/// <summary>A source of one's own obeys the laws with nothing but its columns, its rows and its blocks.</summary>
public sealed class OwnSourceTests : TableSourceLaws
{
    protected override TableSource Create(TestTable table, TableColumns columns) => new OwnSource(table, columns);

    private sealed class OwnSource(TestTable table, TableColumns columns) : TableSource(
        "my table", columns,
        [new("a", "float"), new("b", "int"), new("flag", "bool"), new("y", "double"), new("name", "text", Fault: "which is not a number")])
    {
        protected override long CountRows() => table.Rows;

        protected override IEnumerable<TableBlock> ReadBlocks(IReadOnlyList<int> columns, Random? order)
        {
            Range[] blocks = [.. table.Blocks()];
            order?.Shuffle(blocks);
            foreach (var block in blocks)
            {
                BlockColumn[] all =
                [
                    BlockColumn.Of<float>(table.A[block].AsMemory()), BlockColumn.Of<int>(table.B[block].AsMemory()),
                    BlockColumn.Of(table.Flag[block].Select(flag => (bool?)flag).ToArray()), BlockColumn.Of<double>(table.Y[block].AsMemory()),
                ];
                yield return new TableBlock(block.Start.Value, table.A[block].Length, [.. columns.Select(index => all[index])]);
            }
        }
    }
}
