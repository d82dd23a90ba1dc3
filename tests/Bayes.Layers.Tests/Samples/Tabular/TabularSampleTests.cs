using System.Globalization;
using System.Text;
using Bayes.Layers.Samples.Support.CommandLine;
using Bayes.Layers.Tests.Samples.DataSets;

namespace Bayes.Layers.Tests.Samples.Tabular;

/// <summary>The tabular sample end to end, with small simulated files and few epochs.</summary>
public sealed class TabularSampleTests : TorchTest
{
    private static readonly string[] Few = ["--splits", "2", "--hidden", "8", "--samples", "20", "--epochs", "4"];

    /// <summary>y = unit · (2a − b + noise), with a and b uniform, and three classes of y.</summary>
    private static string Simulated(int rows, double unit = 1, double noise = 0.1)
    {
        var random = new Random(3);
        var text = new StringBuilder("a,b,y,kind\n");
        for (int row = 0; row < rows; row++)
        {
            double a = random.NextDouble(), b = random.NextDouble(), y = 2 * a - b + noise * (random.NextDouble() - 0.5);
            text.Append(CultureInfo.InvariantCulture, $"{a:R},{b:R},{unit * y:R},{(y < 0.2 ? "low" : y < 0.8 ? "middle" : "high")}\n");
        }
        return text.ToString();
    }

    private static SampleRun Run(TemporaryFile file, string target, string task, params string[] more) =>
        new(["tabular", "--data", file.Path, "--target", target, "--task", task,
            .. Few.Chunk(2).Where(pair => !more.Contains(pair[0])).SelectMany(pair => pair), .. more]);

    [Fact]
    public void Regression_reports_means_and_errors_over_the_splits()
    {
        using var file = new TemporaryFile(Simulated(60).Replace(",low", "", StringComparison.Ordinal)
            .Replace(",middle", "", StringComparison.Ordinal)
            .Replace(",high", "", StringComparison.Ordinal).Replace(",kind", "", StringComparison.Ordinal));
        using var run = Run(file, "y", "regression", "--seed", "3");
        run.Error.Should().BeEmpty();
        run.ExitCode.Should().Be(ExitCode.Success);
        var metrics = run.Metrics();
        var splits = metrics["every_split"]!.AsArray();
        splits.Should().HaveCount(2);
        foreach (string name in new[] { "rmse", "log_density" })
        {
            double[] values = [.. splits.Select(split => (double)split![name]!)];
            ((double)metrics[name + "_mean"]!).Should().BeApproximately(values.Average(), 1e-12);
            ((double)metrics[name + "_se"]!)
                .Should().BeApproximately(Math.Abs(values[0] - values[1]) / 2, 1e-12, "the standard deviation of two over the root of two");
        }
        ((double)metrics["coverage_95_mean"]!).Should().BeInRange(0, 1);
        ((int)metrics["rows"]!).Should().Be(60);
        metrics["accuracy_mean"].Should().BeNull();
        run.Output.Should().Contain("60 rows, 2 features, regression; 2 splits of 54 and 6 rows, 4 epochs").And.Contain("RMSE")
            .And.Contain("log predictive density");
    }

    [Fact]
    public void Results_are_in_the_unit_of_the_target()
    {
        // The same data in another unit give the same network. The error is multiplied by the unit, the density is divided by it.
        using TemporaryFile small = new(Simulated(60)), large = new(Simulated(60, unit: 1024));
        using SampleRun one = Run(small, "y", "regression"), other = Run(large, "y", "regression");
        var (metrics, scaled) = (one.Metrics(), other.Metrics());
        ((double)scaled["rmse_mean"]!).Should().BeApproximately(1024 * (double)metrics["rmse_mean"]!, 1e-3 * (double)scaled["rmse_mean"]!);
        ((double)scaled["log_density_mean"]!).Should().BeApproximately((double)metrics["log_density_mean"]! - Math.Log(1024), 1e-3);
        ((double)scaled["coverage_95_mean"]!).Should().Be((double)metrics["coverage_95_mean"]!);
    }

