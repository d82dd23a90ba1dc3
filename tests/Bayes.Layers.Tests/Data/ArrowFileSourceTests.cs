using Apache.Arrow.Ipc;
using Bayes.Layers.Data;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Data;

public class ArrowFileSourceTests : TableSourceLaws, IDisposable
{
    private readonly TestFiles _files = new("arrow");

    void IDisposable.Dispose()
    {
        _files.Dispose();
        base.Dispose();
    }

    protected override TableSource Create(TestTable table, TableColumns columns) => new ArrowFileSource(Write(table), columns);

    [Fact]
    public void A_file_that_is_cut_off_or_of_another_format_is_refused()
    {
        string path = Write(TestTable.Of(500, rowsOfBlock: 50));
        byte[] bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);
        FluentActions.Invoking(() => new ArrowFileSource(path, new TableColumns(["a"])).Inputs().Count()).Should().Throw<InvalidDataException>()
            .WithMessage($"'{path}' cannot be read*: it is damaged or of another format (*).");
        File.WriteAllText(path, "This is a text, not a table of any kind.");
        FluentActions.Invoking(() => new ArrowFileSource(path, new TableColumns(["a"]))).Should().Throw<InvalidDataException>()
            .WithMessage($"'{path}' cannot be read: it is damaged or of another format (*).");
    }

    /// <summary>A damaged byte is found, or does no harm that a reader could see.</summary>
    [Fact]
    public void Any_damaged_byte_gives_rows_or_one_sentence()
    {
        byte[] bytes = File.ReadAllBytes(Write(TestTable.Of(40, rowsOfBlock: 10)));
        string path = _files.NewPath();
        var random = new Random(2);
        for (int trial = 0; trial < 150; trial++)
        {
            byte[] damaged = [.. bytes];
            damaged[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(path, damaged);
            try
            {
                foreach (var input in new ArrowFileSource(path, new TableColumns(["a", "b", "flag"])).Inputs(16))
                    input.Dispose();
            }
            // Another name or type of a column is a fault of the description.
            catch (Exception exception) when (exception is InvalidDataException or ArgumentException)
            {
                exception.Message.Should().NotContain("\n").And.EndWith(".");
            }
        }
    }

    private protected virtual ArrowStreamWriter Writer(Stream stream, Apache.Arrow.Schema schema) => new ArrowFileWriter(stream, schema);

    private string Write(TestTable table)
    {
        string path = _files.NewPath();
        var batches = ArrowTables.Of(table);
        using var stream = File.Create(path);
        using var writer = Writer(stream, batches[0].Schema);
        foreach (var batch in batches)
            writer.WriteRecordBatch(batch);
        writer.WriteEnd();
        return path;
    }
}

/// <summary>The same laws for a saved stream, which has no index of its record batches.</summary>
public sealed class ArrowStreamSourceTests : ArrowFileSourceTests
{
    private protected override ArrowStreamWriter Writer(Stream stream, Apache.Arrow.Schema schema) => new(stream, schema);
}
