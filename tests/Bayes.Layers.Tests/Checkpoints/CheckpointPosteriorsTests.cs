using System.Text;
using Bayes.Layers.Checkpoints;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;

namespace Bayes.Layers.Tests.Checkpoints;

/// <summary>A file states the posterior of each layer; a file of an earlier version has mean-field posteriors.</summary>
public sealed class CheckpointPosteriorsTests : TorchTest
{
    private static PosteriorInitializer OfRank(int rank) => new FanInInitializer(1) { Family = new LowRankFamily(rank) };

    private static readonly Dictionary<string, (Func<ScalarType, BayesianModule> Make, Func<ScalarType, Tensor> Input)> Layers = new()
    {
        ["linear"] = (dtype => new BayesianLinear(3, 2, initializer: OfRank(2), dtype: dtype), dtype => randn([4, 3], dtype)),
        ["convolution"] = (
            dtype => new BayesianConv2d(2, 2, 3, padding: 1, initializer: OfRank(3), dtype: dtype), dtype => randn([4, 2, 5, 5], dtype)),
        ["transposed convolution"] = (
            dtype => new BayesianConvTranspose1d(2, 3, 2, prior: new LearnedScalePrior(), initializer: OfRank(1), dtype: dtype),
            dtype => randn([4, 2, 5], dtype)),
        ["rows"] = (
            dtype => new BayesianLinear(3, 2, initializer: new FanInInitializer(1) { Family = new RowFamily() }, dtype: dtype),
            dtype => randn([4, 3], dtype)),
        ["embedding"] = (dtype => new BayesianEmbedding(5, 3, initializer: OfRank(2), dtype: dtype), _ => arange(4, int64).view(2, 2)),
        ["LSTM"] = (
            dtype => new BayesianLSTM(3, 2, layers: 2, bidirectional: true, initializer: OfRank(2), dtype: dtype), dtype => randn([4, 5, 3], dtype)),
        ["GRU"] = (dtype => new BayesianGRU(3, 2, hasBias: false, initializer: OfRank(2), dtype: dtype), dtype => randn([4, 5, 3], dtype)),
        ["mixed"] = (
            dtype => new BayesianSequential(
                new BayesianLinear(3, 4, dtype: dtype), nn.Tanh(), new BayesianLinear(4, 1, initializer: OfRank(2), dtype: dtype)),
            dtype => randn([4, 3], dtype)),
    };

    public static TheoryData<string> Names => [.. Layers.Keys];

    private static byte[] Saved(nn.Module model)
    {
        using var stream = new MemoryStream();
        Checkpoint.Save(model, stream);
        return stream.ToArray();
    }

    private static BayesianModule Made(byte[] file) => Checkpoint.LoadModel(new MemoryStream(file)).Model;

