using Bayes.Layers.Tabular;

namespace Bayes.Layers.Tests.Tabular;

public sealed class TableTests
{
    private static readonly Table Homes = new(
        ("area", new[] { 50, 80, 120 }), ("street", new List<string?> { "Main", " ", " Elm " }), ("sold", new bool?[] { true, null, false }),
        ("date", new[] { new DateOnly(2026, 1, 31), new DateOnly(1969, 12, 31), new DateOnly(1970, 1, 1) }));

    [Fact]
    public void Columns_hold_numbers_text_truth_values_and_dates_any_of_which_may_be_missing()
    {
        Homes.RowCount.Should().Be(3);
        Homes.ColumnNames.Should().Equal("area", "street", "sold", "date");
        Homes.Columns.Select(column => column.Kind).Should().Equal(ColumnKind.Number, ColumnKind.Category, ColumnKind.Boolean, ColumnKind.Date);
        Homes.Column("area").Numbers.ToArray().Should().Equal(50, 80, 120);
        Texts(Homes, "street").Should().Equal("Main", null, "Elm");
        Homes.Column("sold").Numbers.ToArray().Should().Equal(1, double.NaN, 0);
        Texts(Homes, "sold").Should().Equal("true", null, "false");
        Homes.Column("date").Numbers.ToArray().Should().Equal(20484, -1, 0);
        Texts(Homes, "date").Should().Equal("2026-01-31", "1969-12-31", "1970-01-01");
        Homes.Column("street").MissingCount.Should().Be(1);
        Homes.Column("street").IsMissing(1).Should().BeTrue();
        Homes.ToString().Should().Be("3 rows of 4 columns: 'area', 'street', 'sold', 'date'");
        FluentActions.Invoking(() => Homes.Column("street").Numbers.Length).Should().Throw<InvalidOperationException>()
            .WithMessage("The column 'street' is text; expected numbers, true and false, or dates.");
    }

    [Fact]
    public void Every_type_of_number_becomes_the_same_number()
    {
        var table = new Table(
            ("sbyte", new sbyte[] { 3 }), ("byte", new byte[] { 3 }), ("short", new short?[] { 3 }), ("ushort", new ushort[] { 3 }),
            ("int", new[] { 3 }), ("uint", new[] { 3u }), ("long", new long?[] { 3 }), ("ulong", new[] { 3ul }), ("half", new[] { (Half)3 }),
            ("float", new[] { 3f }), ("double", new[] { 3.0 }), ("decimal", new[] { 3m }), ("object", new object[] { 3 }));
        table.Columns.Should().OnlyContain(column => column.Kind == ColumnKind.Number && column.Text(0) == "3");
    }

    [Fact]
    public void Dates_are_exact_to_a_microsecond_and_offsets_are_counted_in_UTC()
    {
        var date = new DateTime(2026, 11, 30, 23, 59, 59, 999).AddMicroseconds(999);
        var table = new Table(("a", new[] { date }), ("b", new[] { new DateTimeOffset(2026, 1, 1, 1, 30, 0, TimeSpan.FromHours(2)) }),
            ("c", new[] { DateTime.MaxValue }), ("d", new[] { DateTime.MinValue }));
        table.Column("a").Text(0).Should().Be("2026-11-30T23:59:59.999999");
        table.Column("b").Text(0).Should().Be("2025-12-31T23:30:00");
        table.Column("c").Text(0).Should().StartWith("9999-12-31");
        table.Column("d").Text(0).Should().Be("0001-01-01");
    }

    [Fact]
    public void The_values_of_the_caller_are_copied()
    {
        double[] values = [1, 2];
        var table = new Table(("a", values));
        values[0] = 9;
        table.Column("a").Numbers[0].Should().Be(1);
    }

    [Fact]
    public void Rows_and_columns_are_selected()
    {
        var rows = Homes.Rows([2, 0, 2]);
        rows.Column("area").Numbers.ToArray().Should().Equal(120, 50, 120);
        Texts(rows, "street").Should().Equal("Elm", "Main", "Elm");
        Homes.Rows([]).RowCount.Should().Be(0);
        Homes.Without("area", "date").ColumnNames.Should().Equal("street", "sold");
        Homes.With("price", new[] { 1.5, 2, 3 }).ColumnNames.Should().Equal("area", "street", "sold", "date", "price");
        Homes.WithoutMissing("area").RowCount.Should().Be(3);
        Homes.WithoutMissing().Column("area").Numbers.ToArray().Should().Equal(50, 120);
        Table.Of(new double[,] { { 1, 2 }, { 3, 4 } }).ColumnNames.Should().Equal("x0", "x1");
        Table.Of(new double[,] { { 1, 2 }, { 3, 4 } }, "a", "b").Column("b").Numbers.ToArray().Should().Equal(2, 4);
    }

    [Fact]
    public void What_is_no_table_is_refused_by_one_sentence()
    {
        Refused(() => new Table(("a", new[] { 1 }), ("a", new[] { 2 })))
            .WithMessage("The table has two columns named 'a'; expected each name once.*");
        Refused(() => new Table(("a", new[] { 1, 2 }), ("b", new[] { 2 }))).WithMessage("The column 'b' has 1 row; expected 2, as in 'a'.*");
        Refused(() => new Table()).WithMessage("The table has no columns; expected at least one.*");
        Refused(() => new Table((" ", new[] { 1 }))).WithMessage("A column has an empty name*");
        Refused(() => new Table(("a", new[] { TimeSpan.Zero })))
            .WithMessage("The column 'a' is of TimeSpan; expected numbers, text, true and false, or dates.*");
        Refused(() => new Table(("a", new object?[] { null, 1, "x" })))
            .WithMessage("The column 'a' has a String in row 2 (from 0); expected numbers, as in the rows before.");
        Refused(() => Homes.Column("pool")).WithMessage("The table has no column 'pool'; expected one of 'area', 'street', 'sold', 'date'.*");
        Refused(() => Homes.Without("area", "street", "sold", "date")).WithMessage("The table has no columns*");
        Refused(() => Homes.Rows([0, 3])).WithMessage("Row 3 does not exist; expected 0 to 2.*");
        Refused(() => Table.Of(new double[1, 2], "a")).WithMessage("The matrix has 2 columns and 1 name; expected a name for each column.*");
    }

    private static FluentAssertions.Specialized.ExceptionAssertions<ArgumentException> Refused(Func<object> act) =>
        act.Should().Throw<ArgumentException>();

    private static IEnumerable<string?> Texts(Table table, string name) =>
        Enumerable.Range(0, table.RowCount).Select(row => table.Column(name).Text(row));
}
