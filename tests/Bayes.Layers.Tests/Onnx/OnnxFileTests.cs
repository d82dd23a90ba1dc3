using Bayes.Layers.Likelihoods;
using Bayes.Layers.Onnx;
using Bayes.Layers.Onnx.Graphs;
using Microsoft.ML.OnnxRuntime;

namespace Bayes.Layers.Tests.Onnx;

/// <summary>What is in a file besides numbers, and how writing one fails.</summary>
public sealed class OnnxFileTests : OnnxTest
{
    [Fact]
    public void The_metadata_names_the_model_its_draws_and_the_likelihood()
    {
        using var model = new BayesianSequential(new BayesianLinear(2, 1));
        var likelihood = new GaussianLikelihood(0.25);
        var summary = OnnxExport.Save(model, likelihood, FilePath(), new OnnxExportOptions { Draws = 4, Seed = -3, FirstDraw = 9 });
        using var run = new OnnxRun(FilePath());
        run.Metadata.Should().BeEquivalentTo(summary.Metadata);
        run.Metadata.Should().BeEquivalentTo(new Dictionary<string, string>
        {
            [OnnxMetadata.Version] = typeof(BayesianModule).Assembly.GetName().Version!.ToString(3),
            [OnnxMetadata.Product] = "Draws",
            [OnnxMetadata.Fingerprint] = FunctionDistribution.Of(model).Fingerprint().ToString("x16"),
            [OnnxMetadata.Likelihood] = "GaussianLikelihood(stddev=0.25)",
            [OnnxMetadata.Model] = "BayesianSequential of 6 parameters",
            [OnnxMetadata.Seed] = "-3",
            [OnnxMetadata.FirstDraw] = "9",
            [OnnxMetadata.Draws] = "4",
            [OnnxMetadata.QuantileLevels] = "0.05,0.5,0.95",
        });
        run.Model.ProducerName.Should().Be("Bayes.Layers.Onnx");
    }

    [Fact]
    public void The_summary_describes_the_file()
    {
        using var model = new BayesianSequential(new BayesianConv2d(1, 2, 3), nn.Flatten(), new BayesianLinear(8, 3));
        var summary = OnnxExport.Save(model, new CategoricalLikelihood(), FilePath(), new OnnxExportOptions { Draws = 4 });
        summary.Bytes.Should().Be(new FileInfo(FilePath()).Length);
        summary.Draws.Should().Be(4);
        summary.Input.ToString().Should().Be("input: Float32 [?, 1, ?, ?]");
        summary.Outputs.Select(each => each.ToString()).Should().StartWith("mean: Float32 [?, 3]").And.Contain("total_entropy: Float32 [?]")
            .And.Contain("quantiles_of_mean: Float32 [3, ?, 3]");
        using var run = new OnnxRun(FilePath());
        run.Outputs.Should().Equal(summary.Outputs.Select(each => each.Name));
        run.InputDimensions.Should().Equal(-1, 1, -1, -1);
    }

    [Fact]
    public void Outputs_are_chosen_by_name_and_the_rest_of_the_graph_is_left_out()
    {
        using var model = new BayesianSequential(new BayesianLinear(2, 1));
        var options = new OnnxExportOptions { Draws = 4, InputName = "rows" };
        var all = OnnxExport.Save(model, new GaussianLikelihood(0.25), FilePath(), options);
        var some = OnnxExport.Save(
            model, new GaussianLikelihood(0.25), FilePath(), options with { Outputs = [OnnxOutputs.Output, OnnxOutputs.Mean] });
        some.Outputs.Select(each => each.Name).Should().Equal(OnnxOutputs.Output, OnnxOutputs.Mean);
        some.Input.Name.Should().Be("rows");
        some.Nodes.Should().BeLessThan(10).And.BeLessThan(all.Nodes);
        using var run = new OnnxRun(FilePath());
        run.Run(randn(3, 2))[OnnxOutputs.Output].shape.Should().Equal(4, 3, 1);
    }

