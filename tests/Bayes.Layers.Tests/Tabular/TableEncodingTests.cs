using System.Text.Json.Nodes;
using Bayes.Layers.Tabular;
using CsCheck;
using FluentAssertions.Specialized;

namespace Bayes.Layers.Tests.Tabular;

public sealed class TableEncodingTests
{
    private static readonly DateTime Start = new(2024, 1, 31, 6, 0, 0);

    private static readonly Table Homes = new(
        ("area", Enumerable.Range(0, 12).Select(row => row == 3 ? double.NaN : 50 + 10.0 * row).ToArray()),
        ("rooms", Enumerable.Range(0, 12).Select(row => row % 5).ToArray()),
        ("street", Enumerable.Range(0, 12).Select(row => row switch { < 5 => "Main", < 9 => "Elm", 9 => "Ash", 10 => "Oak", _ => null }).ToArray()),
        ("garden", Enumerable.Range(0, 12).Select(row => row % 3 == 0).ToArray()),
        ("sold", Enumerable.Range(0, 12).Select(row => Start.AddDays(20 * row).AddHours(row)).ToArray()),
        ("country", Enumerable.Repeat("here", 12).ToArray()), ("empty", new double?[12]));

    [Fact]
    public void Features_have_names_and_columns()
    {
        var encoding = Learn(Homes);
        encoding.Features.Select(feature => feature.Name).Should().Equal(
            "area", "area (missing)", "rooms", "street = Elm", "street = Main", "street (other)", "street (missing)", "garden", "sold: elapsed",
            "sold: month, sine", "sold: month, cosine", "sold: weekday, sine", "sold: weekday, cosine", "sold: hour, sine", "sold: hour, cosine");
        encoding.Features.Select(feature => feature.Column).Distinct().Should().Equal("area", "rooms", "street", "garden", "sold");
        encoding.FeatureCount.Should().Be(15);
    }

    [Fact]
    public void Few_numbers_with_many_rows_each_have_features_of_their_own()
    {
        Table Codes(int rows, int levels) => new(("code", Enumerable.Range(0, rows).Select(row => 10 * (row % levels)).ToArray()));
        var encoding = Learn(Codes(200, 5));
        encoding.Features.Select(feature => feature.Name).Should().Equal("code", "code = 0", "code = 10", "code = 20", "code = 30", "code = 40");
        var rows = encoding.Encode(new Table(("code", new[] { 30.0, 35 })));
        rows.Values[1..6].Should().Equal(0, 0, 0, 1, 0);
        rows.Values[7..].Should().Equal([0, 0, 0, 0, 0], "35 is none of them");
        TableEncoding.FromJson(JsonNode.Parse(encoding.ToJson().ToJsonString())!).Encode(Codes(7, 7)).Values
            .Should().Equal(encoding.Encode(Codes(7, 7)).Values);

        Learn(Codes(199, 5)).Features.Should().HaveCount(1, "there are fewer than 40 rows for each");
        Learn(Codes(2_000, 16)).Features.Should().HaveCount(1, "16 are not few");
        Learn(Codes(200, 2)).Features.Should().HaveCount(1, "two are the number itself");
        TableEncoding.Learn(Codes(200, 5), [new TabularColumn("code") { MaxLevels = 4 }]).Features.Should().HaveCount(1);
    }

