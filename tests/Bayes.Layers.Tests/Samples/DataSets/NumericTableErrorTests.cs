using System.Runtime.Versioning;
using Bayes.Layers.Samples.Support.DataSets;

namespace Bayes.Layers.Tests.Samples.DataSets;

public class NumericTableErrorTests
{
    [Theory]
    [InlineData("", "is empty, where a header line and at least one row were expected.")]
    [InlineData("\uFEFF", "has nothing on line 1, where a header was expected.")]
    [InlineData("\n\na\n1\n", "has nothing on line 1, where a header was expected.")]
    [InlineData("a,b\n", "has a header and nothing else, where at least one row was expected.")]
    [InlineData("a,b\n\n\n", "has a header and nothing else, where at least one row was expected.")]
    [InlineData("a,b\n1,2\n3\n", "has 1 value on line 3, where 2 were expected, one for each column of the header.")]
    [InlineData("a,b\n1,2,\n", "has 3 values on line 2, where 2 were expected, one for each column of the header.")]
    [InlineData("a\n1\n\n2\n", "has a blank line 3, where a row was expected.")]
    [InlineData("a,b\n1,2\n3,\"4\n", "has a misplaced quote on line 3, where plain values were expected.")]
    [InlineData("a,b\n1,\"2\n3\"\n", "has a misplaced quote on line 2, where plain values were expected.")]
    [InlineData("a,b\n1,\"2\"3\n", "has a misplaced quote on line 2, where plain values were expected.")]
    [InlineData("\"a\nb\",c\n1,2\n", "has a misplaced quote on line 1, where plain values were expected.")]
    [InlineData("a\n1\02\n", "is a binary file, where text in UTF-8 was expected.")]
    public void Says_what_is_wrong_with_the_format(string text, string problem)
    {
        using var file = new TemporaryFile(text);

        ErrorOf(file.Path).Should().Be($"The data file \"{file.Path}\" {problem}");
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("-Infinity")]
    [InlineData("1e999")]
    [InlineData("0x10")]
    [InlineData("1 2")]
    [InlineData("1;2")]
    [InlineData("(3)")]
    public void Names_line_column_and_value_if_the_value_is_not_a_finite_number(string value)
    {
        using var file = new TemporaryFile($"a,b\r\n1,2\r\n3,{value}\r\n");

        ErrorOf(file.Path).Should().Be(
            $"The data file \"{file.Path}\" has \"{value}\" on line 3 in column \"b\", "
            + "where a finite number was expected.");
    }

    [Fact]
    public void Does_not_read_a_comma_inside_quotes_as_a_thousands_separator()
    {
        using var file = new TemporaryFile("a\n\"1,234\"\n");

        ErrorOf(file.Path).Should().Contain("\"1,234\" on line 2 in column \"a\"");
    }

    [Fact]
    public void Does_not_guess_another_separator()
    {
        using var file = new TemporaryFile("a;b\n1;2\n");

        ErrorOf(file.Path).Should().Contain("\"1;2\" on line 2 in column \"a;b\"");
    }

    [Fact]
    public void Shows_only_the_start_of_a_long_value_and_no_control_characters()
    {
        using var file = new TemporaryFile("a\nx\u001b" + new string('y', 1000) + "\n");

        ErrorOf(file.Path).Should().Contain($"has \"x?{new string('y', 38)}...\" on line 2");
    }

    [Fact]
    public void Says_that_a_file_is_missing()
    {
        using var file = new TemporaryFile("a\n1\n");
        var missing = Path.Combine(file.Folder, "missing.csv");

        ErrorOf(missing).Should().Be($"The data file \"{missing}\" does not exist.");
    }

    [Fact]
    public void Says_that_an_empty_path_is_missing()
    {
        ErrorOf("").Should().Be("The data file \"\" does not exist.");
    }

    [Fact]
    public void Says_that_a_path_is_a_folder()
    {
        using var file = new TemporaryFile("");

        ErrorOf(file.Folder).Should().Be(
            $"The data file \"{file.Folder}\" is a folder, where a CSV file was expected.");
    }

    [Fact]
    public void Says_that_a_file_is_locked()
    {
        using var file = new TemporaryFile("a\n1\n");
        using var holder = new FileStream(file.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);

        ErrorOf(file.Path).Should().StartWith($"The data file \"{file.Path}\" cannot be read: ").And.NotEndWith("..");
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Says_that_reading_a_file_is_not_permitted()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no Unix file modes.");
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "Root may read every file.");
        using var file = new TemporaryFile("a\n1\n");
        File.SetUnixFileMode(file.Path, UnixFileMode.None);

        ErrorOf(file.Path).Should().StartWith($"The data file \"{file.Path}\" cannot be read: ");
    }

    [Fact]
    public void Says_that_a_file_is_binary()
    {
        using var file = new TemporaryFile([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0xFF, 0xFE]);

        ErrorOf(file.Path).Should().EndWith("is a binary file, where text in UTF-8 was expected.");
    }

    [Fact]
    public void Refuses_a_file_over_the_size_limit_without_reading_it()
    {
        using var file = new TemporaryFile("");
        using (var stream = File.OpenWrite(file.Path))
            stream.SetLength(DataFileText.MaximumBytes + 1);

        ErrorOf(file.Path).Should().EndWith("has 67108865 bytes, where at most 67108864 were expected.");
    }

    [Fact]
    public void Does_not_read_an_endless_device()
    {
        Assert.SkipUnless(File.Exists("/dev/zero"), "There is no such device here.");
        using var file = new TemporaryFile("");
        var link = Path.Combine(file.Folder, "link.csv");
        File.CreateSymbolicLink(link, "/dev/zero");

        ErrorOf("/dev/zero").Should().Contain("is empty");
        ErrorOf(link).Should().Contain("is empty");
    }

    [Fact]
    public void Says_which_column_is_missing_and_which_exist()
    {
        using var file = new TemporaryFile("a,b\n1,2\n");

        var table = NumericTable.Read(file.Path);

        table.Invoking(it => it.Column("mean_radius")).Should().Throw<DataFileException>().WithMessage(
            $"The data file \"{file.Path}\" has no column \"mean_radius\" on line 1, only \"a\", \"b\".");
    }

    [Fact]
    public void Lists_only_the_first_names_of_a_wide_table()
    {
        using var file = new TemporaryFile("a,b,c,d,e,f,g\n1,2,3,4,5,6,7\n");

        var table = NumericTable.Read(file.Path);

        table.Invoking(it => it.Select("z")).Should().Throw<DataFileException>()
            .WithMessage("*only \"a\", \"b\", \"c\", \"d\", \"e\" and 2 more.");
    }

    [Fact]
    public void Says_which_column_exists_twice()
    {
        using var file = new TemporaryFile("a,b,a\n1,2,3\n");

        var table = NumericTable.Read(file.Path);

        table.Invoking(it => it.Column("a")).Should().Throw<DataFileException>().WithMessage(
            $"The data file \"{file.Path}\" has the column \"a\" more than once on line 1, where once was expected.");
    }

    private static string ErrorOf(string path) =>
        FluentActions.Invoking(() => NumericTable.Read(path)).Should().Throw<DataFileException>().Which.Message;
}
