namespace Bayes.Layers.Tests.Samples.Series;

/// <summary>The series sample end to end, mostly on few days.</summary>
public sealed class SeriesSampleTests : TorchTest
{
    private static readonly string[] Times = ["steps_per_second", "train_seconds"];

    private static readonly string[] Small =
    [
        "series", "--days", "120", "--window", "7", "--hidden", "4", "--test-days", "30", "--epochs", "2", "--samples", "5", "--device", "cpu",
    ];

    [Fact]
    public void It_runs_to_the_end_and_writes_its_files()
    {
        using var run = new SampleRun(Small);
        run.Error.Should().BeEmpty();
        run.ExitCode.Should().Be(0);
        Directory.GetFiles(run.Folder).Select(Path.GetFileName).Should().BeEquivalentTo("forecast.png", "metrics.json", "report.html");
        run.Output.Should().Contain("120 days from 2021-01-01: 77 to train on, 30 to test on, forecast 7 ahead from 7; cpu")
            .And.Contain("(0): BayesianLSTM(input_size=10, hidden_size=4").And.Contain("seasonal naive").And.Contain("4 steps");
        var metrics = run.Metrics();
        metrics.Select(pair => pair.Key).Should().Equal(
            "network", "seasonal_naive", "kl_divergence", "posterior_warnings", "history", "final_train_loss", "steps_per_second", "train_seconds",
            "horizon", "window", "train_days", "test_days", "samples", "beta", "seed", "device");
        foreach (string forecast in new[] { "network", "seasonal_naive" })
        {
            metrics[forecast]!.AsObject().Select(pair => pair.Key).Should().Equal(
                "rmse", "mean_absolute_error", "crps", "negative_log_likelihood", "coverage_90", "interval_width");
            ((double)metrics[forecast]!["coverage_90"]!).Should().BeInRange(0, 1);
        }
        string page = File.ReadAllText(run.PathOf("report.html"));
        page.Should().Contain("A daily series, 7 days ahead").And.Contain("predicted demand (MWh)").And.Contain("seasonal naive</th>");
    }

    [Fact]
    public void It_learns_and_the_same_seed_gives_the_same_numbers()
    {
        string[] arguments =
        [
            "series", "--days", "700", "--window", "7", "--hidden", "8", "--test-days", "150", "--epochs", "40", "--samples", "20", "--beta", "0.3",
            "--device", "cpu",
        ];
        using SampleRun first = new(arguments), second = new([.. arguments, "--quiet"]);
        var metrics = first.Metrics();
        ((double)metrics["network"]!["crps"]!).Should().BeLessThan(0.95 * (double)metrics["seasonal_naive"]!["crps"]!);
        ((double)metrics["network"]!["coverage_90"]!).Should().BeInRange(0.75, 0.98);
        second.Output.Should().BeEmpty();
        second.MetricsWithout(Times).Should().Be(first.MetricsWithout(Times));
    }

    [Fact]
    public void Cancelled_training_is_evaluated_and_leaves_no_live_tensor_behind()
    {
        new SampleRun(isInterrupted: true, Small).Dispose();
        long before = LiveTensors();
        using var run = new SampleRun(isInterrupted: true, Small);
        run.Output.Should().Contain("Stopped after epoch 0 of 2; what was trained is evaluated.");
        File.Exists(run.PathOf("report.html")).Should().BeTrue();
        LiveTensors().Should().Be(before);
    }

    [Fact]
    public void A_file_of_your_own_is_forecast()
    {
        string path = Path.GetTempFileName();
        try
        {
            var first = new DateOnly(2024, 2, 1);
            File.WriteAllLines(path, ["date,value", .. Enumerable.Range(0, 90).Select(day => $"{first.AddDays(day):yyyy-MM-dd},{day % 7}")]);
            using var run = new SampleRun(
                "series", "--data", path, "--window", "7", "--horizon", "1", "--test-days", "20", "--epochs", "1", "--samples", "2", "--hidden", "2");
            run.Error.Should().BeEmpty();
            var metrics = run.Metrics();
            ((double)metrics["seasonal_naive"]!["rmse"]!).Should().Be(0, "the week repeats");
            File.ReadAllText(run.PathOf("report.html")).Should().Contain("one day ahead").And.Contain("observed value");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("date,value\n2024-02-01,1\n2024-02-03,2\n", "has the day 2024-02-03 on line 3, where 2024-02-02 was expected")]
    [InlineData("date,value\nyesterday,1\n", "has \"yesterday\" on line 2 in column \"date\", where a day such as 2026-11-30 was expected")]
    [InlineData("date,value\n2024-02-01,much\n", "\"much\" on line 2")]
    [InlineData("day,value\n1,2\n", "date")]
    [InlineData("date,value\n2024-02-01,1\n", "has 1 days, where at least 427 were expected")]
    public void A_file_that_cannot_be_used_is_one_line_and_exit_code_1(string content, string named)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, content);
            using var run = new SampleRun("series", "--data", path);
            run.ShouldFail(named);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Help_explains_every_option()
    {
        using var run = new SampleRun("series", "--help", "--output", "unused");
        foreach (string option in new[] { "data", "days", "horizon", "window", "hidden", "test-days", "epochs", "batch-size", "learning-rate", "beta",
            "samples", "seed", "device", "output", "quiet" })
            run.Output.Should().Contain("--" + option + " ");
    }

    [Theory]
    [InlineData("--horizon is '0'; expected a whole number from 1", "--horizon", "0")]
    [InlineData("--data is blank; expected a path", "--data", " ")]
    public void Bad_usage_is_one_line_and_exit_code_2(string message, params string[] arguments)
    {
        using var run = new SampleRun(["series", .. arguments]);
        run.ShouldBeRefused(message);
    }
}