    [Fact]
    public void Numbers_and_truth_values_have_mean_0_and_standard_deviation_1()
    {
        var encoding = Learn(Homes);
        var rows = encoding.Encode(Homes);
        foreach (string name in new[] { "rooms", "garden", "sold: elapsed" })
        {
            double[] values = Feature(encoding, rows, name);
            values.Average().Should().BeApproximately(0, 1e-6);
            values.Average(value => value * value).Should().BeApproximately(1, 1e-6);
        }
        double[] known = [.. Feature(encoding, rows, "area").Where((_, row) => row != 3)];
        known.Average().Should().BeApproximately(0, 1e-6);
        known.Average(value => value * value).Should().BeApproximately(1, 1e-6);
        Feature(encoding, rows, "area")[3].Should().Be(0);
        Feature(encoding, rows, "area (missing)").Should().Equal(0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    [Fact]
    public void Categories_are_one_of_some_and_rare_ones_share_a_feature_with_unknown_ones()
    {
        var encoding = Learn(Homes);
        var rows = encoding.Encode(Homes);
        Feature(encoding, rows, "street = Main").Should().Equal(1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0);
        Feature(encoding, rows, "street (other)").Should().Equal(0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0);
        Feature(encoding, rows, "street (missing)").Should().Equal(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
        rows.Report.UnknownCategories.Should().Be(0, "rare categories are known");
        var table = Homes.Rows([0, 1]).Without("street").With("street", new[] { "Fir", "main" });
        rows = encoding.Encode(table);
        Feature(encoding, rows, "street (other)").Should().Equal(1, 1);
        rows.Report.UnknownCategories.Should().Be(2);
        rows.Report.ToString().Should().Be("2 rows. street: 2 of an unknown category (first \"Fir\").");

        encoding = Learn(new Table(("a", new[] { "x", "x", "x", "y", "y", "y" })));
        rows = encoding.Encode(new Table(("a", new[] { "y", "z", null })));
        rows.Values.Should().Equal(0, 1, 0, 0, 0, 0);
        rows.Report.Columns.Single().Should().Be(new ColumnReport("a", 1, 1, 0, 0, 0, "z"));
    }

    [Fact]
    public void A_thousand_categories_keep_the_most_frequent()
    {
        string[] names = [.. Enumerable.Range(0, 1000).SelectMany(category => Enumerable.Repeat($"c{category:000}", 3 + category % 7))];
        var encoding = Learn(new Table(("id", names)));
        encoding.FeatureCount.Should().Be(101);
        encoding.Features.SkipLast(1).Should().OnlyContain(feature => int.Parse(feature.Name.Substring(6)) % 7 == 6);
        encoding.Summarize().Columns.Single().Values.Should().Be("100 categories, 900 rare ones as one");
        encoding = Learn(new Table(("id", names)), new TabularColumn("id") { MaxCategories = 5, MinCategoryRows = 9 });
        encoding.FeatureCount.Should().Be(6);
        encoding = Learn(new Table(("id", Enumerable.Range(0, 1000).Select(row => $"c{row}").ToArray()), ("x", Enumerable.Range(0, 1000).ToArray())));
        encoding.Summarize().Columns[0].LeftOut.Should().Be("none of its 1000 categories has 3 rows");
    }

    [Fact]
    public void Dates_are_taken_apart_on_circles()
    {
        var encoding = Learn(Homes);
        var rows = encoding.Encode(Homes);
        Feature(encoding, rows, "sold: month, sine")[0].Should().BeApproximately(0, 1e-7, "January is at the angle 0");
        Feature(encoding, rows, "sold: hour, sine")[0].Should().BeApproximately(1, 1e-7, "six o'clock is a quarter of the day");
        Feature(encoding, rows, "sold: weekday, cosine")[0].Should().BeApproximately(Math.Cos(2 * Math.PI * 3 / 7), 1e-7, "it is a Wednesday");
        var days = new Table(("d", Enumerable.Range(0, 20).Select(day => new DateOnly(2024, 3, 1).AddDays(day)).ToArray()));
        Learn(days).Features.Select(feature => feature.Name).Should().Equal("d: elapsed", "d: weekday, sine", "d: weekday, cosine");
    }

    [Fact]
    public void Text_of_dates_is_dates()
    {
        var table = new Table(("d", new[] { "2024-01-01", "2024-01-08", "2024-01-15" }));
        var encoding = Learn(table);
        encoding.Features.Select(feature => feature.Name).Should().Equal("d: elapsed");
        var rows = encoding.Encode(new Table(("d", new[] { "2024-01-08", "soon", "2025-02-30" })));
        rows.Values.Should().Equal(0, 0, 0);
        rows.Report.Columns.Single().Should().Be(new ColumnReport("d", 2, 0, 0, 0, 2, "soon"));
        RefusedTraining(new Table(("d", new[] { "2024-01-01", "2024-01-08", "soon" })))
            .WithMessage("The column 'd' has \"soon\" in row 2 (from 0), where most values are dates; expected dates alone, or a description that "
                + "says ColumnKind.Category instead of ColumnKind.Date.");
        RefusedTraining(new Table(("d", new[] { "2024-01-01", "1.2.2024", "soon" })), new TabularColumn("d", ColumnKind.Date))
            .WithMessage("The column 'd' has \"1.2.2024\" in row 1 (from 0); expected a date such as 2026-01-31.");
    }

    [Fact]
    public void Columns_that_say_nothing_are_left_out_and_said_so()
    {
        var summary = Learn(Homes).Summarize();
        summary.Columns.Where(column => column.LeftOut is not null).Select(column => $"{column.Column}: {column.LeftOut}")
            .Should().Equal("country: it is always \"here\"", "empty: it is missing in every row");
        var constants = new Table(
            ("n", new[] { 0.1, 0.1, 0.1 }), ("b", new[] { true, true, true }), ("d", Enumerable.Repeat(new DateOnly(2024, 3, 1), 3).ToArray()),
            ("x", new[] { 1, 2, 3 }));
        Learn(constants).Summarize().Columns.Select(column => column.LeftOut)
            .Should().Equal("it is always 0.1", "it is always true", "it is always 2024-03-01", null);
        Learn(new Table(("n", new double?[] { 2, null, 2 }))).Features.Select(feature => feature.Name).Should().Equal("n (missing)");
    }

    [Fact]
    public void A_summary_is_a_table_to_read() => Learn(Homes).Summarize().ToString().Should().Be("""
        12 rows, 15 features of 7 columns
        column   kind      features  missing  values
        area     Number           2        1  50 to 160
        rooms    Number           1        0  0 to 4
        street   Category         4        1  2 categories, 2 rare ones as one
        garden   Boolean          1        0  true in 33.3 %
        sold     Date             7        0  2024-01-31T06:00:00 to 2024-09-07T17:00:00
        country  Category         0        0  left out: it is always "here"
        empty    Number           0       12  left out: it is missing in every row
        """);

    [Fact]
    public void Numbers_far_out_of_the_range_of_training_stay_finite_and_are_counted()
    {
        var encoding = Learn(new Table(("x", new[] { -1.0, 1 })));
        var rows = encoding.Encode(new Table(("x", new[] { 0, 4, 1e300, -1e300, double.PositiveInfinity, double.NaN })));
        rows.Values.Should().Equal(0, 4, 5, -5, 0, 0);
        rows.Report.Columns.Single().Should().Be(new ColumnReport("x", 2, 0, 3, 1, 0));
        rows.Report.ToString().Should().Be("6 rows. x: 2 missing, 3 out of the range of training, 1 infinite.");
    }

    [Fact]
    public void Infinite_numbers_are_refused_in_training()
    {
        RefusedTraining(new Table(("x", new[] { 1, double.NegativeInfinity })))
            .WithMessage("The column 'x' has -Infinity in row 1 (from 0); expected a finite number of at most 1E+140.");
        RefusedTraining(new Table(("x", new[] { 1, 2, 1e200 }))).WithMessage("The column 'x' has 1E+200 in row 2 (from 0)*");
    }

    [Fact]
    public void What_is_missing_is_treated_as_described()
    {
        var table = new Table(("x", new double?[] { 1, null, 3, null }), ("y", new[] { 1, 2, 3, 5 }));
        Learn(table, new TabularColumn("x") { Missing = WhenMissing.Fill }).Features.Select(feature => feature.Name).Should().Equal("x", "y");
        RefusedTraining(table, new TabularColumn("x") { Missing = WhenMissing.Refuse })
            .WithMessage("The column 'x' is missing in row 1 (from 0); expected a value, as its description says.");
        TabularColumn[] leaves = [new TabularColumn("x") { Missing = WhenMissing.LeaveOut }];
        var columns = TableColumnsChoice.Of(table, null, leaves);
        TableColumnsChoice.RowsToKeep(table, columns).Should().Equal(0, 2);
        var encoding = TableEncoding.Learn(table.Rows([0, 2]), columns);
        var rows = encoding.Encode(table);
        rows.Values.Should().Equal(-1, -1, 0, 0, 1, 1, 0, 3);
        rows.Report.Missing.Should().Be(2);
        encoding = Learn(table.Rows([0, 2]), new TabularColumn("x") { Missing = WhenMissing.Refuse });
        FluentActions.Invoking(() => encoding.Encode(table)).Should().Throw<InvalidDataException>()
            .WithMessage("The column 'x' is missing in row 1*");
        FluentActions.Invoking(() => TableColumnsChoice.RowsToKeep(table.Rows([1, 3]), columns)).Should().Throw<InvalidDataException>()
            .WithMessage("Every row is left out, because 'x' is missing; expected at least two complete rows.");
    }

    [Fact]
    public void A_description_decides_where_a_kind_would_be_inferred_otherwise()
    {
        var table = new Table(("zip", new[] { 1, 1, 1, 2, 2, 2 }), ("n", new[] { "1", "2", "3", "4", "5", "6" }), ("b", new[] { 0, 1, 0, 1, 1, 1 }));
        var encoding = Learn(
            table, new TabularColumn("zip", ColumnKind.Category), new TabularColumn("n", ColumnKind.Number),
            new TabularColumn("b", ColumnKind.Boolean));
        encoding.Features.Select(feature => feature.Name).Should().Equal("zip = 1", "zip = 2", "n", "b");
        var strings = new Table(("zip", new[] { "2" }), ("n", new[] { 3.5 }), ("b", new[] { "yes" }));
        encoding.Encode(strings).Values[..3].Should().Equal(0, 1, 0);
        RefusedTraining(table, new TabularColumn("zip", ColumnKind.Date)).WithMessage("The column 'zip' is numbers; expected dates.");
        RefusedTraining(table, new TabularColumn("zip", ColumnKind.Boolean))
            .WithMessage("The column 'zip' has \"2\" in row 3 (from 0); expected true or false, or 1 or 0.");
    }

    [Fact]
    public void Other_kinds_at_prediction_are_refused_by_name_and_value()
    {
        var encoding = Learn(Homes);
        RefusedRows(Homes.Without("rooms").With("rooms", Enumerable.Repeat("many", 12))).WithMessage(
            "The column 'rooms' has \"many\" in row 0 (from 0); expected a number.");
        RefusedRows(Homes.Without("rooms").With("rooms", Enumerable.Repeat(Start, 12))).WithMessage("The column 'rooms' is dates; expected numbers.");
        RefusedRows(Homes.Without("sold").With("sold", Enumerable.Repeat(1, 12))).WithMessage("The column 'sold' is numbers; expected dates.");
        RefusedRows(Homes.Without("garden").With("garden", Enumerable.Repeat(2, 12)))
            .WithMessage("The column 'garden' has \"2\" in row 0 (from 0); expected true or false, or 1 or 0.");
        RefusedRows(Homes.Without("rooms", "area")).WithMessage(
            "The table has no column 'area', 'rooms', which the model was trained with; found 'street', 'garden', 'sold', 'country', 'empty'.");
        encoding.Encode(Homes.Without("country", "empty")).Values.Should().Equal(encoding.Encode(Homes).Values);
        encoding.Encode(Homes.Without("sold").With("sold", new double?[12])).Report.Missing
            .Should().Be(14, "a file cannot say what is missing everywhere");
        encoding.Encode(Homes.Rows([])).Values.Should().BeEmpty();

        ExceptionAssertions<InvalidDataException> RefusedRows(Table rows) =>
            FluentActions.Invoking(() => encoding.Encode(rows)).Should().Throw<InvalidDataException>();
    }

    [Fact]
    public void Tables_that_cannot_be_trained_on_are_refused_by_one_sentence()
    {
        RefusedTraining(Homes.Rows([])).WithMessage("The table has 0 rows to train on; expected at least 2.");
        RefusedTraining(Homes.Rows([3])).WithMessage("The table has 1 row to train on; expected at least 2.");
        RefusedTraining(new Table(("x", new[] { 3, 3, 3 }))).WithMessage(
            "No column is left to predict from ('x': it is always 3); expected at least one that differs between rows.");
        RefusedTraining(new Table(("x", new[] { "1", "2", "many" }))).WithMessage(
            "The column 'x' has \"many\" in row 2 (from 0), where most values are numbers; expected numbers alone, or a description that says "
            + "ColumnKind.Category instead of ColumnKind.Number.");
        Choice(["area", "price"], []).WithMessage("The table has no column 'price'; expected one of*");
        Choice(["area", "area"], []).WithMessage("The column 'area' is named twice among the features; expected each once.");
        Choice(["area", "rooms"], [], ("rooms", "the target")).WithMessage(
            "The column 'rooms' is the target and among the features; expected other columns as features.");
        Choice(null, [], ("price", "the target")).WithMessage("The table has no column 'price', the target; expected one of*");
        Choice(null, [], ("rooms", "the target"), ("rooms", "the weight of rows")).WithMessage(
            "The column 'rooms' is the target and the weight of rows; expected another column for each.");
        Choice(["area"], [new TabularColumn("rooms")]).WithMessage("The column 'rooms' is described but is no feature; expected one of 'area'.");
        Choice(null, [new TabularColumn("rooms")], ("rooms", "the target")).WithMessage(
            "The column 'rooms' is the target; expected descriptions of features alone.");
        Choice(null, [new TabularColumn("rooms"), new TabularColumn("rooms")]).WithMessage("The column 'rooms' is described twice; expected once.");
        Choice([], []).WithMessage("No column is left to predict from; expected at least one beside the target.");

        static ExceptionAssertions<ArgumentException> Choice(string[]? features, TabularColumn[] columns, params (string, string)[] apart) =>
            FluentActions.Invoking(() => TableColumnsChoice.Of(Homes, features, columns, apart)).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Json_keeps_every_bit()
    {
        Gen.Double[-1e6, 1e6].Array[5, 12].Sample(numbers =>
        {
            var table = new Table(
                ("x", numbers), ("big", numbers.Select(number => 1e100 + 1e90 * number).ToArray()),
                ("c", numbers.Select(number => number > 0 ? "a" : "b")), ("d", numbers.Select(number => Start.AddMinutes(number)).ToArray()),
                ("k", numbers.Select((_, row) => row == 1 ? (double?)null : row)));
            var encoding = Learn(table, new TabularColumn("c") { MinCategoryRows = 1 });
            string json = encoding.ToJson().ToJsonString();
            var read = TableEncoding.FromJson(JsonNode.Parse(json)!);
            read.ToJson().ToJsonString().Should().Be(json);
            read.Encode(table).Values.Should().Equal(encoding.Encode(table).Values);
            read.Features.Should().Equal(encoding.Features);
        }, iter: 50, threads: 1);
        var homes = TableEncoding.FromJson(JsonNode.Parse(Learn(Homes).ToJson().ToJsonString())!);
        homes.Encode(Homes).Values.Should().Equal(Learn(Homes).Encode(Homes).Values);
        homes.Summarize().ToString().Should().Be(Learn(Homes).Summarize().ToString());
    }

    [Fact]
    public void Json_of_something_else_is_refused()
    {
        foreach (string member in new[] { "trainingRows", "columns" })
        {
            var json = Learn(Homes).ToJson();
            json.Remove(member);
            FluentActions.Invoking(() => TableEncoding.FromJson(json)).Should().Throw<InvalidDataException>()
                .WithMessage($"The description of a table has no '{member}' at $; expected one as written by this library.");
        }
        var wrong = Learn(Homes).ToJson();
        wrong["columns"]![0]!["kind"] = "Colour";
        FluentActions.Invoking(() => TableEncoding.FromJson(wrong)).Should().Throw<InvalidDataException>()
            .Which.Message.Should().Be("The description of a table has \"Colour\" as 'kind' at $.columns[0]; expected another value.");
    }

    [Fact]
    public void Only_training_rows_are_learned_from()
    {
        int[] training = [.. Enumerable.Range(0, 8)];
        var changed = Homes.Without("area", "street")
            .With("area", Enumerable.Range(0, 12).Select(row => row < 8 ? Homes.Column("area").Numbers[row] : 1e9))
            .With("street", Enumerable.Range(0, 12).Select(row => row < 8 ? Homes.Column("street").Text(row) : "new"));
        string[] features = ["area", "street", "rooms"];
        string json = TableEncoding.Learn(Homes.Rows(training), TableColumnsChoice.Of(Homes, features, null)).ToJson().ToJsonString();
        TableEncoding.Learn(changed.Rows(training), TableColumnsChoice.Of(changed, features, null)).ToJson().ToJsonString().Should().Be(json);
    }

    private static TableEncoding Learn(Table table, params TabularColumn[] columns) =>
        TableEncoding.Learn(table, TableColumnsChoice.Of(table, null, columns));

    private static ExceptionAssertions<InvalidDataException> RefusedTraining(Table table, params TabularColumn[] columns) =>
        FluentActions.Invoking(() => Learn(table, columns)).Should().Throw<InvalidDataException>();

    private static double[] Feature(TableEncoding encoding, EncodedRows rows, string name)
    {
        int index = encoding.Features.Select(feature => feature.Name).ToList().IndexOf(name);
        return [.. Enumerable.Range(0, rows.RowCount).Select(row => (double)rows.Values[row * rows.FeatureCount + index])];
    }
}
