using Bayes.Layers.Data;
using Bayes.Layers.Tests.Laws;
using Parquet;
using Parquet.Schema;
using ParquetSharp;

namespace Bayes.Layers.Tests.Data;

/// <summary>Files that another implementation wrote are read; what is damaged or has changed is refused.</summary>
public sealed class ParquetSourceTests : TableSourceLaws, IDisposable
{
    private readonly TestFiles _files = new("parquet");

    void IDisposable.Dispose()
    {
        _files.Dispose();
        base.Dispose();
    }

    protected override TableSource Create(TestTable table, TableColumns columns) => new ParquetSource(Write(table), columns);

    [Fact]
    public async Task Files_of_the_own_implementation_are_read_with_every_type_of_number()
    {
        string path = _files.NewPath();
        DataField[] fields =
        [
            new DataField<sbyte>("i8"), new DataField<byte>("u8"), new DataField<short>("i16"), new DataField<ushort>("u16"),
            new DataField<int>("i32"), new DataField<uint>("u32"),
            new DataField<long>("i64"), new DataField<ulong>("u64"), new DataField<double>("f64"),
            new DataField<decimal>("decimal"), new DataField<bool>("flag"), new DataField<int?>("null32"), new DataField<bool?>("nullFlag"),
        ];
        await using (var stream = File.Create(path))
        await using (var writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), stream))
        {
            using var group = writer.CreateRowGroup();
            await group.WriteAsync<sbyte>(fields[0], new sbyte[] { -1, 2 });
            await group.WriteAsync<byte>(fields[1], new byte[] { 200, 2 });
            await group.WriteAsync<short>(fields[2], new short[] { -3, 2 });
            await group.WriteAsync<ushort>(fields[3], new ushort[] { 40_000, 2 });
            await group.WriteAsync<int>(fields[4], new[] { -5, 2 });
            await group.WriteAsync<uint>(fields[5], new uint[] { 3_000_000_000, 2 });
            await group.WriteAsync<long>(fields[6], new long[] { 1L << 40, 2 });
            await group.WriteAsync<ulong>(fields[7], new ulong[] { 8, 2 });
            await group.WriteAsync<double>(fields[8], new[] { 0.1, 2 });
            await group.WriteAsync<decimal>(fields[9], new[] { 1.5m, 2 });
            await group.WriteAsync<bool>(fields[10], new[] { true, false });
            await group.WriteAsync<int>(fields[11], new int?[] { 7, null });
            await group.WriteAsync<bool>(fields[12], new bool?[] { null, true });
            group.CompleteValidate();
        }
        using var scope = NewDisposeScope();
        var columns = new TableColumns([.. fields.Select(field => field.Name)])
            { ElementType = ScalarType.Float64, Missing = MissingValues.KeepAsNaN };
        var rows = new ParquetSource(path, columns).Inputs().Single();
        Values(rows[0]).Should().Equal(-1, 200, -3, 40_000, -5, 3_000_000_000, 1L << 40, 8, 0.1, 1.5, 1, 7, double.NaN);
        Values(rows[1]).Should().Equal(2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0, double.NaN, 1);
    }

    [Fact]
    public void A_file_that_is_damaged_in_the_middle_ends_with_one_sentence_and_is_closed()
    {
        string path = Write(TestTable.Of(2_000, rowsOfBlock: 500));
        byte[] bytes = File.ReadAllBytes(path);
        bytes.AsSpan(bytes.Length / 3, bytes.Length / 8).Fill(0xFF);
        File.WriteAllBytes(path, bytes);
        var source = new ParquetSource(path, new TableColumns(["a", "b"], "y"));
        FluentActions.Invoking(() => source.Inputs(100).Count()).Should().Throw<InvalidDataException>()
            .WithMessage($"'{path}' cannot be read in row group * (from 0): it is damaged or of another format (*).");
        Exclusive(path);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(100)]
    public void What_is_no_Parquet_file_is_refused(int bytes)
    {
        string path = _files.NewPath();
        File.WriteAllBytes(path, [.. Enumerable.Repeat((byte)'x', bytes)]);
        FluentActions.Invoking(() => new ParquetSource(path, new TableColumns(["a"]))).Should().Throw<InvalidDataException>()
            .WithMessage($"'{path}' cannot be read: it is damaged or of another format (*).");
        FluentActions.Invoking(() => new ParquetSource(path + "x", new TableColumns(["a"]))).Should().Throw<FileNotFoundException>()
            .WithMessage("*does not exist; expected a file.");
    }

    [Fact]
    public void A_file_that_has_changed_is_refused_in_the_next_epoch()
    {
        string path = Write(TestTable.Of(20));
        var batches = new ParquetSource(path, new TableColumns(["a", "b"], "y")).Batches(5);
        batches.Epoch(0, 0).Should().HaveCount(4);
        File.Copy(Write(TestTable.Of(30)), path, overwrite: true);
        FluentActions.Invoking(() => batches.Epoch(1, 0).Count()).Should().Throw<InvalidDataException>().WithMessage($"'{path}' has changed: *");
        File.Delete(path);
        FluentActions.Invoking(() => batches.Epoch(1, 0).Count()).Should().Throw<InvalidDataException>().WithMessage("*does not exist any more*");
    }

    [Fact]
    public void A_file_that_is_written_to_in_the_middle_of_an_epoch_is_refused()
    {
        string path = Write(TestTable.Of(100, rowsOfBlock: 10));
        int read = 0;
        FluentActions.Invoking(() =>
        {
            foreach (var input in new ParquetSource(path, new TableColumns(["a"])).Inputs(10))
            {
                input.Dispose();
                if (++read == 3)
                    File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(1));
            }
        }).Should().Throw<InvalidDataException>().WithMessage($"'{path}' has changed: *");
        read.Should().BeInRange(3, 4);
    }

    /// <summary>A damaged byte is found, or does no harm that a reader could see.</summary>
    [Fact]
    public void Any_damaged_byte_gives_rows_or_one_sentence()
    {
        byte[] bytes = File.ReadAllBytes(Write(TestTable.Of(40, rowsOfBlock: 10)));
        string path = _files.NewPath();
        var random = new Random(2);
        int refused = 0;
        for (int trial = 0; trial < 150; trial++)
        {
            byte[] damaged = [.. bytes];
            damaged[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(path, damaged);
            try
            {
                foreach (var (input, target) in new ParquetSource(path, new TableColumns(["a", "b", "flag"], "y")).InputsAndTargets(16))
                {
                    input.Dispose();
                    target.Dispose();
                }
            }
            // Another name or type of a column is a fault of the description.
            catch (Exception exception) when (exception is InvalidDataException or ArgumentException)
            {
                exception.Message.Should().NotContain("\n").And.EndWith(".");
                refused++;
            }
        }
        refused.Should().BePositive();
    }

    [Fact]
    public void An_enumeration_that_is_given_up_closes_the_file()
    {
        string path = Write(TestTable.Of(100));
        foreach (var input in new ParquetSource(path, new TableColumns(["a"])).Inputs(3).Take(1))
            input.Dispose();
        Exclusive(path);
    }

    /// <summary>A sorted table is not sorted in an epoch even if the buffer is smaller than a row group.</summary>
    [Fact]
    public void Row_groups_come_in_random_order()
    {
        var batches = new ParquetSource(Write(TestTable.Of(400, rowsOfBlock: 20)), new TableColumns(["b"], "y")).Batches(20, shuffleBuffer: 1);
        using var scope = NewDisposeScope();
        double[] firsts = [.. batches.Epoch(0, 0).Select(batch => (double)batch.Input[0][0, 0].item<float>())];
        firsts.Should().NotBeInAscendingOrder();
    }

    private static void Exclusive(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
    }

    private string Write(TestTable table)
    {
        string path = _files.NewPath();
        ParquetSharp.Column[] columns =
            [new Column<float?>("a"), new Column<int>("b"), new Column<bool>("flag"), new Column<double>("y"), new Column<string>("name")];
        using var writer = new ParquetFileWriter(path, columns);
        foreach (var block in table.Blocks())
        {
            using var group = writer.AppendRowGroup();
            Add(table.A[block]);
            Add(table.B[block]);
            Add(table.Flag[block]);
            Add(table.Y[block]);
            Add(table.Name[block]);

            void Add<T>(T[] values)
            {
                using var column = group.NextColumn().LogicalWriter<T>();
                column.WriteBatch(values);
            }
        }
        writer.Close();
        return path;
    }
}
