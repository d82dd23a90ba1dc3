using Bayes.Layers.Likelihoods;
using Bayes.Layers.Samples.Support.CommandLine;
using Bayes.Layers.Samples.Support.Running;
using Bayes.Layers.Tests.Scoring;
using Bayes.Layers.Tool;

namespace Bayes.Layers.Tests.Tool;

/// <summary>The command line of the tool: what it prints, its exit codes, and one line about what is wrong.</summary>
public sealed class ToolProgramTests : TorchTest, IDisposable
{
    private readonly ScoringFolder _folder = new();
    private readonly int _threads = get_num_threads();

    public ToolProgramTests() => _folder.SaveModel(new GaussianLikelihood(0.5));

    void IDisposable.Dispose()
    {
        set_num_threads(_threads);
        _folder.Dispose();
        base.Dispose();
    }

    [Fact]
    public void A_plan_its_shards_and_their_merge_are_what_one_command_does()
    {
        string table = _folder.WriteCsv(90), results = _folder["results.parquet"], plan = _folder["plan.json"], parts = _folder["parts"];
        string[] what =
        [
            "--model", _folder.Model, "--data", table, "--features", "x0,x1,x2", "--target", "y", "--quantiles", "0.05,0.95", "--draws", "16",
            "--seed", "3", "--rows-per-shard", "40",
        ];
        Run([.. what.Prepend("score"), "--output", results, "--workers", "1"]).Output.Should()
            .StartWith("90 rows × 16 draws of seed 3 in 3 shards by rows (plan ").And.Contain("3 of 3 shards").And.Contain("90 rows in ");
        Run([.. what.Prepend("plan"), "--output", plan]).Output.Should().StartWith("90 rows × 16 draws of seed 3 in 3 shards by rows (plan ");
        foreach (string shard in (string[])["2", "0"])
            Run("score", "--plan", plan, "--shard", shard, "--parts", parts).Output.Should().StartWith($"Shard {shard} of 3: ");
        var early = Run("merge", "--plan", plan, "--parts", parts, "--output", _folder["merged.parquet"]);
        early.ExitCode.Should().Be(ExitCode.Failure);
        early.Error.TrimEnd().Should().StartWith("error: A part of the result cannot be used: ").And.EndWith("Score again: shards 1.");
        Run("score", "--plan", plan, "--shard", "1", "--parts", parts);
        Run("merge", "--plan", plan, "--parts", parts, "--output", _folder["merged.parquet"], "--remove").ExitCode.Should().Be(ExitCode.Success);
        File.ReadAllBytes(_folder["merged.parquet"]).Should().Equal(File.ReadAllBytes(results));
        Directory.Exists(parts).Should().BeFalse();
        Run("score", "--plan", plan, "--output", _folder["again.parquet"], "--workers", "1", "--quiet").Output.Should().BeEmpty();
        File.ReadAllBytes(_folder["again.parquet"]).Should().Equal(File.ReadAllBytes(results));

        Run("describe", results).Output.Should().StartWith("90 rows, 16 draws of seed 3").And.Contain("plan: ").And.Contain("values: ");
        Run("describe", plan).Output.Should().Contain("columns: x0, x1, x2").And.Contain($"table: {table}");
        Run("describe", _folder.Model).Output.Should().StartWith("Bayes.Layers ").And.Contain("BayesianLinear");
        Run("export", "--model", _folder.Model, "--output", _folder["model.onnx"], "--product", "mean").Output.Should().Contain("model.onnx: ");
        File.Exists(_folder["model.onnx"]).Should().BeTrue();
    }

    [Fact]
    public void What_is_wrong_is_one_line()
    {
        string table = _folder.WriteCsv(90);
        Usage("score").Should().StartWith("error: --output is missing");
        Usage("score", "--output", "r.parquet").Should().Be("error: --model is missing; expected the model's file. Try --help.");
        Usage("score", "--output", "r.parquet", "--model", "m").Should().StartWith("error: --data is missing");
        Usage("score", "--shard", "1").Should().StartWith("error: --shard needs --plan and --parts");
        Usage("score", "--plan", "p", "--output", "r.parquet", "--seed", "3").Should().StartWith("error: --seed stands beside --plan");
        Usage("score", "--output", "r", "--quantiles", "0.5,1").Should()
            .StartWith("error: --quantiles is '0.5,1'; expected numbers above 0 and below 1");
        Usage("score", "--output", " ").Should().StartWith("error: --output is blank");
        Usage("score", "--output", "r", "--workers", "0").Should().StartWith("error: --workers is '0'; expected a whole number from 1 to 1024.");
        Usage("plan", "--output", "p.json").Should().StartWith("error: --model is missing");
        Usage("scroe").Should().Contain("Did you mean score?");
        Failure("score", "--model", _folder["absent"], "--data", table, "--output", _folder["r.parquet"]).Should().StartWith("error: The model '");
        Failure("score", "--model", _folder.Model, "--data", _folder["absent"], "--output", _folder["r.parquet"]).Should()
            .EndWith("does not exist; expected a file.");
        Failure("score", "--model", _folder.Model, "--data", table, "--output", _folder["r.parquet"]).Should().Contain("does not take 4 columns");
        Failure("score", "--model", table, "--data", table, "--output", _folder["r.parquet"]).Should().StartWith("error: ");
        Failure("merge", "--plan", _folder["absent"], "--parts", "p", "--output", "r").Should().StartWith("error: The plan '");
        Failure("describe", _folder["absent"]).Should().EndWith("does not exist; expected a file.");
        Failure("describe", _folder.WriteParquet(3, 3)).Should().Contain("holds no results of scoring");
        _folder.Names.Should().NotContain(name => name.StartsWith('r'));

        string Usage(params string[] arguments) => Error(ExitCode.Usage, arguments);
        string Failure(params string[] arguments) => Error(ExitCode.Failure, arguments);

        string Error(int exitCode, string[] arguments)
        {
            var run = Run(arguments);
            run.ExitCode.Should().Be(exitCode, run.Error);
            run.Error.TrimEnd().Split('\n').Should().ContainSingle();
            return run.Error.TrimEnd();
        }
    }

    private static (int ExitCode, string Output, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var interrupt = new Interrupt();
        int exitCode = ToolProgram.Run(arguments, output, error, isTerminal: false, interrupt);
        return (exitCode, output.ToString(), error.ToString());
    }
}
