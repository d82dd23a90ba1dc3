using Bayes.Layers.Checkpoints;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Priors;
using Bayes.Layers.Tests.Guides;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Checkpoints;

public sealed class CheckpointTests : TorchTest, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bayes-layers-");

    public static TheoryData<string> Names => [.. Models.Keys];

    private static Dictionary<string, (Func<BayesianModule> Create, long[] Input)> Models { get; } = new()
    {
        ["linear"] = (() => new BayesianLinear(3, 2), [4, 3]),
        ["linear in double precision"] = (() => new BayesianLinear(3, 2, hasBias: false, dtype: float64), [4, 3]),
        ["convolutions"] =
            (() => new BayesianSequential(new BayesianConv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), new BayesianLinear(8, 2)), [3, 1, 4, 4]),
        ["convolutions of sequences"] = (() => new BayesianConv1d(2, 3, 2), [2, 2, 5]),
        ["convolutions of volumes"] = (() => new BayesianConv3d(1, 2, 2), [2, 1, 3, 3, 3]),
        ["transposed convolutions"] = (() => new BayesianConvTranspose2d(1, 2, 2), [2, 1, 3, 3]),
        ["recurrent"] = (() => new BayesianSequential(new BayesianLSTM(3, 4, layers: 2, bidirectional: true),
            new BayesianGRU(8, 2, returnsSequence: false)), [2, 5, 3]),
        ["dropout"] = (() => new BayesianSequential(nn.Linear(3, 4), new MonteCarloDropout(0.3), nn.Linear(4, 1)), [4, 3]),
        ["every prior"] = (() => new BayesianSequential(
            new BayesianLinear(3, 4, prior: new ScaleMixturePrior(), biasPrior: new StudentTPrior()),
            new BayesianLinear(4, 4, prior: new LaplacePrior(), biasPrior: new LearnedScalePrior()),
            new BayesianLinear(4, 3, prior: new HorseshoePrior(axis: 1), biasPrior: new HorseshoePrior()),
            new BayesianLinear(3, 1, prior: NormalPrior.PerWeight(ones(1, 3), tensor(0.5f)), biasPrior: new NormalPrior())), [4, 3]),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void A_loaded_model_has_the_predictions_and_divergence_of_the_saved_one_to_the_bit(string name)
    {
        var (create, shape) = Models[name];
        using BayesianModule saved = create(), loaded = create();
        Disturb(saved);
        Checkpoint.Save(saved, Path("model"));
        Checkpoint.Load(loaded, Path("model"));
        ShouldBeEqual(loaded, saved);
        var input = randn(shape).to(saved.parameters().First().dtype);
        ShouldBeClose(Predict(loaded), Predict(saved), 0);
        ShouldBeClose(loaded.KlDivergence(), saved.KlDivergence(), 0);

        Tensor Predict(BayesianModule model)
        {
            model.eval();
            return model.Sample(input, new Bayes.Layers.Estimators.PosteriorDraws(seed: 3, 2)).detach();
        }
    }

    public static TheoryData<string> LossNames => [.. Losses.Keys];

    private static Dictionary<string, Func<ElboLoss>> Losses { get; } = new()
    {
        ["learned noise"] = () => ElboLoss.Gaussian(10),
        ["learned noise of each target"] = () => new ElboLoss(GaussianLikelihood.Learned(0.5, outputs: 2), 10),
        ["learned scale of Student-t"] = () => new ElboLoss(StudentTLikelihood.Learned(4, 0.5), 10),
        ["learned dispersion"] = () => ElboLoss.NegativeBinomial(10),
        ["noise along a named axis"] = () => new ElboLoss(GaussianLikelihood.Learned(0.5, outputs: 2, channelAxis: -3), 10),
        ["nothing learned"] = () => ElboLoss.Bernoulli(10),
    };

    [Theory]
    [MemberData(nameof(LossNames))]
    public void Learned_values_of_the_loss_are_restored(string name)
    {
        using BayesianLinear saved = new(3, 2), loaded = new(3, 2);
        using ElboLoss loss = Losses[name](), other = Losses[name]();
        Disturb(loss);
        Checkpoint.Save(saved, Path("model"), loss);
        Checkpoint.Load(loaded, Path("model"), other);
        ShouldBeEqual(other, loss);
        other.Likelihood.ToString().Should().Be(loss.Likelihood.ToString());
    }

    [Fact]
    public void Numbers_are_converted_to_the_models_type()
    {
        using BayesianLinear single = new(3, 2), twice = new(3, 2, dtype: float64), back = new(3, 2);
        Disturb(single);
        Checkpoint.Save(single, Path("single"));
        Checkpoint.Load(twice, Path("single"));
        twice.weight_mu.dtype.Should().Be(float64);
        ShouldBeClose(twice.weight_mu, single.weight_mu, 0);
        Checkpoint.Save(twice, Path("double"));
        Checkpoint.Load(back, Path("double"));
        ShouldBeEqual(back, single);
    }

    /// <summary>Means and standard deviations per weight are tensors of the file and replace the model's.</summary>
    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    public void A_prior_per_weight_replaces_that_of_the_model(ScalarType type)
    {
        using BayesianLinear saved = Moped(0.3, float64), loaded = Moped(0.5, type);
        Checkpoint.Save(saved, Path("model"));
        Checkpoint.Load(loaded, Path("model"));
        loaded.WeightPrior.Stddev.Should().BeApproximately(0.3, 1e-7);
        loaded.KlDivergence().ToDouble().Should().BeApproximately(saved.KlDivergence().ToDouble(), 1e-5);

        static BayesianLinear Moped(double stddev, ScalarType dtype) =>
            new(2, 1, hasBias: false, prior: NormalPrior.PerWeight(full([1, 2], stddev, float64), full([1, 2], stddev, float64)), dtype: dtype);
    }

    [Fact]
    public void A_model_in_training_is_loaded_in_place()
    {
        using BayesianSequential saved = new(new BayesianLinear(3, 1)), model = new(new BayesianLinear(3, 1));
        using var loss = ElboLoss.Bernoulli(4);
        Disturb(saved);
        Checkpoint.Save(saved, Path("model"));
        using var step = new VariationalStep(model, loss, parameters => optim.Adam(parameters, lr: 0.1));
        Tensor input = randn(4, 3), target = ones(4, 1);
        step.Run(input, target).Dispose();
        Checkpoint.Load(model, Path("model"));
        ShouldBeEqual(model, saved);
        step.Run(input, target).Dispose();
        ShouldDiffer(model.parameters().First(), saved.parameters().First(), "the step goes on from what was loaded");
    }

    [Fact]
    public void The_file_follows_the_format()
    {
        using var model = new BayesianSequential(("first", new BayesianLinear(3, 2)), ("act", nn.Tanh()),
            ("last", new BayesianLinear(2, 1, hasBias: false, dtype: float64)));
        using var loss = ElboLoss.Gaussian(10);
        Checkpoint.Save(model, Path("model"), loss);
        byte[] file = File.ReadAllBytes(Path("model"));
        var (metadata, tensors) = SafeTensorsFile.Read(file);
        tensors.Keys.Should().BeEquivalentTo(model.state_dict().Keys.Concat(loss.state_dict().Keys.Select(key => "loss." + key)));
        tensors["first.weight_mu"].Type.Should().Be("F32");
        tensors["first.weight_mu"].Shape.Should().Equal(2, 3);
        tensors["first.weight_mu"].Data.Should().Equal(
            SafeTensorsFile.Floats([.. Values(((BayesianLayer)model.children().First()).weight_mu).Select(value => (float)value)]));
        tensors["last.weight_mu"].Type.Should().Be("F64");
        tensors["last.weight_mu"].Data.Should().HaveCount(16);
        metadata["format"]!.GetValue<string>().Should().Be("pt");
        metadata["bayes_layers.format"]!.GetValue<string>().Should().Be("1");
        metadata["bayes_layers.likelihood"]!.GetValue<string>().Should().Be("GaussianLikelihood(stddev=learned)");
        metadata["bayes_layers.layers"]!.GetValue<string>().Should().Contain("BayesianLinear: MeanFieldNormal, prior NormalPrior(mean=0, stddev=1)");
        (BitConverter.ToUInt64(file) % 8).Should().Be(0, "the data are aligned");
    }

    [Fact]
    public void A_file_of_another_program_is_loaded()
    {
        using var model = new BayesianLinear(2, 1, hasBias: false);
        // Spaces pad the header, there are no metadata, and the order of tensors differs from ours.
        string header = """{"weight_log_var":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]}"""
            + ""","weight_mu":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}   """;
        File.WriteAllBytes(Path("other"), SafeTensorsFile.Of(header, SafeTensorsFile.Floats(1.5f, -2, -3, float.MinValue)));
        Checkpoint.Load(model, Path("other"));
        Values(model.weight_mu).Should().Equal(1.5, -2);
        Values(model.weight_log_var).Should().Equal(-3, float.MinValue);
        Checkpoint.Describe(Path("other")).FormatVersion.Should().BeNull();
    }

    [Fact]
    public void Every_type_of_the_format_is_restored()
    {
        ScalarType[] types = [float64, float32, float16, bfloat16, int64, int32, int16, int8, uint8, ScalarType.Bool];
        using Buffers saved = new(types, 1), loaded = new(types, 0);
        Checkpoint.Save(saved, Path("types"));
        Checkpoint.Load(loaded, Path("types"));
        ShouldBeEqual(loaded, saved);
        Checkpoint.Describe(Path("types")).Tensors.Select(each => each.Type).Order().Should().Equal(types.Order());
        using var complex = new Buffers([ScalarType.ComplexFloat32], 1);
        FluentActions.Invoking(() => Checkpoint.Save(complex, Path("types")))
            .Should().Throw<ArgumentException>().WithMessage("The tensor 'b0' is of type ComplexFloat32; expected one of F64, *");
        Checkpoint.Describe(Path("types")).Tensors.Should().HaveCount(10, "what was there before stays");
    }

    [Fact]
    public void Every_tensor_is_aligned_to_the_size_of_its_numbers()
    {
        // Nine numbers of each type; the order of the names is not that of the sizes.
        ScalarType[] types = [int8, float32, ScalarType.Bool, float64, float16, int64, uint8, int32, bfloat16, int16];
        using var saved = new Buffers(types, 1, size: 3);
        Checkpoint.Save(saved, Path("types"));
        var begins = SafeTensorsFile.Begins(File.ReadAllBytes(Path("types")));
        begins.Select(each => each.Begin % SizeOf(each.Type)).Should().HaveCount(types.Length).And.OnlyContain(rest => rest == 0);

        static int SizeOf(string type) => type == "BOOL" ? 1 : int.Parse(type.TrimStart('F', 'B', 'I', 'U')) / 8;
    }

    [Fact]
    public void A_file_describes_itself()
    {
        using var model = new BayesianSequential(new BayesianLinear(3, 2, prior: new LaplacePrior(scale: 0.5)), nn.Tanh());
        using var loss = ElboLoss.Bernoulli(10);
        Checkpoint.Save(model, Path("model"), loss);
        var info = Checkpoint.Describe(Path("model"));
        info.FormatVersion.Should().Be(1);
        info.LibraryVersion.Should().MatchRegex(@"^\d+\.\d+\.\d+");
        info.Likelihood.Should().Be(loss.Likelihood.ToString());
        info.Layers["0"]
            .Should().Be("BayesianLinear: MeanFieldNormal, prior LaplacePrior(mean=0, scale=0.5), prior of the bias LaplacePrior(mean=0, scale=0.5)");
        info.Tensors.Select(each => each.Name).Should().BeEquivalentTo("0.weight_mu", "0.weight_log_var", "0.bias_mu", "0.bias_log_var");
        using var stream = File.OpenRead(Path("model"));
        Checkpoint.Describe(stream).Should().BeEquivalentTo(info);
    }

    [Fact]
    public void The_example_of_the_guide_runs()
    {
        using BayesianLinear model = new(3, 1), sameStructure = new(3, 1);
        using ElboLoss loss = ElboLoss.Gaussian(10), sameLoss = ElboLoss.Gaussian(10);
        using var folder = new WorkingFolder();
        Checkpoint.Save(model, "model.safetensors", loss);
        Checkpoint.Load(sameStructure, "model.safetensors", sameLoss);
        CheckpointInfo info = Checkpoint.Describe("model.safetensors");
        info.Layers.Should().ContainSingle();
        ShouldBeEqual(sameStructure, model);
    }

    [Fact]
    public void Nothing_is_left_over()
    {
        using var model = new BayesianSequential(new BayesianLinear(30, 20), nn.Tanh(), new BayesianLinear(20, 1));
        Use();
        long before = LiveTensors();
        Use();
        LiveTensors().Should().Be(before);
        _folder.GetFiles().Should().ContainSingle();

        void Use()
        {
            using var scope = NewDisposeScope();
            Checkpoint.Save(model, Path("model"));
            Checkpoint.Load(model, Path("model"));
            Checkpoint.Describe(Path("model"));
        }
    }

    public new void Dispose()
    {
        _folder.Delete(recursive: true);
        base.Dispose();
    }

    private string Path(string name) => System.IO.Path.Combine(_folder.FullName, name);

    private static void Disturb(nn.Module module)
    {
        using var noGrad = no_grad();
        foreach (var parameter in module.parameters())
            parameter.add_(randn(parameter.shape, parameter.dtype) * 0.1);
    }

    private static void ShouldBeEqual(nn.Module actual, nn.Module expected)
    {
        var other = expected.state_dict();
        foreach (var (name, tensor) in actual.state_dict())
            tensor.to(other[name].dtype).eq(other[name]).all().ToBoolean().Should().BeTrue(name);
    }

    private sealed class Buffers : nn.Module
    {
        public Buffers(ScalarType[] types, int value, long size = 2) : base(nameof(Buffers))
        {
            for (int i = 0; i < types.Length; i++)
                register_buffer($"b{i}", full([size, 3], value, types[i]));
        }
    }
}
