using System.Globalization;

namespace Bayes.Layers.Tests.Samples.BreastCancer;

/// <summary>The experiment end to end, on few epochs and small maps.</summary>
public sealed class BreastCancerSampleTests : TorchTest
{
    private static readonly string[] Figures = ["data.png", "decision_boundary.png", "uncertainty.png", "uncertainty_parts.png"];

    private static readonly string[] Times = ["steps_per_second", "train_seconds", "grid_seconds"];

    private static readonly string[] Small = ["--epochs", "3", "--grid", "20", "--grid-samples", "8", "--device", "cpu"];

    [Fact]
    public void It_runs_to_the_end_and_writes_its_files()
    {
        using var run = new SampleRun(Small);
        run.Error.Should().BeEmpty();
        run.ExitCode.Should().Be(0);
        Directory.GetFiles(run.Folder).Select(Path.GetFileName).Should().BeEquivalentTo([.. Figures, "metrics.json", "report.html"]);
        foreach (string figure in Figures)
        {
            byte[] image = File.ReadAllBytes(run.PathOf(figure));
            image.Take(8).Should().Equal(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
            image.Length.Should().BeInRange(20_000, 900_000, figure);
        }
        run.Output.Should().Contain("(0): BayesianLinear(in_features=2, out_features=5, bias=False)")
            .And.Contain("569 cases (357 benign, 212 malignant): 284 to train on, 285 to test on")
            .And.Contain("Epoch   1 | train loss ").And.Contain("Epoch   3 | ").And.NotContain("Epoch   2 | ")
            .And.Contain("852 steps").And.Contain("0.weight       10").And.Contain("effective beta: 1.000");
    }

    [Fact]
    public void The_report_contains_the_numbers_of_the_run()
    {
        using var run = new SampleRun(Small);
        string page = File.ReadAllText(run.PathOf("report.html"));
        var metrics = run.Metrics();
        IEnumerable<string> expected =
        [
            .. new[] { "accuracy", "roc_auc", "average_precision", "precision", "recall", "f1", "negative_log_likelihood", "brier_score",
                "expected_calibration_error" }
                .Select(metric => ((double)metrics[metric]!).ToString("F3", CultureInfo.InvariantCulture)),
            "The epistemic part of the "
            + "uncertainty", "Is it high along the boundary where the classes overlap", "with the factor 1; 1 is Bayes&#39; rule",
            "3 epochs, 852 steps", ">3 of 3</dd>", "The dots are all 569 cases",
        ];
        // Does not assert on the page itself, because a failure would print all of it.
        expected.Where(text => !page.Contains(text, StringComparison.Ordinal)).Should().BeEmpty();
        page.Contains("://", StringComparison.Ordinal).Should().BeFalse("nothing is fetched");
    }

    [Fact]
    public void Few_cases_and_a_test_half_of_one_class_are_accepted()
    {
        string path = Path.GetTempFileName();
        try
        {
            // For seed 0, the test half of four rows is rows 2 and 3.
            File.WriteAllText(path, "mean_radius,mean_texture,target\n1,2,0\n3,1,1\n2,5,1\n4,4,1\n");
            using var run = new SampleRun([.. Small, "--data", path]);
            run.Error.Should().BeEmpty();
            run.ExitCode.Should().Be(0);
            var metrics = run.Metrics();
            metrics["roc_auc"].Should().BeNull();
            run.Output.Should().Contain("ROC AUC                  not defined");
            File.ReadAllText(run.PathOf("report.html")).Should().Contain("not defined");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Metrics_contain_the_documented_fields()
    {
        using var run = new SampleRun([.. Small, "--seed", "5", "--split-seed", "2", "--samples", "4"]);
        var metrics = run.Metrics();
        metrics.Select(pair => pair.Key).Should().Equal(
            "accuracy", "roc_auc", "confusion_matrix", "history", "final_train_loss", "steps_per_second", "train_seconds", "grid_seconds",
            "seed", "split_seed", "device", "samples", "precision", "recall", "f1", "average_precision", "negative_log_likelihood", "brier_score",
            "expected_calibration_error", "maximum_calibration_error", "area_under_rejection_curve", "kl_divergence", "posterior_warnings",
            "findings");
        ((double)metrics["kl_divergence"]!).Should().BePositive();
        metrics["posterior_warnings"]!.AsArray().Should().BeEmpty();
        ((double)metrics["findings"]!["map"]!["mean_aleatoric"]!).Should().BeInRange(0, Math.Log(2));
        metrics["confusion_matrix"]!.AsArray().SelectMany(row => row!.AsArray()).Sum(count => (long)count!).Should().Be(285);
        var history = metrics["history"]!.AsArray();
        history.Select(epoch => (int)epoch!["epoch"]!).Should().Equal(1, 2, 3);
        ((double)metrics["final_train_loss"]!).Should().Be((double)history[2]!["train_loss"]!);
        ((double)metrics["accuracy"]!).Should().Be((double)history[2]!["test_accuracy"]!);
        ((double)metrics["roc_auc"]!).Should().BeInRange(0, 1);
        ((long)metrics["seed"]!).Should().Be(5);
        ((long)metrics["split_seed"]!).Should().Be(2);
        ((int)metrics["samples"]!).Should().Be(4);
        ((string)metrics["device"]!).Should().Be("cpu");
        foreach (string time in Times)
            ((double)metrics[time]!).Should().BePositive(time);
    }

    [Fact]
    public void The_same_seed_gives_the_same_metrics_and_figures()
    {
        using SampleRun first = new(Small), second = new([.. Small, "--quiet"]), other = new([.. Small, "--seed", "9"]);
        second.MetricsWithout(Times).Should().Be(first.MetricsWithout(Times));
        other.MetricsWithout(Times).Should().NotBe(first.MetricsWithout(Times));
        foreach (string figure in Figures)
            File.ReadAllBytes(second.PathOf(figure)).Should().Equal(File.ReadAllBytes(first.PathOf(figure)), figure);
    }

    [Fact]
    public void It_learns()
    {
        using var run = new SampleRun(
            "breast-cancer", "--epochs", "60", "--batch-size", "16", "--learning-rate", "0.02", "--grid", "2", "--grid-samples", "2", "--device",
            "cpu");
        run.ExitCode.Should().Be(0);
        var metrics = run.Metrics();
        ((double)metrics["accuracy"]!).Should().BeInRange(0.85, 0.93);
        ((double)metrics["roc_auc"]!).Should().BeInRange(0.93, 0.98);
    }

    [Fact]
    public void Quiet_prints_nothing()
    {
        using var run = new SampleRun([.. Small, "--quiet"]);
        run.Output.Should().BeEmpty();
        run.Error.Should().BeEmpty();
        run.ExitCode.Should().Be(0);
    }

    [Fact]
    public void Cancelled_training_is_evaluated()
    {
        using var run = new SampleRun(isInterrupted: true, Small);
        run.ExitCode.Should().Be(0);
        run.Output.Should().Contain("Stopped after epoch 0 of 3; what was trained is evaluated.").And.Contain("accuracy");
        var metrics = run.Metrics();
        metrics["history"]!.AsArray().Should().BeEmpty();
        metrics["final_train_loss"].Should().BeNull();
        File.Exists(run.PathOf("uncertainty.png")).Should().BeTrue();
    }

    [Fact]
    public void A_run_leaves_no_live_tensor_behind()
    {
        new SampleRun(Small).Dispose();
        long before = LiveTensors();
        new SampleRun(Small).Dispose();
        LiveTensors().Should().Be(before);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("breast-cancer", "--help")]
    public void Help_explains_every_option(params string[] arguments)
    {
        using var run = new SampleRun([.. arguments, "--output", "unused"]);
        run.ExitCode.Should().Be(0);
        foreach (string option in new[] { "epochs", "batch-size", "learning-rate", "beta", "samples", "grid", "grid-samples", "seed", "split-seed",
            "device", "output", "data", "quiet" })
            run.Output.Should().Contain("--" + option + " ");
    }

    [Theory]
    [InlineData("--colour", "--colour", "red")]
    [InlineData("nonsense", "nonsense")]
    [InlineData("--epochs is '0'; expected a whole number from 1 to", "--epochs", "0")]
    [InlineData("--epochs is '-3'; expected a whole number from 1 to", "--epochs", "-3")]
    [InlineData("--epochs is 'many'; expected a whole number from 1 to", "--epochs", "many")]
    [InlineData("--epochs is '99999999999999999999'; expected", "--epochs", "99999999999999999999")]
    [InlineData("--batch-size is '0'; expected", "--batch-size", "0")]
    [InlineData("--learning-rate is '0'; expected a finite number above 0", "--learning-rate", "0")]
    [InlineData("--learning-rate is 'NaN'; expected", "--learning-rate", "NaN")]
    [InlineData("--beta is '-1'; expected a finite number of at least 0", "--beta", "-1")]
    [InlineData("--samples is '0'; expected", "--samples", "0")]
    [InlineData("--samples is 'no line'; expected", "--samples", "no\nline")]
    [InlineData("--grid is '1'; expected a whole number from 2 to 4000", "--grid", "1")]
    [InlineData("--grid-samples is '1'; expected a whole number from 2", "--grid-samples", "1")]
    [InlineData("--split-seed is '-1'; expected a whole number from 0 to 4294967295", "--split-seed", "-1")]
    [InlineData("--quiet stands before the command 'breast-cancer'", "--quiet", "breast-cancer")]
    [InlineData("--data is blank; expected a path", "--data", " ")]
    [InlineData("--device is 'gpu'; expected auto, cpu, cuda or cuda:N", "--device", "gpu")]
    [InlineData("--device is 'cuda:x'; expected auto, cpu, cuda or cuda:N", "--device", "cuda:x")]
    public void Bad_usage_is_one_line_and_exit_code_2(string message, params string[] arguments)
    {
        using var run = new SampleRun(arguments);
        run.ShouldBeRefused(message);
    }

    [Fact]
    public void A_blank_output_folder_is_refused()
    {
        using var run = new SampleRun("--output", "");
        run.ExitCode.Should().Be(2);
        run.Error.Should().Be($"error: --output is blank; expected a path. Try --help.{Environment.NewLine}");
    }

    [Fact]
    public void Training_that_diverges_is_one_line_and_exit_code_1()
    {
        using var run = new SampleRun([.. Small, "--learning-rate", "1e10"]);
        run.ShouldFail("Training diverged in epoch 1: ");
        run.Error.Should().Contain("A learning rate below 10000000000 may help.").And.NotContain("frame #");
    }

    [Fact]
    public void A_missing_data_file_is_one_line_and_exit_code_1()
    {
        using var run = new SampleRun("--data", "no-such-file.csv");
        run.ShouldFail("no-such-file.csv");
    }

    [Theory]
    [InlineData("mean_radius,mean_texture,target\n1,2,0\n3,x,1\n", "\"x\" on line 3")]
    [InlineData("mean_radius,mean_texture\n1,2\n", "target")]
    [InlineData("mean_radius,mean_texture,target\n1,2,0\n1,3,1\n", "mean_radius")]
    [InlineData("mean_radius,mean_texture,target\n1,2,7\n3,4,1\n", "7")]
    [InlineData("", "empty")]
    public void A_malformed_data_file_is_one_line_and_exit_code_1(string content, string named)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, content);
            using var run = new SampleRun("--data", path);
            run.ShouldFail(named);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void An_output_folder_that_cannot_be_written_is_one_line_and_exit_code_1()
    {
        string file = Path.GetTempFileName();
        try
        {
            using var run = new SampleRun([.. Small, "--output", Path.Combine(file, "below-a-file")]);
            run.ShouldFail("The output folder");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_cuda_device_where_there_is_none_is_one_line_and_exit_code_1()
    {
        Assert.SkipWhen(cuda.is_available(), "this machine has a CUDA device");
        using var run = new SampleRun("--device", "cuda:1");
        run.ShouldFail("The device 'cuda:1' is not there: this process sees 0 CUDA devices");
    }
}
