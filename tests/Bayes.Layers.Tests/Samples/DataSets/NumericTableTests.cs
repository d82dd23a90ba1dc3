using System.Text;
using Bayes.Layers.Samples.Support.DataSets;

namespace Bayes.Layers.Tests.Samples.DataSets;

public class NumericTableTests
{
    [Fact]
    public void Reads_names_and_values()
    {
        var table = Read("a,b\n1,-2.5\n3e2,+4\n");

        table.ColumnNames.Should().Equal("a", "b");
        (table.Rows, table.Columns).Should().Be((2, 2));
        new[] { table[0, 0], table[0, 1], table[1, 0], table[1, 1] }.Should().Equal(1, -2.5, 300, 4);
    }

    [Theory]
    [InlineData("a,b\n1,2")]
    [InlineData("a,b\r\n1,2\r\n")]
    [InlineData("\uFEFFa,b\n1,2\n")]
    [InlineData("a,b\n1,2\n\n  \n\r\n")]
    [InlineData("\"a\",\"b\"\n\"1\",\" 2 \"\n")]
    [InlineData(" a , b \n 1 ,\t2\n")]
    public void Accepts_harmless_differences_of_format(string text)
    {
        var table = Read(text);

        table.ColumnNames.Should().Equal("a", "b");
        (table.Rows, table[0, 0], table[0, 1]).Should().Be((1, 1.0, 2.0));
    }

    [Fact]
    public void Reads_a_file_in_UTF_16_with_a_byte_order_mark()
    {
        using var file = new TemporaryFile([.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes("a\n7\n")]);

        NumericTable.Read(file.Path).Column("a").Should().Equal(7);
    }

    [Fact]
    public void Reads_through_a_link()
    {
        using var file = new TemporaryFile("a\n7\n");
        var link = Path.Combine(file.Folder, "link.csv");
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows makes links only for some users.");
        File.CreateSymbolicLink(link, Path.GetFileName(file.Path));

        NumericTable.Read(link).Column("a").Should().Equal(7);
        NumericTable.Read(Path.GetRelativePath(Environment.CurrentDirectory, link)).Column("a").Should().Equal(7);
    }

    [Fact]
    public void Returns_columns_by_name_in_the_given_order()
    {
        var table = Read("a,b,c\n1,2,3\n4,5,6\n");

        table.Column("b").Should().Equal(2, 5);
        table.Select("c", "a").Should().BeEquivalentTo(new double[,] { { 3, 1 }, { 6, 4 } });
    }

    [Fact]
    public void Returns_copies_so_that_the_table_does_not_change()
    {
        var table = Read("a\n1\n");

        table.Column("a")[0] = 9;
        table.Select("a")[0, 0] = 9;

        table[0, 0].Should().Be(1);
    }

    [Fact]
    public void Refuses_an_index_outside_the_table()
    {
        var table = Read("a,b\n1,2\n3,4\n");

        FluentActions.Invoking(() => table[0, 2]).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => table[2, 0]).Should().Throw<IndexOutOfRangeException>();
    }

    [Fact]
    public void Refuses_values_that_do_not_fill_whole_rows()
    {
        FluentActions.Invoking(() => new NumericTable("x.csv", ["a", "b"], [1, 2, 3]))
            .Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Allows_a_repeated_name_that_is_not_looked_up()
    {
        Read("a,b,a\n1,2,3\n").Column("b").Should().Equal(2);
    }

    private static NumericTable Read(string text)
    {
        using var file = new TemporaryFile(text);
        return NumericTable.Read(file.Path);
    }
}
