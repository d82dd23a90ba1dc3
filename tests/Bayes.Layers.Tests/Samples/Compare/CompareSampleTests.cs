using System.Globalization;
using Bayes.Layers.Samples.Compare.Methods;
using Bayes.Layers.Tests.Samples.DataSets;

namespace Bayes.Layers.Tests.Samples.Compare;

/// <summary>The comparison end to end, with few epochs.</summary>
public sealed class CompareSampleTests : TorchTest
{
    private static readonly string[] Short = ["--epochs", "3", "--members", "2", "--chain-draws", "6", "--samples", "10"];

    private static readonly string[] Times = ["train_seconds", "predict_seconds_per_1000"];

    private static readonly string[] AllNames =
    [
        "plain", "mc_dropout", "mean_field", "low_rank", "laplace_last_layer", "laplace_kronecker", "ensemble", "ensemble_mean_field", "swag",
        "multi_swag", "sghmc", "hmc",
    ];

    private static SampleRun Run(params string[] arguments) => new(["compare", .. Short, .. arguments]);

    [Fact]
    public void The_gap_is_compared_by_every_method()
    {
        using var run = Run("--data-set", "gap");
        run.Error.Should().BeEmpty();
        run.ExitCode.Should().Be(0);
        Directory.GetFiles(run.Folder).Select(Path.GetFileName)
            .Should().BeEquivalentTo("bands.png", "methods.png", "metrics.json", "report.html");
        var metrics = run.Metrics();
        metrics.Select(pair => pair.Key).Should().Equal(
            "data_set", "methods", "network", "parameters", "prior_stddev", "likelihood", "train_rows", "test_rows", "settings", "seed", "split_seed",
            "notes", "attribution");
        var methods = metrics["methods"]!.AsArray();
        methods.Select(method => (string)method!["name"]!).Should().Equal(AllNames);
        foreach (var method in methods)
        {
            string name = (string)method!["name"]!;
            string[] keys = ["name", "rmse", "log_density", "coverage_95", "coverage_95_in_gap", "ood_auroc"];
            string[] epistemic = name == "plain" ? [] : ["ood_auroc_epistemic"], judged = name == "hmc" ? [] : ["total_variation_from_hmc"];
            method.AsObject().Select(pair => pair.Key).Should().Equal([.. keys, .. epistemic, .. Times, "model_bytes", .. judged], name);
            ((double)method["train_seconds"]!).Should().BePositive();
            ((double)method["predict_seconds_per_1000"]!).Should().BePositive();
            ((double)method["coverage_95_in_gap"]!).Should().BeInRange(0, 1);
            ((double?)method["total_variation_from_hmc"] ?? 0).Should().BeInRange(0, 1.001);
        }
        ((long)methods[0]!["model_bytes"]!).Should().Be(151 * sizeof(float));
        ((double)methods[0]!["ood_auroc"]!).Should().Be(0.5, "a single function with known noise is equally sure everywhere");
        metrics["notes"]!.AsArray().Select(note => (string)note!).Should().ContainSingle(note => note.StartsWith("HMC: 2 chains of 6 draws;"));
        run.Output.Should().Contain("1-50-1, tanh").And.Contain("in the gap").And.Contain("Laplace, Kronecker");
        File.ReadAllText(run.PathOf("report.html")).Should().Contain("Laplace, Kronecker").And.Contain("All methods side by side");
    }

    [Fact]
    public void Classes_are_judged_by_agreement()
    {
        using var run = Run("--methods", "hmc,plain", "mean_field");
        run.Error.Should().BeEmpty();
        Directory.GetFiles(run.Folder).Select(Path.GetFileName)
            .Should().BeEquivalentTo("epistemic_maps.png", "methods.png", "metrics.json", "report.html");
        var metrics = run.Metrics();
        ((string)metrics["data_set"]!).Should().Be("breast-cancer");
        var methods = metrics["methods"]!.AsArray();
        methods.Select(method => (string)method!["name"]!).Should().Equal(["plain", "mean_field", "hmc"], "the order is that of the table");
        methods[1]!.AsObject().Select(pair => pair.Key).Should().Equal(
            "name", "accuracy", "log_density", "ece", "ood_auroc", "ood_auroc_epistemic", "train_seconds", "predict_seconds_per_1000", "model_bytes",
            "agreement_with_hmc", "total_variation_from_hmc");
        methods[2]!.AsObject().Select(pair => pair.Key).Should().NotContain("agreement_with_hmc");
    }

    [Fact]
    public void Digits_leave_out_hmc_unless_it_is_named()
    {
        using var run = Run("--data-set", "digits", "--methods", "plain laplace_last_layer");
        run.Error.Should().BeEmpty();
        var methods = run.Metrics()["methods"]!.AsArray();
        foreach (var method in methods)
            method!.AsObject().Select(pair => pair.Key).Should().Contain("ood_auroc").And.NotContain("agreement_with_hmc");
        ComparisonMethods.Of([], new Dictionary<string, string> { ["hmc"] = "" }).Select(method => method.Name).Should().Equal(AllNames[..^1]);
    }

