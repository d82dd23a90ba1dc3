using Apache.Arrow;
using Apache.Arrow.Types;
using Bayes.Layers.Tabular;
using Bayes.Layers.Tests.Data;
using Microsoft.Data.Analysis;
using Microsoft.ML;
using Microsoft.ML.Data;
using Parquet;
using Parquet.Schema;
using Field = Apache.Arrow.Field;
using Table = Bayes.Layers.Tabular.Table;

namespace Bayes.Layers.Tests.Tabular;

/// <summary>Every source gives the same table.</summary>
public sealed class TableSourcesTests : IDisposable
{
    private static readonly double?[] Areas = [50.5, null, 120];
    private static readonly int[] Rooms = [2, 3, 5];
    private static readonly string?[] Streets = ["Main", null, "Elm"];
    private static readonly bool[] Sold = [true, false, true];
    private static readonly DateTime[] Dates = [new(2026, 1, 31), new(2025, 6, 1, 12, 30, 0), new(2024, 2, 29)];

    private readonly TestFiles _files = new("parquet");

    private static Table Expected => new(("area", Areas), ("rooms", Rooms), ("street", Streets), ("sold", Sold), ("date", Dates));

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Data_frames_are_tables()
    {
        var frame = new DataFrame(
            new DoubleDataFrameColumn("area", Areas), new Int32DataFrameColumn("rooms", Rooms), new StringDataFrameColumn("street", Streets),
            new BooleanDataFrameColumn("sold", Sold), new PrimitiveDataFrameColumn<DateTime>("date", Dates));
        Table table = frame;
        ShouldBeExpected(table);
        ShouldBeExpected(Table.Of(frame));
    }

    [Fact]
    public void Record_batches_are_tables_with_coded_text_too()
    {
        var schema = new Schema(
            [
                new Field("area", DoubleType.Default, true), new Field("rooms", Int32Type.Default, false),
                new Field("street", StringType.Default, true),
                new Field("sold", BooleanType.Default, false), new Field("date", new TimestampType(TimeUnit.Microsecond, "UTC"), false),
            ], null);
        ShouldBeExpected(Table.Of(Batch(schema, 0..2, coded: false), Batch(schema, 2..3, coded: false)));
        var coded = new Schema(
            [.. schema.FieldsList.Select(field => field.Name == "street"
                ? new Field("street", new DictionaryType(Int32Type.Default, StringType.Default, false), true) : field)], null);
        ShouldBeExpected(Table.Of([Batch(coded, 0..3, coded: true)]));
        FluentActions.Invoking(() => Table.Of(Batch(schema, 0..2, false), Batch(coded, 2..3, true))).Should().Throw<ArgumentException>()
            .WithMessage("Record batch 1 (from 0) has other columns than the first; expected the same names and types.*");
        FluentActions.Invoking(() => Table.Of(System.Array.Empty<RecordBatch>())).Should().Throw<ArgumentException>()
            .WithMessage("There are no record batches; expected at least one.*");
    }

    [Fact]
    public void Arrow_dates_numbers_and_nulls_of_each_type_are_read()
    {
        IArrowArray[] arrays =
        [
            new Date32Array.Builder().Append(Dates[0]).AppendNull().Build(), new Date64Array.Builder().Append(Dates[0]).AppendNull().Build(),
            new UInt8Array.Builder().Append(3).AppendNull().Build(), new FloatArray.Builder().Append(3).AppendNull().Build(),
            new BooleanArray.Builder().Append(true).AppendNull().Build(), new NullArray(2),
            new Decimal128Array.Builder(new Decimal128Type(10, 2)).Append(3.25m).AppendNull().Build(),
        ];
        var schema = new Schema([.. arrays.Select((array, index) => new Field($"c{index}", array.Data.DataType, true))], null);
        var table = Table.Of(new RecordBatch(schema, arrays, 2));
        table.Columns.Select(column => column.Text(0)).Should().Equal("2026-01-31", "2026-01-31", "3", "3", "true", null, "3.25");
        table.Columns.Should().OnlyContain(column => column.IsMissing(1));
    }

    [Fact]
    public void Data_views_are_tables_and_their_keys_text_and_their_vectors_columns()
    {
        var context = new MLContext(seed: 1);
        var view = context.Data.LoadFromEnumerable(Enumerable.Range(0, 3).Select(row => new Row
        {
            Area = Areas[row] ?? double.NaN, Rooms = Rooms[row], Street = Streets[row] ?? "", Sold = Sold[row], Date = Dates[row],
        }));
        ShouldBeExpected(Table.Of(view));
        var more = context.Transforms.Conversion.MapValueToKey("key", "street").Append(context.Transforms.Conversion.ConvertType("number", "rooms"))
            .Append(context.Transforms.Concatenate("vector", "number", "number"))
            .Append(context.Transforms.Categorical.OneHotEncoding("hot", "street"))
            .Fit(view).Transform(view);
        var table = Table.Of(more);
        table.Column("key").Kind.Should().Be(ColumnKind.Category);
        Enumerable.Range(0, 3).Select(table.Column("key").Text).Should().Equal("Main", null, "Elm");
        table.ColumnNames.Where(name => name.StartsWith("vector", StringComparison.Ordinal)).Should().HaveCount(2);
        table.ColumnNames.Should().Contain("hot.Main");
        table.Column("hot.Main").Numbers.ToArray().Should().Equal(1, 0, 0);
    }

