namespace Bayes.Layers.Tests.Samples.Fashion;

/// <summary>The fashion sample end to end, on small made-up images.</summary>
public sealed class FashionSampleTests : TorchTest
{
    private static readonly string[] Times = ["steps_per_second", "train_seconds"];

    private static string[] Small(IdxFiles files) =>
        ["fashion", "--data", files.Folder, "--epochs", "2", "--batch-size", "20", "--samples", "3", "--device", "cpu"];

    [Fact]
    public void It_runs_to_the_end_and_writes_its_files()
    {
        using var files = new IdxFiles(isCompressed: true);
        using var run = new SampleRun([.. Small(files), "--test-images", "20"]);
        run.Error.Should().BeEmpty();
        run.ExitCode.Should().Be(0);
        Directory.GetFiles(run.Folder).Select(Path.GetFileName).Should().BeEquivalentTo("examples.png", "metrics.json", "report.html");
        run.Output.Should().Contain("9 by 9 pixels: 40 images to train on, 20 to test on; cpu").And.Contain("Epoch   2 | loss ")
            .And.Contain("4 steps").And.Contain("mutual information").And.Contain("examples.png, metrics.json, report.html");
        var metrics = run.Metrics();
        metrics.Select(pair => pair.Key).Should().Equal(
            "accuracy", "negative_log_likelihood", "brier_score", "expected_calibration_error", "maximum_calibration_error",
            "area_under_rejection_curve", "unseen", "confusion_matrix", "kl_divergence", "posterior_warnings", "history", "final_train_loss",
            "steps_per_second", "train_seconds", "train_images", "test_images", "samples", "beta", "seed", "device", "attribution");
        metrics["confusion_matrix"]!.AsArray().SelectMany(row => row!.AsArray()).Sum(count => (long)count!).Should().Be(20);
        metrics["unseen"]!.AsArray().Select(result => (double)result!["roc_auc"]!).Should().OnlyContain(area => area >= 0 && area <= 1);
        string page = File.ReadAllText(run.PathOf("report.html"));
        string accuracy = ((double)metrics["accuracy"]!).ToString("F3", System.Globalization.CultureInfo.InvariantCulture);
        page.Should().Contain($"<td class=\"value\">{accuracy}</td>").And.Contain("Does it notice handwritten digits?")
            .And.Contain(">ankle boot</th>");
    }

    [Fact]
    public void It_learns_and_the_same_seed_gives_the_same_numbers()
    {
        using var files = new IdxFiles(train: 200, test: 40);
        string[] arguments =
        [
            "fashion", "--data", files.Folder, "--epochs", "20", "--batch-size", "20", "--samples", "3", "--device", "cpu", "--beta", "0.01",
            "--learning-rate", "0.02",
        ];
        using SampleRun first = new(arguments), second = new([.. arguments, "--quiet"]);
        ((double)first.Metrics()["accuracy"]!).Should().BeGreaterThan(0.9);
        second.Output.Should().BeEmpty();
        second.MetricsWithout(Times).Should().Be(first.MetricsWithout(Times));
    }

    [Fact]
    public void Cancelled_training_is_evaluated_and_leaves_no_live_tensor_behind()
    {
        using var files = new IdxFiles();
        new SampleRun(isInterrupted: true, Small(files)).Dispose();
        long before = LiveTensors();
        using var run = new SampleRun(isInterrupted: true, Small(files));
        run.Output.Should().Contain("Stopped after epoch 0 of 2; what was trained is evaluated.");
        File.Exists(run.PathOf("report.html")).Should().BeTrue();
        LiveTensors().Should().Be(before);
    }

    [Fact]
    public void Help_explains_every_option()
    {
        using var run = new SampleRun("fashion", "--help", "--output", "unused");
        foreach (string option in new[] { "data", "train-images", "test-images", "epochs", "batch-size", "learning-rate", "beta", "samples", "seed",
            "device", "output", "quiet" })
            run.Output.Should().Contain("--" + option + " ");
    }

    [Theory]
    [InlineData("'--data' is required")]
    [InlineData("--data is blank; expected a path", "--data", " ")]
    [InlineData("--train-images is '0'; expected a whole number from 1", "--data", "x", "--train-images", "0")]
    public void Bad_usage_is_one_line_and_exit_code_2(string message, params string[] arguments)
    {
        using var run = new SampleRun(["fashion", .. arguments]);
        run.ShouldBeRefused(message);
    }

    [Fact]
    public void Missing_files_are_one_line_and_exit_code_1()
    {
        using var run = new SampleRun("fashion", "--data", "no-such-folder");
        run.ShouldFail("\"no-such-folder\" is not a folder");
        using var files = new IdxFiles();
        files.Write("t10k-images-idx3-ubyte", false, new byte[24 * 4], 24, 2, 2);
        using var other = new SampleRun(Small(files));
        other.ShouldFail("has test images of 2 by 2 pixels, where 9 by 9 were expected");
    }
}
