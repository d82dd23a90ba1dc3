using Bayes.Layers.Tabular;
using CsCheck;
using FluentAssertions.Specialized;

namespace Bayes.Layers.Tests.Tabular;

public sealed class TabularSplitTests
{
    private static Table TableOf(int[] groups) => new(
        ("group", groups.Select(group => $"g{group}")), ("time", groups), ("date", groups.Select(group => new DateOnly(2024, 1, 1).AddDays(group))));

    [Fact]
    public void Every_split_has_every_row_once_and_repeats_and_no_part_is_empty() =>
        Gen.Select(Gen.Int[0, 6].Array[2, 40], Gen.Double[0.01, 0.99], Gen.Int[0, 1000]).Sample((groups, share, seed) =>
        {
            var table = TableOf(groups);
            bool isOne = groups.Distinct().Count() == 1;
            TabularSplit[] splits = isOne ? [TabularSplit.Random]
                : [TabularSplit.Random, TabularSplit.GroupedBy("group"), TabularSplit.OrderedBy("date"), TabularSplit.OrderedBy("time")];
            foreach (var split in splits)
            {
                var (training, heldOut) = split.Apply(table, share, seed);
                training.Concat(heldOut).Order().Should().Equal(Enumerable.Range(0, groups.Length));
                training.Should().BeInAscendingOrder().And.NotBeEmpty();
                heldOut.Should().BeInAscendingOrder().And.NotBeEmpty();
                split.Apply(table, share, seed).HeldOut.Should().Equal(heldOut);
                var (trained, held) = (training.Select(row => groups[row]).ToArray(), heldOut.Select(row => groups[row]).ToArray());
                if (split is GroupedSplit)
                    trained.Intersect(held).Should().BeEmpty();
                if (split is OrderedSplit)
                    trained.Max().Should().BeLessThan(held.Min());
                if (split is RandomSplit)
                    heldOut.Should().HaveCount(Math.Clamp((int)Math.Round(share * groups.Length), 1, groups.Length - 1));
            }
        }, iter: 200, threads: 1);

    [Fact]
    public void Strata_have_the_same_share_of_each_class()
    {
        int[] classes = [.. Enumerable.Range(0, 100).Select(row => row < 80 ? 0 : row < 98 ? 1 : row < 99 ? 2 : 3)];
        var heldOut = TabularSplit.StratifiedBy("group").Apply(TableOf(classes), 0.2, 3).HeldOut;
        heldOut.CountBy(row => classes[row]).OrderBy(each => each.Key).Select(each => each.Value).Should().Equal(16, 4);
        TabularSplit.StratifiedBy("group").Apply(TableOf(classes), 0.2, 4).HeldOut.Should().NotEqual(heldOut);
    }

    [Fact]
    public void Groups_come_as_close_to_the_share_as_they_can()
    {
        int[] groups = [.. Enumerable.Range(0, 100).Select(row => row < 90 ? 0 : 1)];
        for (int seed = 0; seed < 5; seed++)
            TabularSplit.GroupedBy("group").Apply(TableOf(groups), 0.2, seed).HeldOut.Should().Equal(Enumerable.Range(90, 10));
    }

    [Fact]
    public void Rows_of_a_missing_group_are_one_each()
    {
        var table = new Table(("group", new[] { "a", "a", "a", "a", null, null, null, null }));
        TabularSplit.GroupedBy("group").Apply(table, 0.25).HeldOut.Should().HaveCount(2).And.OnlyContain(row => row >= 4);
    }

    [Fact]
    public void What_cannot_be_split_is_refused_by_one_sentence()
    {
        var table = TableOf([3, 3, 3]);
        Refused<ArgumentOutOfRangeException>(TabularSplit.Random, table, 1).WithMessage("The share is 1; expected one between 0 and 1.*");
        Refused<ArgumentOutOfRangeException>(TabularSplit.Random, table, double.NaN).WithMessage("The share is NaN; expected one between 0 and 1.*");
        Refused<InvalidDataException>(TabularSplit.Random, table.Rows([0])).WithMessage("The table has 1 row to split; expected at least 2.");
        Refused<InvalidDataException>(TabularSplit.GroupedBy("group"), table)
            .WithMessage("The column 'group' is \"g3\" in every row; expected at least two groups to split by.");
        Refused<InvalidDataException>(TabularSplit.OrderedBy("date"), table)
            .WithMessage("The column 'date' is \"2024-01-04\" in every row; expected times that differ.");
        Refused<InvalidDataException>(TabularSplit.OrderedBy("group"), TableOf([1, 2]))
            .WithMessage("The column 'group' has \"g1\" in row 0 (from 0); expected a date such as 2026-01-31.");
        Refused<InvalidDataException>(TabularSplit.OrderedBy("t"), new Table(("t", new double?[] { 1, null })))
            .WithMessage("The column 't', the order of rows, is missing in 1 of 2 rows, first in row 1 (from 0); expected*");
        Refused<InvalidDataException>(TabularSplit.StratifiedBy("group"), TableOf([1, 2, 3]))
            .WithMessage("No class of the column 'group' has two rows; expected at least one that can be in both parts.");
        Refused<ArgumentException>(TabularSplit.GroupedBy("none"), table).WithMessage("The table has no column 'none'*");
    }

    private static ExceptionAssertions<T> Refused<T>(TabularSplit split, Table table, double share = 0.3)
        where T : Exception => FluentActions.Invoking(() => split.Apply(table, share)).Should().Throw<T>();
}