    [Fact]
    public async Task Parquet_files_are_tables()
    {
        string path = _files.NewPath();
        DataField[] fields =
        [
            new DataField<double?>("area"), new DataField<int>("rooms"), new DataField("street", typeof(string), true), new DataField<bool>("sold"),
            new DataField<DateTime>("date"),
        ];
        await using (var stream = File.Create(path))
        await using (var writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), stream))
            foreach (var range in new[] { 0..2, 2..3 })
            {
                using var group = writer.CreateRowGroup();
                await group.WriteAsync<double>(fields[0], Areas[range].AsMemory());
                await group.WriteAsync<int>(fields[1], Rooms[range].AsMemory());
                await group.WriteAsync(fields[2], Streets[range]!);
                await group.WriteAsync<bool>(fields[3], Sold[range].AsMemory());
                await group.WriteAsync<DateTime>(fields[4], Dates[range].AsMemory());
                group.CompleteValidate();
            }
        ShouldBeExpected(Table.ReadParquet(path));
    }

    [Fact]
    public void What_is_no_Parquet_file_is_refused()
    {
        string path = _files.NewPath();
        File.WriteAllText(path, "no parquet");
        FluentActions.Invoking(() => Table.ReadParquet(path)).Should().Throw<InvalidDataException>()
            .WithMessage("'*' cannot be read: it is damaged or of another format*");
        FluentActions.Invoking(() => Table.ReadParquet(_files.NewPath())).Should().Throw<FileNotFoundException>();
    }

    [Fact]
    public void CSV_files_are_tables()
    {
        string path = _files.NewPath();
        File.WriteAllLines(
            path, ["area,rooms,street,sold,date", "50.5,2,Main,true,2026-01-31", ",3,,false,2025-06-01 12:30:00", "120,5,Elm,true,2024-02-29"]);
        ShouldBeExpected(Table.ReadCsv(path));
    }

    [Fact]
    public void A_column_of_another_type_is_refused_by_name()
    {
        var frame = new DataFrame(new PrimitiveDataFrameColumn<TimeSpan>("t", [TimeSpan.Zero]));
        FluentActions.Invoking(() => Table.Of(frame)).Should().Throw<ArgumentException>()
            .WithMessage("The column 't' is of TimeSpan; expected numbers, text, true and false, or dates.*");
    }

    private static void ShouldBeExpected(Table table)
    {
        table.ColumnNames.Should().Equal(Expected.ColumnNames);
        table.Columns.Select(column => column.Kind).Should().Equal(Expected.Columns.Select(column => column.Kind));
        foreach (var (name, row) in table.ColumnNames.SelectMany(name => Enumerable.Range(0, 3).Select(row => (name, row))))
            table.Column(name).Text(row).Should().Be(Expected.Column(name).Text(row), "of row {0} of {1}", row, name);
    }

    private static RecordBatch Batch(Schema schema, Range rows, bool coded)
    {
        var areas = new DoubleArray.Builder();
        foreach (double? area in Areas[rows])
            areas.Append(area);
        var dates = new TimestampArray.Builder(new TimestampType(TimeUnit.Microsecond, "UTC"));
        foreach (var date in Dates[rows])
            dates.Append(new DateTimeOffset(date, TimeSpan.Zero));
        var streets = new StringArray.Builder();
        foreach (string? street in Streets[rows])
            _ = street is null ? streets.AppendNull() : streets.Append(street);
        IArrowArray texts = coded
            ? new DictionaryArray(
                new DictionaryType(Int32Type.Default, StringType.Default, false), new Int32Array.Builder().Append(1).AppendNull().Append(0).Build(),
                new StringArray.Builder().Append("Elm").Append("Main").Build())
            : streets.Build();
        return new RecordBatch(
            schema, [areas.Build(), new Int32Array.Builder().AppendRange(Rooms[rows]).Build(), texts,
                new BooleanArray.Builder().AppendRange(Sold[rows]).Build(), dates.Build()], Rooms[rows].Length);
    }

    private sealed class Row
    {
        [ColumnName("area")]
        public double Area { get; set; }

        [ColumnName("rooms")]
        public int Rooms { get; set; }

        [ColumnName("street")]
        public string Street { get; set; } = "";

        [ColumnName("sold")]
        public bool Sold { get; set; }

        [ColumnName("date")]
        public DateTime Date { get; set; }
    }
}
