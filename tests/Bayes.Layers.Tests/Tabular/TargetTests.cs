using System.Text.Json.Nodes;
using Bayes.Layers.Tabular;
using FluentAssertions.Specialized;

namespace Bayes.Layers.Tests.Tabular;

public sealed class TargetTests
{
    private static readonly Table Rows = new(
        ("price", new[] { 100.1, 200.2, 600.3, 500 }), ("same", new[] { 3, 3, 3, 3 }), ("text", new[] { "a", "b", "a", "b" }),
        ("flag", new[] { true, false, true, false }), ("holes", new double?[] { 1, null, 2, null }),
        ("infinite", new[] { 1, 2, double.PositiveInfinity, 3 }), ("grade", new[] { 10, 9, 10, 9 }), ("zero", new double[4]),
        ("negative", new[] { 1.0, -2, 1, 1 }), ("half", new[] { 1, 1.5, 0, 2 }));

    [Fact]
    public void Regression_learns_centre_and_unit_and_goes_back()
    {
        var target = TargetScale.Learn(Rows, "price");
        target.Mean.Should().BeApproximately(350.15, 1e-12);
        double[] scaled = [.. target.Read(Rows).Select(target.Scale)];
        scaled.Average().Should().BeApproximately(0, 1e-12);
        scaled.Average(value => value * value).Should().BeApproximately(1, 1e-12);
        target.Unscale(scaled[2]).Should().BeApproximately(600.3, 1e-10);
        TargetScale.FromJson(JsonNode.Parse(target.ToJson().ToJsonString())!).Should().Be(target);
    }

    [Fact]
    public void Targets_that_cannot_be_learned_are_refused_by_one_sentence()
    {
        Regression("same").WithMessage("The column 'same', the target, is 3 in every row; expected numbers that differ.");
        Regression("text").WithMessage("The column 'text' has \"a\" in row 0 (from 0); expected a number.");
        Regression("flag").WithMessage("The column 'flag', the target, is true and false; expected numbers.");
        Regression("infinite").WithMessage("The column 'infinite', the target, has Infinity in row 2 (from 0); expected a finite number.");
        Regression("none").WithMessage("The table has no column 'none', the target; expected one of*");
        Regression("holes").WithMessage(
            "The column 'holes', the target, is missing in 2 of 4 rows, first in row 1 (from 0); expected a value in each, as after "
            + "Table.WithoutMissing(\"holes\").");
        Classes("same").WithMessage("The column 'same', the target, is \"3\" in every row; expected at least two classes.");
        Classes("price").WithMessage(
            "The column 'price', the target, has 4 classes in 4 rows; expected at least two rows for each class, or regression.");
        Classes("holes").WithMessage("The column 'holes', the target, is missing in 2 of 4 rows*");
        Classes("none").WithMessage("The table has no column 'none', the target; expected one of*");

        static ExceptionAssertions<InvalidDataException> Regression(string column) =>
            FluentActions.Invoking(() => TargetScale.Learn(Rows, column)).Should().Throw<InvalidDataException>();
        static ExceptionAssertions<InvalidDataException> Classes(string column) =>
            FluentActions.Invoking(() => TargetClasses.Learn(Rows, column)).Should().Throw<InvalidDataException>();
    }

    [Fact]
    public void Classes_are_ordered_and_found_again()
    {
        TargetClasses.Learn(Rows, "grade").Names.Should().Equal("9", "10");
        TargetClasses.Learn(Rows, "flag").Names.Should().Equal("false", "true");
        var classes = TargetClasses.Learn(Rows, "text");
        classes.Names.Should().Equal("a", "b");
        classes.Read(Rows).Should().Equal(0, 1, 0, 1);
        TargetClasses.FromJson(JsonNode.Parse(classes.ToJson().ToJsonString())!).Read(Rows).Should().Equal(0, 1, 0, 1);
        FluentActions.Invoking(() => classes.Read(new Table(("text", new[] { "b", "c" })))).Should().Throw<InvalidDataException>()
            .WithMessage("The column 'text', the target, has the class \"c\" in row 1 (from 0), which no training row has; "
                + "expected one of 'a', 'b'.");
    }

    [Fact]
    public void Weights_exposures_and_counts_have_their_rules()
    {
        TableNumbers.ReadWeights(Rows, "half").Should().Equal(1, 1.5, 0, 2);
        Refused(() => TableNumbers.ReadWeights(Rows, "zero"))
            .WithMessage("The column 'zero', the weight of rows, is 0 in every row; expected some above 0.");
        Refused(() => TableNumbers.ReadWeights(Rows, "negative"))
            .WithMessage("The column 'negative', the weight of rows, has -2 in row 1 (from 0); expected a finite number of at least 0.");
        Refused(() => TableNumbers.Read(Rows, "half", "the exposure", NumberRule.Positive))
            .WithMessage("The column 'half', the exposure, has 0 in row 2 (from 0); expected a finite number above 0.");
        Refused(() => TableNumbers.Read(Rows, "half", "the target", NumberRule.Count))
            .WithMessage("The column 'half', the target, has 1.5 in row 1 (from 0); expected 0, 1, 2 or another count.");
    }

    private static ExceptionAssertions<InvalidDataException> Refused(Func<object> act) => act.Should().Throw<InvalidDataException>();
}
