using Bayes.Layers.Data;
using Bayes.Layers.Tests.Laws;
using Microsoft.Data.Analysis;

namespace Bayes.Layers.Tests.Data;

public sealed class DataFrameSourceTests : TableSourceLaws
{
    protected override TableSource Create(TestTable table, TableColumns columns) => new DataFrameSource(
        new DataFrame(
            new SingleDataFrameColumn("a", table.A), new Int32DataFrameColumn("b", table.B), new BooleanDataFrameColumn("flag", table.Flag),
            new DoubleDataFrameColumn("y", table.Y), new StringDataFrameColumn("name", table.Name)), columns);

    [Fact]
    public void A_frame_that_has_grown_is_refused()
    {
        var frame = new DataFrame(new DoubleDataFrameColumn("a", [1.0, 2.0]), new DoubleDataFrameColumn("y", [1.0, 2.0]));
        var batches = new DataFrameSource(frame, new TableColumns(["a"], "y")).Batches(1);
        batches.Epoch(0, 0).Should().HaveCount(2);
        frame.Append([3.0, 3.0], inPlace: true);
        FluentActions.Invoking(() => batches.Epoch(1, 0).Count()).Should().Throw<InvalidDataException>()
            .WithMessage("There are more than 2 rows in the data frame now; expected 2, as when they were counted.");
    }
}
