using Bayes.Layers.Data;
using Bayes.Layers.Tests.Data;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Laws;

/// <summary>What every source of rows must obey, whatever the format.</summary>
public abstract class TableSourceLaws : TorchTest
{
    private static readonly TableColumns Columns = new(["b", "a", "flag"], "y");

    /// <summary>Returns a source of a table, whose columns are a, b, flag, y and name.</summary>
    protected abstract TableSource Create(TestTable table, TableColumns columns);

    [Fact]
    public void Every_row_comes_exactly_once_in_every_epoch()
    {
        var random = new Random(1);
        for (int trial = 0; trial < 40; trial++)
        {
            int rows = random.Next(1, 120), size = random.Next(1, 40), buffer = random.Next(0, 150);
            var batches = Create(TestTable.Of(rows, random.Next(1, 50)), Columns).Batches(size, buffer);
            batches.Rows.Should().Be(rows);
            for (int epoch = 0; epoch < 2; epoch++)
            {
                var (sizes, order) = Read(batches, epoch, seed: trial);
                order.Order().Should().Equal(Enumerable.Range(0, rows).Select(row => (double)row));
                sizes.Should().HaveCount((int)batches.BatchesPerEpoch);
                sizes.SkipLast(1).Where(each => each != size).Should().BeEmpty();
                sizes[^1].Should().BeInRange(rows > 1 && size > 1 ? 2 : 1, size > 1 ? size + 1 : 1);
            }
        }
    }

    [Fact]
    public void Rows_keep_their_values_together()
    {
        using var scope = NewDisposeScope();
        foreach (var (input, target) in Create(TestTable.Of(100), Columns).Batches(9, 20).Epoch(epoch: 1, seed: 3))
        {
            (input[0].shape[1], input[0].dtype, target.dtype).Should().Be((3, ScalarType.Float32, ScalarType.Float32));
            for (long row = 0; row < input.Rows; row++)
            {
                double b = input[0][row, 0].item<float>();
                ((double)input[0][row, 1].item<float>(), (double)input[0][row, 2].item<float>(), (double)target[row, 0].item<float>())
                    .Should().Be((b / 4, b % 3 == 0 ? 1 : 0, b * 0.5 - 3));
            }
        }
    }

    [Fact]
    public void The_order_depends_on_the_seed_and_the_epoch_alone()
    {
        var batches = Create(TestTable.Of(100), Columns).Batches(16, 40);
        var order = Read(batches, epoch: 2, seed: 5).Order;
        Read(Create(TestTable.Of(100), Columns).Batches(16, 40), epoch: 2, seed: 5).Order.Should().Equal(order);
        Read(batches, epoch: 3, seed: 5).Order.Should().NotEqual(order);
        Read(batches, epoch: 2, seed: 6).Order.Should().NotEqual(order);
        order.Should().NotBeInAscendingOrder();
    }

    [Fact]
    public void Without_a_buffer_rows_come_in_the_order_of_the_table()
    {
        var source = Create(TestTable.Of(100), Columns);
        Read(source.Batches(8, shuffleBuffer: 0), epoch: 4, seed: 9).Order.Should().BeInAscendingOrder();
        using var scope = NewDisposeScope();
        Values(cat([.. source.Inputs(16)])[TensorIndex.Colon, 0]).Should().Equal(Enumerable.Range(0, 100).Select(row => (double)row));
        Values(cat([.. source.InputsAndTargets(16).Select(pair => pair.Target)])).Should().Equal(TestTable.Of(100).Y);
    }

    /// <summary>A buffer as large as the table gives every row every place: the mean place of each is the middle.</summary>
    [Fact]
    public void A_buffer_as_large_as_the_table_shuffles_evenly()
    {
        const int rows = 12, epochs = 300;
        var batches = Create(TestTable.Of(rows, rowsOfBlock: 5), Columns).Batches(rows, rows);
        double[] places = new double[rows];
        for (int epoch = 0; epoch < epochs; epoch++)
            foreach (var (place, row) in Read(batches, epoch, seed: 1).Order.Index())
                places[(int)row] += (double)place / epochs;
        // A place has a standard deviation of 3.45, and the mean of 300 one of 0.2.
        places.Should().OnlyContain(mean => Math.Abs(mean - (rows - 1) / 2.0) < 0.8);
    }

    [Fact]
    public void Double_precision_and_indices_of_classes_have_their_own_types()
    {
        using var scope = NewDisposeScope();
        var columns = new TableColumns(["a"], "b") { TargetKind = TargetKind.ClassIndex, ElementType = ScalarType.Float64 };
        var (input, target) = Create(TestTable.Of(5), columns).InputsAndTargets().Single();
        (input.dtype, target.dtype).Should().Be((ScalarType.Float64, ScalarType.Int64));
        target.shape.Should().Equal(5);
        target.data<long>().ToArray().Should().Equal(0, 1, 2, 3, 4);
    }

    [Fact]
    public void A_missing_number_is_refused_with_its_row_and_column_or_kept()
    {
        var table = TestTable.Of(30);
        table.A[17] = null;
        FluentActions.Invoking(() => Create(table, Columns).Inputs(4).Count()).Should().Throw<InvalidDataException>()
            .WithMessage("Row 17 (from 0) of the column 'a' of * is missing (null or NaN); expected a finite number*KeepAsNaN*.");
        using var scope = NewDisposeScope();
        var kept = cat([.. Create(table, Columns with { Missing = MissingValues.KeepAsNaN }).Inputs(4)]);
        Values(kept[TensorIndex.Colon, 1]).Index().Where(each => double.IsNaN(each.Item)).Select(each => each.Index).Should().Equal(17);
        var target = new TableColumns(["b"], "a") { Missing = MissingValues.KeepAsNaN };
        FluentActions.Invoking(() => Create(table, target).InputsAndTargets().Count()).Should().Throw<InvalidDataException>()
            .WithMessage("Row 17 (from 0) of the column 'a' of * is missing (null or NaN); expected a finite number.");
    }