    [Fact]
    public void No_graph_draws_random_numbers_and_a_file_is_the_same_each_time()
    {
        using var model = new BayesianSequential(new BayesianLinear(2, 3), new MonteCarloDropout(0.5), new BayesianLinear(3, 1));
        model.eval();
        OnnxExport.Save(model, new GaussianLikelihood(0.25), FilePath("a.onnx"), new OnnxExportOptions { Draws = 4 });
        _ = rand(5);
        OnnxExport.Save(model, new GaussianLikelihood(0.25), FilePath("b.onnx"), new OnnxExportOptions { Draws = 4 });
        byte[] bytes = File.ReadAllBytes(FilePath("a.onnx"));
        bytes.Should().Equal(File.ReadAllBytes(FilePath("b.onnx")));
        System.Text.Encoding.Latin1.GetString(bytes).Should().NotContain("Random");
    }

    [Fact]
    public void A_model_in_training_mode_is_exported_as_in_evaluation_and_stays_in_training()
    {
        using var model = new BayesianSequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Dropout(0.5), new BayesianLinear(3, 1));
        model.train();
        var input = randn(4, 2);
        var outputs = Export(FunctionDistribution.Of(model), null, input, new OnnxExportOptions { Draws = 3 });
        model.training.Should().BeTrue();
        using var drawn = FunctionDistribution.Of(model).Draw(0, 3);
        ShouldBeClose(outputs[OnnxOutputs.Output], drawn.Apply(input), Tolerance);
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        using var model = new BayesianSequential(new BayesianLinear(2, 3), new BayesianLinear(3, 1));
        OnnxExport.Save(model, new GaussianLikelihood(0.25), FilePath());
        long before = LiveTensors();
        OnnxExport.Save(model, new GaussianLikelihood(0.25), FilePath());
        LiveTensors().Should().Be(before);
    }

    [Fact]
    public void A_file_that_cannot_be_written_leaves_the_old_one_and_nothing_else()
    {
        using var model = new BayesianSequential(new BayesianLinear(2, 1));
        FluentActions.Invoking(() => OnnxExport.Save(model, null, FilePath(Path.Combine("missing", "model.onnx")))).Should().Throw<IOException>();
        OnnxExport.Save(model, null, FilePath());
        byte[] before = File.ReadAllBytes(FilePath());
        using var refused = new BayesianSequential(new BayesianLinear(2, 1), new Own());
        FluentActions.Invoking(() => OnnxExport.Save(refused, null, FilePath())).Should().Throw<NotSupportedException>();
        File.ReadAllBytes(FilePath()).Should().Equal(before);
        Files.Should().Equal("model.onnx");
    }

    /// <summary>Twelve gigabytes are refused before they are drawn.</summary>
    [Fact]
    public void A_model_that_the_format_cannot_hold_is_refused()
    {
        using var model = new BayesianSequential(new BayesianLinear(1000, 1000));
        FluentActions.Invoking(() => OnnxExport.Save(model, null, FilePath(), new OnnxExportOptions { Draws = 3000 }))
            .Should().Throw<NotSupportedException>().WithMessage("The model takes 12012000000 bytes; expected at most 2147483647, *");
        using var graph = new GraphBuilder();
        graph.Output(graph.Constant(ones(100), "numbers"), "output");
        using var stream = new MemoryStream();
        var header = new ModelHeader(9, 20, "", "", "", new Dictionary<string, string>());
        FluentActions.Invoking(() => ModelFile.Write(stream, graph, header, most: 400)).Should().Throw<NotSupportedException>();
        stream.Length.Should().Be(0);
        ModelFile.Write(stream, graph, header).Should().Be(stream.Length);
    }

    [Fact]
    public void A_damaged_file_would_be_noticed_by_the_runtime()
    {
        using var model = new BayesianSequential(new BayesianLinear(2, 1));
        OnnxExport.Save(model, null, FilePath());
        File.WriteAllBytes(FilePath(), File.ReadAllBytes(FilePath())[..^20]);
        FluentActions.Invoking(() => new OnnxRun(FilePath())).Should().Throw<OnnxRuntimeException>();
    }

    internal sealed class Own() : nn.Module<Tensor, Tensor>(nameof(Own))
    {
        public override Tensor forward(Tensor input) => input.alias();
    }
}
