using System.Text.Json.Nodes;
using Bayes.Layers.Samples.Support.CommandLine;

namespace Bayes.Layers.Tests.Uncertainty;

/// <summary>The benchmark end to end, with made-up sets.</summary>
public sealed class UciCommandTests : TorchTest
{
    [Fact]
    public void Every_baseline_is_compared_on_the_same_splits()
    {
        using var uci = new UciRunOfTests().With("waves.csv", UciRunOfTests.Simulated(200));
        uci.Run("--methods", "boosting,gaussian-process,ridge", "--splits", "2").Should().Be(ExitCode.Success, uci.Error);
        uci.Error.Should().BeEmpty();
        uci.Output.Should().Contain("waves: 200 rows, 3 inputs, 2 splits").And.Contain("waves  1 | gaussian-process | RMSE");

        var sets = uci.Sets();
        sets.Select(set => (string)set!["method"]!).Should().Equal("boosting", "gaussian-process", "ridge");
        string[][] lines = [.. uci.TextOf("splits.csv").Split('\n').Where(line => line.StartsWith("waves,", StringComparison.Ordinal))
            .Select(line => line.Split(','))];
        lines.Should().HaveCount(6);
        foreach (var set in sets.Select(set => set!.AsObject()))
        {
            set.Select(each => each.Key).Should().Contain(
                ["name", "method", "splits", "rmse_mean", "rmse_se", "log_density_mean", "log_density_se", "coverage_95_mean", "seconds_per_split"]);
            ((int)set["splits"]!).Should().Be(2);
            double[] errors = [.. lines.Where(line => line[1] == (string)set["method"]!).Select(line => double.Parse(line[3], null))];
            ((double)set["rmse_mean"]!).Should().BeApproximately(errors.Average(), 1e-12);
            ((double)set["rmse_se"]!).Should().BeApproximately(Math.Abs(errors[0] - errors[1]) / 2, 1e-12);
            ((double)set["coverage_95_mean"]!).Should().BeInRange(0.7, 1);
        }
        double Of(string method, string key) => (double)sets.Single(set => (string)set!["method"]! == method)![key]!;
        // The noise has a standard deviation of 0.08.
        Of("gaussian-process", "rmse_mean").Should().BeInRange(0.05, 0.11);
        Of("boosting", "rmse_mean").Should().BeInRange(0.05, 0.15);
        Of("ridge", "rmse_mean").Should().BeGreaterThan(Of("boosting", "rmse_mean"), "the function is not linear");
        Of("gaussian-process", "log_density_mean").Should().BeGreaterThan(Of("ridge", "log_density_mean"));

        string page = uci.TextOf("results.md");
        page.Should().Contain("## Log density, nats").And.Contain("| boosting − ridge | 2 |").And.Contain("standard error")
            .And.Contain("Lakshminarayanan et al. 2017");
        uci.TextOf("results.html").Should().Contain("boosting − ridge").And.Contain("Gal &amp; Ghahramani");
    }

    [Fact]
    public void A_later_run_does_what_is_left()
    {
        using var uci = new UciRunOfTests().With("waves.csv", UciRunOfTests.Simulated(60)).With("other.csv", UciRunOfTests.Simulated(40));
        uci.Run("--methods", "ridge", "--splits", "1", "--sets", "waves").Should().Be(ExitCode.Success);
        string first = uci.TextOf("splits.csv");
        // The last line was cut off when the process ended.
        File.AppendAllText(Path.Combine(uci.Results, "splits.csv"), "waves,ridge,1,0.1,");

        uci.Run("--methods", "ridge", "--splits", "3").Should().Be(ExitCode.Success, uci.Error);
        uci.Output.Should().NotContain("waves  0 | ").And.Contain("waves  1 | ").And.Contain("other  0 | ");
        uci.TextOf("splits.csv").Should().StartWith(first, "finished splits stay as they are");
        uci.Sets().Select(set => ((string)set!["name"]!, (int)set["splits"]!)).Should().Equal(("other", 3), ("waves", 3));

        using var whole = new UciRunOfTests().With("waves.csv", UciRunOfTests.Simulated(60)).With("other.csv", UciRunOfTests.Simulated(40));
        whole.Run("--methods", "ridge", "--splits", "3").Should().Be(ExitCode.Success);
        Numbers(uci.Sets()).Should().Equal(Numbers(whole.Sets()), "a run in parts gives the numbers of one run");

        static IEnumerable<double> Numbers(JsonArray sets) => sets.Select(set => (double)set!["log_density_mean"]!);
    }

    [Fact]
    public void An_interrupted_run_reports_what_is_finished()
    {
        using var uci = new UciRunOfTests().With("waves.csv", UciRunOfTests.Simulated(60));
        uci.Run(isInterrupted: true, "--methods", "ridge").Should().Be(ExitCode.Success);
        uci.Output.Should().Contain("Stopped before a split was finished.");
        File.Exists(Path.Combine(uci.Results, "results.json")).Should().BeFalse();
        uci.Run("--methods", "ridge", "--splits", "2");
        File.Delete(Path.Combine(uci.Results, "results.json"));
        uci.Run(isInterrupted: true, "--methods", "ridge");
        uci.Output.Should().Contain("Stopped; the finished splits are reported.");
        ((int)uci.Sets().Single()!["splits"]!).Should().Be(2);
    }

