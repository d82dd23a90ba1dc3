using Bayes.Layers.Data;
using Bayes.Layers.Tests.Laws;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Bayes.Layers.Tests.Data;

public sealed class DataViewSourceTests : TableSourceLaws
{
    private readonly MLContext _context = new(seed: 1);

    protected override TableSource Create(TestTable table, TableColumns columns) => new DataViewSource(
        _context.Data.LoadFromEnumerable(Enumerable.Range(0, table.Rows).Select(row => new Row
        {
            A = table.A[row] ?? float.NaN, B = table.B[row], Flag = table.Flag[row], Y = table.Y[row], Name = table.Name[row],
        })), columns);

    [Fact]
    public void Vectors_sparse_ones_too_count_as_features_and_keys_are_classes_from_0()
    {
        var data = _context.Data.LoadFromEnumerable(Enumerable.Range(0, 6).Select(row => new Row { Name = $"{row % 3}", B = row, A = 1 }));
        var view = _context.Transforms.Categorical.OneHotEncoding("hot", "name")
            .Append(_context.Transforms.Conversion.ConvertType("b2", "b", DataKind.Single))
            .Append(_context.Transforms.Concatenate("all", "hot", "b2"))
            .Append(_context.Transforms.Conversion.MapValueToKey("key", "name")).Fit(data).Transform(data);
        using var scope = NewDisposeScope();
        var source = new DataViewSource(view, new TableColumns(["a", "all"], "key") { TargetKind = TargetKind.ClassIndex });
        source.FeatureCount.Should().Be(5);
        var (input, target) = source.InputsAndTargets().Single();
        Values(input).Should().Equal([1, 1, 0, 0, 0, 1, 0, 1, 0, 1, 1, 0, 0, 1, 2, 1, 1, 0, 0, 3, 1, 0, 1, 0, 4, 1, 0, 0, 1, 5]);
        target.data<long>().ToArray().Should().Equal(0, 1, 2, 0, 1, 2);
        FluentActions.Invoking(() => new DataViewSource(view, new TableColumns(["key"]))).Should().Throw<ArgumentException>()
            .WithMessage("The column 'key' of the data view is a Key<UInt32, 0-2>, the number of a category; expected numbers, such as one column*");
    }

    [Fact]
    public void Rows_that_are_not_counted_are_counted_by_reading_and_text_files_stream()
    {
        using var files = new TestFiles("csv");
        string path = files.NewPath();
        File.WriteAllLines(path, ["a,y", .. Enumerable.Range(0, 3_000).Select(row => $"{row},{2 * row}")]);
        var view = _context.Data.LoadFromTextFile(
            path, [new TextLoader.Column("a", DataKind.Single, 0), new TextLoader.Column("y", DataKind.Single, 1)], separatorChar: ',',
            hasHeader: true);
        view.GetRowCount().Should().BeNull();
        var source = new DataViewSource(view, new TableColumns(["a"], "y"));
        source.RowCount.Should().Be(3_000);
        using var scope = NewDisposeScope();
        source.Batches(100, 500).Epoch(0, 1).Sum(batch => batch.Target.sum().item<float>()).Should().Be(2f * 2_999 * 1_500);
    }

    private sealed class Row
    {
        [ColumnName("a")]
        public float A { get; set; }

        [ColumnName("b")]
        public int B { get; set; }

        [ColumnName("flag")]
        public bool Flag { get; set; }

        [ColumnName("y")]
        public double Y { get; set; }

        [ColumnName("name")]
        public string Name { get; set; } = "";
    }
}