    [Theory]
    [InlineData("y", "regression", "rmse")]
    [InlineData("kind", "multiclass", "accuracy")]
    [InlineData("side", "binary", "accuracy")]
    public void A_file_of_ones_own_is_compared(string target, string task, string score)
    {
        var random = new Random(3);
        using var file = new TemporaryFile("a,b,y,kind,side\n" + string.Concat(Enumerable.Range(0, 60).Select(_ =>
        {
            double a = random.NextDouble(), b = random.NextDouble(), y = 2 * a - b;
            return string.Create(
                CultureInfo.InvariantCulture, $"{a:R},{b:R},{1000 * y:R},{(y < 0.2 ? "low" : y < 0.8 ? "middle" : "high")},{(y < 0.5 ? 0 : 1)}\n");
        })));
        using var run = Run("--data", file.Path, "--target", target, "--task", task, "--methods", "plain,laplace_kronecker,sghmc,hmc");
        run.Error.Should().BeEmpty();
        var metrics = run.Metrics();
        ((long)metrics["test_rows"]!).Should().Be(12);
        foreach (var method in metrics["methods"]!.AsArray())
        {
            ((double)method![score]!).Should().BePositive();
            method["ood_auroc"].Should().BeNull("no rows of a file are unseen");
        }
        if (task == "regression")
        {
            ((double)metrics["methods"]![0]!["rmse"]!).Should().BeInRange(20, 5000, "it is in the target's unit");
            ((string)metrics["likelihood"]!).Should().StartWith("GaussianLikelihood");
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_metrics_and_figures()
    {
        string[] methods = ["--data-set", "gap", "--methods", "plain,mc_dropout,ensemble,hmc"];
        using SampleRun first = Run(methods), second = Run([.. methods, "--quiet"]), other = Run([.. methods, "--seed", "9"]);
        (second.Output, second.Error).Should().Be(("", ""));
        WithoutTimes(second).Should().Be(WithoutTimes(first));
        WithoutTimes(other).Should().NotBe(WithoutTimes(first));
        File.ReadAllBytes(second.PathOf("bands.png")).Should().Equal(File.ReadAllBytes(first.PathOf("bands.png")));
    }

    [Fact]
    public void An_interrupt_before_the_first_method_leaves_no_file()
    {
        using var run = new SampleRun(isInterrupted: true, ["compare", .. Short]);
        run.ExitCode.Should().Be(0);
        run.Output.Should().Contain("Stopped before a method was finished; nothing is written.");
        Directory.GetFiles(run.Folder).Should().BeEmpty();
    }

    [Fact]
    public void A_run_leaves_no_live_tensor_behind()
    {
        string[] arguments = ["--data-set", "gap", "--methods", "plain,mc_dropout,mean_field,low_rank,laplace_kronecker,swag,sghmc"];
        Run(arguments).Dispose();
        long before = LiveTensors();
        Run(arguments).Dispose();
        LiveTensors().Should().Be(before);
    }

    [Fact]
    public void Help_explains_every_option()
    {
        using var run = new SampleRun("compare", "--help", "--output", "unused");
        run.ExitCode.Should().Be(0);
        foreach (string option in new[] { "data-set", "methods", "data", "target", "task", "test-fraction", "hidden", "epochs", "members",
            "chain-draws", "prior-stddev", "samples", "seed", "split-seed", "output", "quiet" })
            run.Output.Should().Contain("--" + option + " ");
        foreach (string name in AllNames)
            run.Output.Should().Contain(name);
    }

    [Theory]
    [InlineData("--data-set is 'moons'; expected breast-cancer, gap or digits.", "--data-set", "moons")]
    [InlineData("--methods has 'mcmc'; expected names among plain, mc_dropout,", "--methods", "plain,mcmc")]
    [InlineData("--methods is blank; expected at least one name.", "--methods", ",")]
    [InlineData("--data is given without --target; expected both.", "--data", "x.csv", "--task", "binary")]
    [InlineData("--task is given without --data; expected both.", "--task", "binary")]
    [InlineData("--task is 'clusters'; expected regression, binary or multiclass.", "--data", "x.csv", "--target", "y", "--task", "clusters")]
    [InlineData("--data and --data-set are both given", "--data-set", "gap", "--data", "x.csv", "--target", "y", "--task", "binary")]
    [InlineData("--members is '0'; expected a whole number from 1", "--members", "0")]
    [InlineData("--prior-stddev is '0'; expected a finite number above 0", "--prior-stddev", "0")]
    [InlineData("--device", "--device", "cpu")]
    public void Bad_usage_is_one_line_and_exit_code_2(string message, params string[] arguments)
    {
        using var run = new SampleRun(["compare", .. arguments]);
        run.ShouldBeRefused(message);
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_one_line_and_exit_code_1()
    {
        using var run = new SampleRun("compare", "--data", "missing.csv", "--target", "y", "--task", "regression");
        run.ShouldFail("missing.csv");
    }

    private static string WithoutTimes(SampleRun run)
    {
        var metrics = run.Metrics();
        metrics.Remove("seed");
        foreach (var method in metrics["methods"]!.AsArray())
            foreach (string time in Times)
                method!.AsObject().Remove(time).Should().BeTrue(time);
        return metrics.ToJsonString();
    }
}