    private static byte[] WithHeader(byte[] file, string from, string to)
    {
        int length = (int)BitConverter.ToUInt64(file);
        string header = Encoding.UTF8.GetString(file, 8, length);
        // The description is a text within the header.
        (from, to) = (from.Replace("\"", "\\u0022"), to.Replace("\"", "\\u0022"));
        header.Should().Contain(from);
        return SafeTensorsFile.Of(header.Replace(from, to), file[(8 + length)..]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_model_made_from_its_file_keeps_its_predictions_and_divergence(string name)
    {
        foreach (var dtype in new[] { float32, float64 })
        {
            using var model = Layers[name].Make(dtype);
            using (no_grad())
                foreach (var parameter in model.parameters())
                    parameter.add_(randn(parameter.shape, dtype).mul(0.1));
            var input = Layers[name].Input(dtype);
            using var loaded = Made(Saved(model));
            loaded.state_dict().Keys.Should().Equal(model.state_dict().Keys);
            ShouldBeClose(loaded.KlDivergence(), model.KlDivergence(), 0);
            using Bayes.Layers.Estimators.PosteriorDraws draws = new(seed: 2, count: 3), same = new(seed: 2, count: 3);
            ShouldBeClose(loaded.Sample(input, same), model.Sample(input, draws), 0);

            using var other = Layers[name].Make(dtype);
            Checkpoint.Load(other, new MemoryStream(Saved(model)));
            ShouldBeClose(other.KlDivergence(), model.KlDivergence(), 0);
        }
    }

    [Fact]
    public void The_list_is_complete() =>
        PosteriorKinds.All.Types.Should().BeEquivalentTo(
            typeof(PosteriorFamily).Assembly.GetTypes()
                .Where(type => type.IsSubclassOf(typeof(PosteriorFamily)) && type != typeof(MeanFieldFamily)),
            "the default one is not named in a file");

    /// <summary>Files of mean-field posteriors are the same to the byte as before there were other posteriors.</summary>
    [Fact]
    public void The_default_posterior_is_not_named_in_the_description()
    {
        using var model = new BayesianLinear(2, 1);
        string header = Encoding.UTF8.GetString(Saved(model));
        header.Should().NotContain("\\u0022posterior\\u0022").And.Contain("BayesianLinear: MeanFieldNormal, prior");
    }

    [Fact]
    public void Another_posterior_is_refused()
    {
        using BayesianLinear two = new(2, 1, initializer: OfRank(2)), three = new(2, 1, initializer: OfRank(3)), meanField = new(2, 1);
        three.Invoking(m => Checkpoint.Load(m, new MemoryStream(Saved(two)))).Should().Throw<CheckpointException>()
            .WithMessage("*[2, 1]; expected [3, 1], as in the model.");
        meanField.Invoking(m => Checkpoint.Load(m, new MemoryStream(Saved(two)))).Should().Throw<CheckpointException>()
            .WithMessage("The given model and loss lack the tensor 'bias_factor' and 1 more; *");
        two.Invoking(m => Checkpoint.Load(m, new MemoryStream(Saved(meanField)))).Should().Throw<CheckpointException>()
            .WithMessage("The file lacks the tensor 'bias_factor' and 1 more; *");
        Checkpoint.Describe(new MemoryStream(Saved(two))).Layers[""].Should().StartWith("BayesianLinear: LowRankNormal(rank=2), prior ");
    }

    [Theory]
    [InlineData("\"rank\":2", "\"rank\":2000000000", "*with more numbers than the file has; the file is damaged.")]
    [InlineData("\"rank\":2", "\"rank\":0", "*cannot be made: rank is 0; *")]
    [InlineData("\"rank\":2", "\"rang\":2", "The posterior LowRankFamily of '' has no option 'rank' in the file; *")]
    [InlineData(
        "LowRankFamily", "HighRankFamily", "The module '' was saved as BayesianLinear(*posterior HighRankFamily(rank=2), which * cannot make; *")]
    public void A_damaged_posterior_is_refused(string from, string to, string message)
    {
        using var model = new BayesianLinear(3, 2, initializer: OfRank(2));
        byte[] file = WithHeader(Saved(model), from, to);
        FluentActions.Invoking(() => Made(file)).Should().Throw<CheckpointException>().WithMessage(message);
    }

    [Fact]
    public void A_disposed_tensor_is_named()
    {
        using var model = new BayesianLinear(3, 2, initializer: OfRank(2));
        model.get_parameter("weight_factor")!.Dispose();
        model.Invoking(m => Saved(m)).Should().Throw<ArgumentException>()
            .WithMessage("The model's tensor 'weight_factor' was disposed; expected a model without disposed tensors.*");
    }

    [Fact]
    public void Layers_that_share_a_posterior_share_it_again()
    {
        using BayesianLinear first = new(3, 3, initializer: OfRank(2)), second = new(3, 3, initializer: OfRank(2));
        foreach (var (own, given) in second.OwnVariables.Zip(first.OwnVariables))
            own.Replace(given.Posterior.Parameters.Select(each => (TorchSharp.Modules.Parameter)each.Value));
        using var model = new BayesianSequential(("a", first), ("tanh", nn.Tanh()), ("b", second));
        using var loaded = Made(Saved(model));
        loaded.Variables().Should().HaveCount(2);
        ShouldBeClose(loaded.KlDivergence(), first.KlDivergence(), 1e-6);
    }
}