    [Fact]
    public void Infinite_and_too_large_numbers_are_refused()
    {
        var table = TestTable.Of(30);
        table.A[11] = float.PositiveInfinity;
        FluentActions.Invoking(() => Create(table, Columns).Inputs(4).Count()).Should().Throw<InvalidDataException>()
            .WithMessage("Row 11 (from 0) of the column 'a' of * is Infinity; expected a finite number.");
        var large = TestTable.Of(30);
        large.Y[8] = 1e300;
        FluentActions.Invoking(() => Create(large, new TableColumns(["y"])).Inputs(4).Count()).Should().Throw<InvalidDataException>()
            .WithMessage("Row 8 (from 0) of the column 'y' of * is 1E+300, which Float32 cannot hold; expected a smaller number.");
        using var scope = NewDisposeScope();
        Create(large, new TableColumns(["y"]) { ElementType = ScalarType.Float64 }).Inputs(30).Single()[8, 0].item<double>().Should().Be(1e300);
    }

    [Fact]
    public void Targets_of_another_kind_are_refused()
    {
        var table = TestTable.Of(30);
        FluentActions.Invoking(() => Create(table, Columns with { TargetKind = TargetKind.Binary }).InputsAndTargets().Count())
            .Should().Throw<InvalidDataException>().WithMessage("Row 0 (from 0) of the column 'y' of * is -3; expected 0 or 1.");
        FluentActions.Invoking(() => Create(table, Columns with { TargetKind = TargetKind.Count }).InputsAndTargets().Count())
            .Should().Throw<InvalidDataException>().WithMessage("Row 0 * is -3; expected a whole number from 0.");
        Create(table, new TableColumns(["a"], "flag") { TargetKind = TargetKind.Binary }).InputsAndTargets().Should().HaveCount(1);
    }

    [Fact]
    public void Columns_that_are_missing_or_no_numbers_are_refused_by_name()
    {
        var table = TestTable.Of(3);
        FluentActions.Invoking(() => Create(table, new TableColumns(["c"]))).Should().Throw<ArgumentException>()
            .WithMessage("There is no column 'c' in *; it has *'a'*'name'*.");
        FluentActions.Invoking(() => Create(table, new TableColumns(["name"]))).Should().Throw<ArgumentException>()
            .WithMessage("The column 'name' of * is of type *, which is not a number; expected numbers or true and false.");
        FluentActions.Invoking(() => Create(table, new TableColumns(["a"], "z")).Batches()).Should().Throw<ArgumentException>()
            .WithMessage("There is no column 'z' in *");
        FluentActions.Invoking(() => Create(table, new TableColumns(["a"])).Batches()).Should().Throw<ArgumentException>()
            .WithMessage("The description of * has no target; expected the name of a column to predict.");
    }

    [Fact]
    public void A_table_without_rows_is_refused()
    {
        FluentActions.Invoking(() => Create(TestTable.Of(0), Columns).Batches()).Should().Throw<InvalidDataException>()
            .WithMessage("There are 0 rows in *; expected at least one.");
    }

    [Fact]
    public void Scaling_gives_mean_0_and_standard_deviation_1_and_returns_to_the_unit()
    {
        using var scope = NewDisposeScope();
        var table = TestTable.Of(50);
        var scaling = ColumnScaling.Measure(Create(table, Columns));
        var (input, target) = Create(table, Columns with { Scaling = scaling, ElementType = ScalarType.Float64 }).InputsAndTargets(50).Single();
        ShouldBeClose(input.mean([0L]), zeros(3, float64), 1e-12);
        ShouldBeClose(input.std(0L, unbiased: false), ones(3, float64), 1e-12);
        ShouldBeClose(target.std(0L, unbiased: false), ones(1, float64), 1e-12);
        ShouldBeClose(scaling.ToTargetUnit(target), tensor(table.Y).unsqueeze(1), 1e-12);
        ShouldBeClose(scaling.ToTargetSpread(target.std(0L, unbiased: false)), tensor(table.Y).std(0L, unbiased: false).view(1), 1e-12);
        ColumnScaling.Measure(Create(table, new TableColumns(["a"], "flag") { TargetKind = TargetKind.Binary }))
            .Should().Match<ColumnScaling>(each => each.TargetMeans[0] == 0 && each.TargetStddevs[0] == 1);
    }

    [Fact]
    public void Training_on_batches_leaves_no_tensor_behind_and_makes_a_step_for_each()
    {
        var batches = Create(TestTable.Of(33), Columns).Batches(8, 16);
        long Live()
        {
            using var model = new BayesianSequential(new BayesianLinear(3, 1));
            using var loss = ElboLoss.Gaussian(33);
            var history = new VariationalTrainer(model, loss, new() { Epochs = 2 }).Fit(batches);
            (history.Epochs.Count, history.Epochs[0].Examples, history.Steps).Should().Be((2, 33, 8));
            return LiveTensors();
        }
        Live().Should().Be(Live());
    }

    /// <summary>Returns the sizes of the batches and the rows in the order in which they came.</summary>
    private static (List<long> Sizes, List<double> Order) Read(BatchStream batches, int epoch, int seed)
    {
        List<long> sizes = [];
        List<double> order = [];
        foreach (var (input, target) in batches.Epoch(epoch, seed))
        {
            sizes.Add(input.Rows);
            order.AddRange(Values(input[0][TensorIndex.Colon, 0]));
            input[0].Dispose();
            target.Dispose();
        }
        return (sizes, order);
    }
}