    [Fact]
    public void Numbers_are_in_the_unit_of_the_target()
    {
        using UciRunOfTests one = new UciRunOfTests().With("waves.csv", UciRunOfTests.Simulated(60)),
            other = new UciRunOfTests().With("waves.csv", UciRunOfTests.Simulated(60, unit: 1024));
        foreach (var uci in new[] { one, other })
            uci.Run("--methods", "gaussian-process,ridge", "--splits", "1").Should().Be(ExitCode.Success);
        foreach (var (set, scaled) in one.Sets().Zip(other.Sets()))
        {
            ((double)scaled!["rmse_mean"]!).Should().BeApproximately(1024 * (double)set!["rmse_mean"]!, 1e-3 * (double)scaled["rmse_mean"]!);
            ((double)scaled["log_density_mean"]!).Should().BeApproximately((double)set["log_density_mean"]! - Math.Log(1024), 1e-3);
        }
    }

    [Fact]
    public void A_mean_over_fewer_splits_than_another_says_so()
    {
        using var uci = new UciRunOfTests().With("waves.csv", UciRunOfTests.Simulated(60));
        uci.Run("--methods", "ridge", "--splits", "3").Should().Be(ExitCode.Success);
        uci.TextOf("results.md").Should().NotContain(" [");
        uci.Run("--methods", "gaussian-process", "--splits", "2").Should().Be(ExitCode.Success);
        uci.TextOf("results.md").Should().Contain(" [2] | ").And.NotContain(" [3]");
    }

    [Fact]
    public void Inputs_that_are_all_constant_leave_the_mean()
    {
        string rows = string.Concat(Enumerable.Range(0, 30).Select(row => $"1,{row % 7}\n"));
        using var uci = new UciRunOfTests().With("flat.csv", "a,y\n" + rows);
        uci.Run("--splits", "1", "--methods", "boosting,gaussian-process,ridge").Should().Be(ExitCode.Success, uci.Error);
        uci.Sets().Select(set => (double)set!["log_density_mean"]!).Distinct().Should().ContainSingle();
    }

    [Fact]
    public void Another_seed_or_file_in_the_same_folder_is_refused()
    {
        using var uci = new UciRunOfTests().With("waves.csv", UciRunOfTests.Simulated(60));
        uci.Run("--methods", "ridge", "--splits", "1").Should().Be(ExitCode.Success);
        uci.Run("--methods", "ridge", "--splits", "1", "--seed", "2").Should().Be(ExitCode.Failure);
        uci.Error.Should().Match("error: '*splits.csv' has splits of the set waves with seed 1, where 2 was expected; give another --output.*");
        uci.With("waves.csv", UciRunOfTests.Simulated(61)).Run("--methods", "ridge").Should().Be(ExitCode.Failure);
        uci.Error.Should().Match("error: '*splits.csv' has splits of another file waves.csv *; give another --output.*");
    }

    [Theory]
    [InlineData("a,y\n1,2\n", "The data file \"*set.csv\" has 1 rows, where at least 20 were expected.")]
    [InlineData("y\n1\n", "The data file \"*set.csv\" has 1 column, where at least 2 were expected, the last of them the target.")]
    [InlineData("a,y\n1,2\n3,red\n", "The data file \"*set.csv\" has \"red\" on line 3 in column \"y\", where a finite number was expected.")]
    [InlineData("a,y\n1,2\n,3\n", "The data file \"*set.csv\" has \"\" on line 3 in column \"a\", where a finite number was expected.")]
    [InlineData("", "The data file \"*set.csv\" is empty, where a header line and at least one row were expected.")]
    public void A_file_that_cannot_be_used_is_named(string content, string message)
    {
        using var uci = new UciRunOfTests().With("set.csv", content);
        uci.ShouldFail(ExitCode.Failure, message);
    }

    [Fact]
    public void A_constant_target_is_refused()
    {
        using var uci = new UciRunOfTests().With("set.csv", "a,y\n" + string.Concat(Enumerable.Range(0, 25).Select(row => $"{row},4\n")));
        uci.ShouldFail(ExitCode.Failure, "The data file \"*set.csv\" has the target 4 in every row, where different numbers were expected.");
    }

    [Fact]
    public void A_wrong_folder_set_or_method_is_named()
    {
        using var uci = new UciRunOfTests();
        uci.ShouldFail(ExitCode.Failure, "The folder '*data' of --data does not exist; expected one with a file NAME.csv for each set.");
        Directory.CreateDirectory(uci.Data);
        uci.ShouldFail(ExitCode.Failure, "The folder '*data' of --data has no file that ends in .csv; expected one for each set.");
        uci.With("waves.csv", UciRunOfTests.Simulated(60));
        uci.ShouldFail(ExitCode.Failure, "The folder '*data' has no set \"wave\" (did you mean waves?); expected some of waves.", "--sets", "wave");
        uci.ShouldFail(ExitCode.Usage, "--methods has 'forest'; expected some of *, ridge. Try --help.", "--methods", "ridge,forest");
        uci.ShouldFail(ExitCode.Usage, "--splits is '21'; expected a whole number from 1 to 20. Try --help.", "--splits", "21");
    }
}