    [Fact]
    public void It_learns_the_simulated_function()
    {
        using var file = new TemporaryFile(Simulated(200));
        using var run = Run(file, "y", "regression", "--epochs", "150", "--hidden", "20", "--samples", "50");
        var metrics = run.Metrics();
        // The noise has a standard deviation of 0.029, the target has 0.65.
        ((double)metrics["rmse_mean"]!).Should().BeLessThan(0.06);
        ((double)metrics["coverage_95_mean"]!).Should().BeGreaterThan(0.85);
    }

    [Fact]
    public void Classes_and_features_may_be_text()
    {
        using var file = new TemporaryFile(Simulated(90));
        using var run = Run(file, "kind", "multiclass", "--epochs", "60");
        run.Error.Should().BeEmpty();
        var metrics = run.Metrics();
        metrics["classes"]!.AsArray().Select(name => (string)name!).Should().Equal("high", "low", "middle");
        ((double)metrics["accuracy_mean"]!).Should().BeGreaterThan(0.7);
        foreach (string key in new[] { "nll_mean", "nll_se", "ece_mean", "ece_se", "accuracy_se" })
            metrics[key].Should().NotBeNull(key);
        metrics["rmse_mean"].Should().BeNull();

        using var features = Run(file, "y", "regression");
        ((int)features.Metrics()["features"]!).Should().Be(5, "a, b and the three kinds");
        features.Output.Should().Contain("The column \"kind\" is text: a feature for each of its 3 values.");
    }

    [Fact]
    public void Numbers_can_be_two_classes()
    {
        var random = new Random(1);
        using var file = new TemporaryFile("x;c\n" + string.Concat(Enumerable.Range(0, 40).Select(i =>
            string.Create(CultureInfo.InvariantCulture, $"{(i % 2) + 0.1 * random.NextDouble()};{(i % 2 == 0 ? 10 : 2)}\n"))));
        using var run = Run(file, "c", "binary", "--epochs", "80");
        var metrics = run.Metrics();
        metrics["classes"]!.AsArray().Select(name => (string)name!).Should().Equal("2", "10");
        ((double)metrics["accuracy_mean"]!).Should().Be(1);
    }

    [Fact]
    public void Equal_seeds_give_equal_results_and_other_seeds_other_results()
    {
        using var file = new TemporaryFile(Simulated(40));
        using SampleRun first = Run(file, "y", "regression"), again = Run(file, "y", "regression"),
            other = Run(file, "y", "regression", "--seed", "1");
        again.MetricsWithout("seconds").Should().Be(first.MetricsWithout("seconds"));
        other.Metrics()["rmse_mean"]!.ToJsonString().Should().NotBe(first.Metrics()["rmse_mean"]!.ToJsonString());
    }

    [Fact]
    public void Rows_and_columns_left_out_are_reported()
    {
        using var file = new TemporaryFile(Simulated(40).Replace("a,b,y,kind", "a,b,y,kind,same", StringComparison.Ordinal)
            .Replace("low\n", "low,1\n", StringComparison.Ordinal)
            .Replace("middle\n", "middle,1\n", StringComparison.Ordinal)
            .Replace("high\n", "high,1\n", StringComparison.Ordinal) + "0.1,?,0.2,low,1\n,0.3,0.4,low,1\n");
        using var run = Run(file, "y", "regression");
        run.Output.Should().Contain("2 of 42 rows have a missing value and are left out.")
            .And.Contain("The column \"same\" has the same value in every row and is left out.");
        run.Metrics()["notes"]!.AsArray().Should().HaveCount(3);
        ((int)run.Metrics()["rows"]!).Should().Be(40);
    }

