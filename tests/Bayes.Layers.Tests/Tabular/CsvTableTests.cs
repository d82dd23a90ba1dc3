using System.Text;
using Bayes.Layers.Tabular;
using Bayes.Layers.Tests.Data;

namespace Bayes.Layers.Tests.Tabular;

public sealed class CsvTableTests : IDisposable
{
    private readonly TestFiles _files = new("csv");

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(',')]
    [InlineData(';')]
    [InlineData('\t')]
    [InlineData('|')]
    public void Separators_quotes_and_kinds_are_found(char separator)
    {
        string path = Write(string.Join('\n',
            "area,street,sold,date,code", "50.5,\"Main \"\"9\"\"\",yes,2026-01-31,01", "?,Elm,no,2026-02-01T12:00,20", "1e3,NA,,null,30", "")
            .Replace(',', separator));
        var table = Table.ReadCsv(path);
        table.ColumnNames.Should().Equal("area", "street", "sold", "date", "code");
        table.Columns.Select(column => column.Kind).Should().Equal(
            ColumnKind.Number, ColumnKind.Category, ColumnKind.Boolean, ColumnKind.Date, ColumnKind.Category);
        table.Column("area").Numbers.ToArray().Should().Equal(50.5, double.NaN, 1000);
        Texts(table, "street").Should().Equal("Main \"9\"", "Elm", null);
        Texts(table, "date").Should().Equal("2026-01-31", "2026-02-01T12:00:00", null);
        Texts(table, "code").Should().Equal("01", "20", "30");
    }

    [Fact]
    public void Quotes_hold_separators_and_lines()
    {
        var table = Table.ReadCsv(Write("a,b\n\"x, y\",1\n\"two\nlines\",2\n"));
        Texts(table, "a").Should().Equal("x, y", "two\nlines");
    }

    [Fact]
    public void Marks_of_encodings_are_no_part_of_the_first_name()
    {
        string path = _files.NewPath();
        foreach (var encoding in new Encoding[] { new UTF8Encoding(true), Encoding.Unicode, new UTF8Encoding(false) })
        {
            File.WriteAllText(path, "größe,b\n1,2\n", encoding);
            Table.ReadCsv(path).ColumnNames.Should().Equal("größe", "b");
        }
    }

    [Fact]
    public void A_first_line_with_a_number_is_no_header_unless_said()
    {
        string path = Write("M,1.5\nF,2.5\n");
        Table.ReadCsv(path).ColumnNames.Should().Equal("x0", "x1");
        Table.ReadCsv(path).RowCount.Should().Be(2);
        Table.ReadCsv(path, hasHeader: true).ColumnNames.Should().Equal("M", "1.5");
        Table.ReadCsv(Write("a,b\nc,d\n"), hasHeader: false).RowCount.Should().Be(2);
        Table.ReadCsv(Write(",b\n1,2\n")).ColumnNames.Should().Equal("column 1", "b");
    }

    [Fact]
    public void A_column_of_values_may_have_empty_lines_between_rows_of_others()
    {
        Table.ReadCsv(Write("a,b\n1,2\n\n3,4\n\n")).RowCount.Should().Be(2);
        Table.ReadCsv(Write("a\n1\n2\n")).Column("a").Numbers.ToArray().Should().Equal(1, 2);
    }

    [Fact]
    public void Values_are_read_alike_in_every_culture()
    {
        string path = Write("a,b\n1.5,2026-01-02\n");
        using var culture = new ForeignCulture();
        Table.ReadCsv(path).Column("a").Numbers[0].Should().Be(1.5);
        Table.ReadCsv(path).Column("b").Text(0).Should().Be("2026-01-02");
    }

    [Fact]
    public void What_is_no_table_is_refused_by_one_sentence()
    {
        Refused("").WithMessage("'*' is empty; expected a header and at least one row.");
        Refused(" \n\n").WithMessage("'*' is empty; expected a header and at least one row.");
        Refused("a,b\n").WithMessage("'*' has a header and no row; expected at least one row.");
        Refused("a,b\n1,2\n3\n").WithMessage("'*' has 1 value on line 3; expected 2, as on the first line.");
        Refused("a,b\n1,2\n3,4,5\n").WithMessage("'*' has 3 values on line 3; expected 2, as on the first line.");
        Refused("a,a\n1,2\n").WithMessage("'*' cannot be used: The table has two columns named 'a'; expected each name once.");
        Refused("a,b\n1,\"2\n").WithMessage("'*' has a misplaced quote on line 2; expected plain values, or quotes around them.");
        Refused("a,b\n1,\02\n").WithMessage("'*' is a binary file; expected text in UTF-8.");
        string path = _files.NewPath();
        File.WriteAllBytes(path, [.. "a,b\n1,"u8, 0xFF, 0xFE, .. "\n"u8]);
        FluentActions.Invoking(() => Table.ReadCsv(path)).Should().Throw<InvalidDataException>().WithMessage("'*' is not text in UTF-8*");
        FluentActions.Invoking(() => Table.ReadCsv(_files.NewPath())).Should().Throw<FileNotFoundException>().WithMessage("*does not exist*");
    }

    private FluentAssertions.Specialized.ExceptionAssertions<InvalidDataException> Refused(string text) =>
        FluentActions.Invoking(() => Table.ReadCsv(Write(text))).Should().Throw<InvalidDataException>();

    private string Write(string text)
    {
        string path = _files.NewPath();
        File.WriteAllText(path, text);
        return path;
    }

    private static IEnumerable<string?> Texts(Table table, string name) =>
        Enumerable.Range(0, table.RowCount).Select(row => table.Column(name).Text(row));
}
