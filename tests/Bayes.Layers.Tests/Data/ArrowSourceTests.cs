using Apache.Arrow;
using Apache.Arrow.Types;
using Bayes.Layers.Data;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Data;

public sealed class ArrowSourceTests : TableSourceLaws
{
    protected override TableSource Create(TestTable table, TableColumns columns) => new ArrowSource(ArrowTables.Of(table), columns);

    [Fact]
    public void Every_type_of_number_is_read_also_from_a_slice()
    {
        IArrowArray[] arrays =
        [
            new Int8Array.Builder().Append(0).Append(-1).Build(), new UInt8Array.Builder().Append(0).Append(200).Build(),
            new Int16Array.Builder().Append(0).Append(-3).Build(), new UInt16Array.Builder().Append(0).Append(40_000).Build(),
            new UInt32Array.Builder().Append(0).Append(3_000_000_000).Build(), new Int64Array.Builder().Append(0).Append(1L << 40).Build(),
            new UInt64Array.Builder().Append(0).Append(8).Build(), new HalfFloatArray.Builder().Append((Half)0).Append((Half)0.5).Build(),
            new Decimal128Array.Builder(new Decimal128Type(10, 2)).Append(0m).Append(1.25m).Build(),
            new BooleanArray.Builder().Append(false).Append(true).Build(),
        ];
        var schema = new Schema([.. arrays.Select((array, index) => new Field($"c{index}", array.Data.DataType, true))], null);
        var batch = new RecordBatch(schema, arrays, 2);
        using var scope = NewDisposeScope();
        var columns = new TableColumns([.. arrays.Select((_, index) => $"c{index}")]) { ElementType = ScalarType.Float64 };
        Values(new ArrowSource([batch.Slice(1, 1)], columns).Inputs().Single()).Should()
            .Equal(-1, 200, -3, 40_000, 3_000_000_000, 1L << 40, 8, 0.5, 1.25, 1);
    }

    [Fact]
    public void Two_columns_of_one_name_and_batches_with_other_columns_are_refused()
    {
        var values = new FloatArray.Builder().Append(1).Build();
        var twice = new RecordBatch(
            new Schema([new Field("a", FloatType.Default, true), new Field("a", FloatType.Default, true)], null), [values, values], 1);
        FluentActions.Invoking(() => new ArrowSource([twice], new TableColumns(["a"]))).Should().Throw<ArgumentException>()
            .WithMessage("There are 2 columns 'a' in the record batches; expected one.");
        FluentActions.Invoking(() => new ArrowSource([ArrowTables.Of(TestTable.Of(3))[0], twice], new TableColumns(["a"])))
            .Should().Throw<ArgumentException>().WithMessage("Record batch 1 (from 0) has other columns than the first*");
        FluentActions.Invoking(() => new ArrowSource([], new TableColumns(["a"]))).Should().Throw<ArgumentException>()
            .WithMessage("There are no record batches; expected at least one.*");
    }
}