    [Fact]
    public void An_interrupt_before_the_first_split_leaves_no_file()
    {
        using var file = new TemporaryFile(Simulated(40));
        using var run = new SampleRun(isInterrupted: true, "tabular", "--data", file.Path, "--target", "y", "--task", "regression", "--epochs",
            "1000000");
        run.ExitCode.Should().Be(ExitCode.Success);
        run.Output.Should().Contain("Stopped before a split was finished; nothing is written.");
        File.Exists(run.PathOf("metrics.json")).Should().BeFalse();
    }

    [Theory]
    [InlineData("a,y\n1,2\n3,4\n", "z", "regression", "has no column \"z\" on line 1, only \"a\", \"y\".")]
    [InlineData("a,y,y\n1,2,3\n3,4,5\n", "y", "regression", "has the column \"y\" more than once")]
    [InlineData("a,y\n1,2\n3,four\n5,6\n", "y", "regression", "has \"four\" on line 3 in column \"y\", where a finite number was expected")]
    [InlineData("a,y\n1,2\n1e999,4\n5,6\n", "y", "regression", "has \"1e999\" on line 3 in column \"a\", where a finite number was expected")]
    [InlineData("a,y\n1,2\n3,2\n", "y", "regression", "has the same target 2 in every row")]
    [InlineData("a,y\n1,b\n3,b\n", "y", "binary", "has the one class \"b\" in every row")]
    [InlineData("a,y\n1,a\n2,b\n3,c\n4,a\n5,b\n6,c\n", "y", "binary",
        "has 3 classes in column \"y\", where two were expected; --task multiclass takes more")]
    [InlineData("a,y\n1,2\n1,3\n", "y", "regression", "has no column beside the target that differs between rows")]
    [InlineData("a,y\n1,?\n,3\n", "y", "regression", "has a missing value in each of its 2 rows")]
    [InlineData("a,y\n1,2\n3,4\n5,6\n", "y", "regression", "leaves 2 of 3 rows to train on, where at least 10 were expected")]
    [InlineData("a,y\n1,2,3\n", "y", "regression", "has 3 values on line 2, where 2 were expected")]
    [InlineData("a,y\n", "y", "regression", "has a header and nothing else")]
    [InlineData("", "y", "regression", "is empty")]
    [InlineData("a,y\n1,0.5\n2,1.5\n3,2.5\n4,3.5\n", "y", "multiclass",
        "has 4 classes in 4 rows, where several rows of a class were expected; --task regression takes numbers")]
    public void The_error_for_an_unusable_file_is_one_sentence(string content, string target, string task, string expected)
    {
        using var file = new TemporaryFile(content);
        using var run = Run(file, target, task);
        run.ShouldFail(expected);
    }

    [Fact]
    public void A_column_of_names_is_refused()
    {
        using var file = new TemporaryFile("name,y\n" + string.Concat(Enumerable.Range(0, 30).Select(i => $"n{i},{i}\n")));
        using var run = Run(file, "y", "regression");
        run.ShouldFail("has text with 30 different values in column \"name\", where numbers or at most 20 different values were expected");
    }

    [Theory]
    [InlineData("--task", "clusters", "--task is 'clusters'; expected regression, binary or multiclass.")]
    [InlineData("--test-fraction", "1", "--test-fraction is '1'; expected a finite number above 0 and below 1.")]
    [InlineData("--test-fraction", "0", "--test-fraction is '0'; expected a finite number above 0 and below 1.")]
    [InlineData("--splits", "0", "--splits is '0'; expected a whole number from 1")]
    public void An_option_outside_its_range_is_refused(string option, string value, string expected)
    {
        string[] arguments = ["tabular", "--data", "x.csv", "--target", "y",
            .. option == "--task" ? Array.Empty<string>() : ["--task", "regression"], option, value];
        using var run = new SampleRun(arguments);
        run.ShouldBeRefused(expected);
    }

    [Fact]
    public void A_missing_required_option_is_named()
    {
        using var run = new SampleRun("tabular", "--target", "y", "--task", "regression");
        run.ShouldBeRefused("--data");
    }
}
