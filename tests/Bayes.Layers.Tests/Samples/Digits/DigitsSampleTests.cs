using Bayes.Layers.Samples.Support.DataSets;

namespace Bayes.Layers.Tests.Samples.Digits;

/// <summary>The digits sample end to end, mostly on few epochs.</summary>
public sealed class DigitsSampleTests : TorchTest
{
    private static readonly string[] Figures = ["rotation.png", "examples.png", "pruning.png"];

    private static readonly string[] Times = ["steps_per_second", "train_seconds"];

    private static readonly string[] Small = ["digits", "--epochs", "2", "--batch-size", "200", "--samples", "2", "--device", "cpu"];

    [Fact]
    public void It_runs_to_the_end_and_writes_its_files()
    {
        using var run = new SampleRun(Small);
        run.Error.Should().BeEmpty();
        run.ExitCode.Should().Be(0);
        Directory.GetFiles(run.Folder).Select(Path.GetFileName).Should().BeEquivalentTo([.. Figures, "metrics.json", "report.html"]);
        foreach (string figure in Figures)
            File.ReadAllBytes(run.PathOf(figure)).Length.Should().BeInRange(20_000, 500_000, figure);
        run.Output.Should().Contain("(0): BayesianConv2d(1, 16, kernel_size=(3, 3)")
            .And.Contain("1797 images of 8 by 8: 1198 to train on, 599 to test on; cpu")
            .And.Contain(DigitsAttribution.Text)
            .And.Contain("Epoch   1 | loss ").And.Contain("12 steps").And.Contain("effective beta: 0.030");
    }

    [Fact]
    public void Metrics_contain_the_documented_fields()
    {
        using var run = new SampleRun([.. Small, "--seed", "5", "--split-seed", "2"]);
        var metrics = run.Metrics();
        metrics.Select(pair => pair.Key).Should().Equal(
            "accuracy", "negative_log_likelihood", "brier_score", "expected_calibration_error", "maximum_calibration_error", "confusion_matrix",
            "rotation",
            "pruning", "kl_divergence", "posterior_warnings", "history", "final_train_loss", "steps_per_second", "train_seconds", "samples", "beta",
            "seed",
            "split_seed", "device", "attribution");
        metrics["confusion_matrix"]!.AsArray().SelectMany(row => row!.AsArray()).Sum(count => (long)count!).Should().Be(599);
        metrics["history"]!.AsArray().Select(epoch => (int)epoch!["epoch"]!).Should().Equal(1, 2);
        ((double)metrics["final_train_loss"]!).Should().Be((double)metrics["history"]![1]!["train_loss"]!);

        var rotation = metrics["rotation"]!.AsArray();
        rotation.Select(turned => (double)turned!["angle"]!).Should().Equal(0, 15, 30, 45, 60, 75, 90, 105, 120, 135, 150, 165, 180);
        rotation[0]!["auc_against_upright"].Should().BeNull();
        ((double)rotation[0]!["accuracy"]!).Should().BeApproximately((double)metrics["accuracy"]!, 0.002);
        foreach (var turned in rotation)
            ((double)turned!["total_entropy"]!)
                .Should().BeApproximately((double)turned["expected_entropy"]! + (double)turned["mutual_information"]!, 1e-5);

        var pruning = metrics["pruning"]!.AsArray();
        ((double)pruning[0]!["value"]!).Should().Be((double)metrics["accuracy"]!, "nothing is pruned");
        ((long)pruning[5]!["pruned"]!).Should().Be((long)pruning[5]!["count"]! / 2);
        ((long)metrics["seed"]!).Should().Be(5);
        ((long)metrics["split_seed"]!).Should().Be(2);
        ((int)metrics["samples"]!).Should().Be(2);
        ((string)metrics["device"]!).Should().Be("cpu");
        ((string)metrics["attribution"]!).Should().Be(DigitsAttribution.Text);
        foreach (string time in Times)
            ((double)metrics[time]!).Should().BePositive(time);
    }

    [Fact]
    public void It_learns_and_is_less_certain_about_turned_digits()
    {
        using var run = new SampleRun("digits", "--epochs", "15", "--samples", "10", "--device", "cpu", "--quiet");
        var metrics = run.Metrics();
        ((double)metrics["accuracy"]!).Should().BeGreaterThan(0.95);
        ((double)metrics["expected_calibration_error"]!).Should().BeLessThan(0.05);
        double[] mutualInformation = [.. metrics["rotation"]!.AsArray().Select(turned => (double)turned!["mutual_information"]!)];
        mutualInformation.Skip(1).Should().OnlyContain(value => value > 1.5 * mutualInformation[0]);
    }

    [Fact]
    public void The_same_seed_gives_the_same_metrics_and_figures()
    {
        using SampleRun first = new(Small), second = new([.. Small, "--quiet"]), other = new([.. Small, "--seed", "9"]);
        second.MetricsWithout(Times).Should().Be(first.MetricsWithout(Times));
        other.MetricsWithout([.. Times, "seed"]).Should().NotBe(first.MetricsWithout([.. Times, "seed"]));
        foreach (string figure in Figures)
            File.ReadAllBytes(second.PathOf(figure)).Should().Equal(File.ReadAllBytes(first.PathOf(figure)), figure);
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
        run.Output.Should().Contain("Stopped after epoch 0 of 2; what was trained is evaluated.");
        var metrics = run.Metrics();
        metrics["history"]!.AsArray().Should().BeEmpty();
        metrics["final_train_loss"].Should().BeNull();
        File.Exists(run.PathOf("examples.png")).Should().BeTrue();
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
        using var run = new SampleRun("digits", "--help", "--output", "unused");
        run.ExitCode.Should().Be(0);
        foreach (string option in new[] { "epochs", "batch-size", "learning-rate", "beta", "samples", "seed", "split-seed", "device", "output",
            "quiet" })
            run.Output.Should().Contain("--" + option + " ");
    }

    [Theory]
    [InlineData("--epochs is '0'; expected a whole number from 1 to", "--epochs", "0")]
    [InlineData("--samples is '1'; expected a whole number from 2 to", "--samples", "1")]
    [InlineData("--beta is '-1'; expected a finite number of at least 0", "--beta", "-1")]
    [InlineData("--split-seed is '-1'; expected a whole number from 0 to 4294967295", "--split-seed", "-1")]
    [InlineData("--device is 'gpu'; expected auto, cpu, cuda or cuda:N", "--device", "gpu")]
    [InlineData("--output is blank; expected a path", "--output", " ")]
    [InlineData("--grid", "--grid", "5")]
    public void Bad_usage_is_one_line_and_exit_code_2(string message, params string[] arguments)
    {
        using var run = new SampleRun(["digits", .. arguments]);
        run.ShouldBeRefused(message);
    }

    [Fact]
    public void Training_that_diverges_is_one_line_and_exit_code_1()
    {
        using var run = new SampleRun("digits", "--epochs", "3", "--device", "cpu", "--learning-rate", "1e30");
        run.ShouldFail("Training diverged in epoch ");
    }
}
