namespace Bayes.Layers.Tests.Samples.Regression;

/// <summary>The regression end to end, mostly on few epochs.</summary>
public sealed class RegressionSampleTests : TorchTest
{
    private static readonly string[] Times = ["steps_per_second", "train_seconds"];

    private static readonly string[] Small = ["regression", "--epochs", "3", "--samples", "10", "--device", "cpu"];

    [Fact]
    public void It_runs_to_the_end_and_writes_its_files()
    {
        using var run = new SampleRun(Small);
        run.Error.Should().BeEmpty();
        run.ExitCode.Should().Be(0);
        Directory.GetFiles(run.Folder).Select(Path.GetFileName).Should().BeEquivalentTo("regression.png", "metrics.json", "report.html");
        File.ReadAllBytes(run.PathOf("regression.png")).Length.Should().BeInRange(50_000, 500_000);
        run.Output.Should().Contain("(1): GaussianUnits()")
            .And.Contain("500 points from -3 to 3, none from -1 to 1; cpu")
            .And.Contain("Epoch   1 | loss ").And.Contain("Epoch   3 | ").And.NotContain("Epoch   2 | ")
            .And.Contain("30 steps").And.Contain("times as large in the gap").And.Contain("effective beta: 1.000");
    }

    [Fact]
    public void Metrics_contain_the_documented_fields()
    {
        using var run = new SampleRun([.. Small, "--seed", "5", "--points", "120", "--activation", "tanh"]);
        var metrics = run.Metrics();
        metrics.Select(pair => pair.Key).Should().Equal(
            "epistemic_ratio", "at_data", "in_gap", "kl_divergence", "posterior_warnings", "history", "final_train_loss", "steps_per_second",
            "train_seconds",
            "activation", "points", "samples", "seed", "device");
        foreach (string region in new[] { "at_data", "in_gap" })
            metrics[region]!.AsObject().Select(pair => pair.Key).Should().Equal(
                "rmse", "log_density", "coverage_95", "interval_width", "epistemic_stddev", "aleatoric_stddev", "rmse_of_truth",
                "log_density_of_truth");
        ((double)metrics["epistemic_ratio"]!).Should().BeApproximately(
            (double)metrics["in_gap"]!["epistemic_stddev"]! / (double)metrics["at_data"]!["epistemic_stddev"]!, 1e-12);
        metrics["history"]!.AsArray().Select(epoch => (int)epoch!["epoch"]!).Should().Equal(1, 2, 3);
        ((double)metrics["final_train_loss"]!).Should().Be((double)metrics["history"]![2]!["train_loss"]!);
        ((string)metrics["activation"]!).Should().Be("tanh");
        ((int)metrics["points"]!).Should().Be(120);
        ((int)metrics["samples"]!).Should().Be(10);
        ((long)metrics["seed"]!).Should().Be(5);
        ((string)metrics["device"]!).Should().Be("cpu");
        foreach (string time in Times)
            ((double)metrics[time]!).Should().BePositive(time);
    }

    [Fact]
    public void Functions_disagree_in_the_gap_and_fit_the_data_next_to_it()
    {
        using var run = new SampleRun("regression", "--epochs", "80", "--device", "cpu", "--quiet");
        var metrics = run.Metrics();
        ((double)metrics["epistemic_ratio"]!).Should().BeGreaterThan(3);
        var data = metrics["at_data"]!;
        ((double)data["rmse"]!).Should().BeLessThan(1.1 * (double)data["rmse_of_truth"]!);
        ((double)data["log_density"]!).Should().BeInRange((double)data["log_density_of_truth"]! - 0.3, (double)data["log_density_of_truth"]!);
        ((double)data["coverage_95"]!).Should().BeInRange(0.92, 1);
        ((double)metrics["in_gap"]!["coverage_95"]!).Should().BeGreaterThan(0.9);
    }

    [Fact]
    public void The_same_seed_gives_the_same_metrics_and_figure()
    {
        using SampleRun first = new(Small), second = new([.. Small, "--quiet"]), other = new([.. Small, "--seed", "9"]);
        second.MetricsWithout(Times).Should().Be(first.MetricsWithout(Times));
        other.MetricsWithout([.. Times, "seed"]).Should().NotBe(first.MetricsWithout([.. Times, "seed"]));
        File.ReadAllBytes(second.PathOf("regression.png")).Should().Equal(File.ReadAllBytes(first.PathOf("regression.png")));
    }

    [Fact]
    public void Quiet_prints_nothing()
    {
        using var run = new SampleRun([.. Small, "--quiet"]);
        (run.ExitCode, run.Output, run.Error).Should().Be((0, "", ""));
    }

    [Fact]
    public void Cancelled_training_is_evaluated()
    {
        using var run = new SampleRun(isInterrupted: true, Small);
        run.ExitCode.Should().Be(0);
        run.Output.Should().Contain("Stopped after epoch 0 of 3; what was trained is evaluated.");
        var metrics = run.Metrics();
        metrics["history"]!.AsArray().Should().BeEmpty();
        metrics["final_train_loss"].Should().BeNull();
        File.Exists(run.PathOf("regression.png")).Should().BeTrue();
    }

    [Fact]
    public void One_point_two_draws_and_batches_larger_than_the_data_are_accepted()
    {
        using var run = new SampleRun("regression", "--points", "1", "--epochs", "1", "--batch-size", "1000", "--samples", "2", "--device", "cpu");
        run.Error.Should().BeEmpty();
        run.ExitCode.Should().Be(0);
    }

    [Fact]
    public void A_run_leaves_no_live_tensor_behind()
    {
        new SampleRun(Small).Dispose();
        long before = LiveTensors();
        new SampleRun(Small).Dispose();
        LiveTensors().Should().Be(before);
    }

    [Fact]
    public void Help_explains_every_option()
    {
        using var run = new SampleRun("regression", "--help", "--output", "unused");
        run.ExitCode.Should().Be(0);
        foreach (string option in new[] { "points", "activation", "epochs", "batch-size", "learning-rate", "beta", "samples", "seed", "device",
            "output", "quiet" })
            run.Output.Should().Contain("--" + option + " ");
    }

    [Theory]
    [InlineData("--epochs is '0'; expected a whole number from 1 to", "--epochs", "0")]
    [InlineData("--points is '0'; expected a whole number from 1 to", "--points", "0")]
    [InlineData("--samples is '1'; expected a whole number from 2 to", "--samples", "1")]
    [InlineData("--learning-rate is '-1'; expected a finite number above 0", "--learning-rate", "-1")]
    [InlineData("--activation is 'sine'; expected gaussian, tanh or relu", "--activation", "sine")]
    [InlineData("--device is 'gpu'; expected auto, cpu, cuda or cuda:N", "--device", "gpu")]
    [InlineData("--grid", "--grid", "5")]
    public void Bad_usage_is_one_line_and_exit_code_2(string message, params string[] arguments)
    {
        using var run = new SampleRun(["regression", .. arguments]);
        run.ShouldBeRefused(message);
    }

    [Fact]
    public void Training_that_diverges_is_one_line_and_exit_code_1()
    {
        using var run = new SampleRun([.. Small, "--learning-rate", "1e30"]);
        run.ShouldFail("Training diverged in epoch ");
        run.Error.Should().Contain("a learning rate below ");
    }
}
