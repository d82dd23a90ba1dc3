using System.Text;
using Bayes.Layers.Checkpoints;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Priors;

namespace Bayes.Layers.Tests.Checkpoints;

/// <summary>A file that is not a checkpoint, or is another model's, is refused in a sentence, and the model does not change.</summary>
public sealed class CheckpointFaultsTests : TorchTest
{
    private const string Fits =
        """{"weight_log_var":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]},"weight_mu":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}""";
    private static readonly byte[] Data = SafeTensorsFile.Floats(1, 2, 3, 4);

    public static TheoryData<string, string, int> Headers => new()
    {
        { "[]", "The header does not begin with '{'; *", 16 },
        { "{\"a\":", "The header is not valid JSON: *", 0 },
        { "{}x", "The header is not valid JSON: *", 0 },
        { "{}", "The tensors have 0 bytes of data, but the file has 16; *", 16 },
        { "{}", "The file lacks the tensor 'weight_log_var' and 1 more; *", 0 },
        { Fits, "The tensors have 16 bytes of data, but the file has 15; it is truncated or damaged.", 15 },
        { Fits, "The tensors have 16 bytes of data, but the file has 17; *", 17 },
        { Fits.Replace("[8,16]", "[9,17]"), "The data of 'weight_log_var' begin at byte 9; expected byte 8, the end of the data before them.", 17 },
        { Fits.Replace("[8,16]", "[0,8]"), "The data of 'weight_*' begin at byte 0; expected byte 8, the end of the data before them.", 16 },
        { Fits.Replace("[8,16]", "[16,8]"), "The tensor 'weight_log_var' has the data offsets [16, 8]; expected the start and end of its data.", 16 },
        { Fits.Replace("[8,16]", "[-8,16]"), "The tensor 'weight_log_var' has -8 in its data_offsets; *", 16 },
        { Fits.Replace("[8,16]", "[8,16,24]"), "The tensor 'weight_log_var' has the data offsets *", 16 },
        { Fits.Replace("[8,16]", "[8,1e30]"), "The tensor 'weight_log_var' has 1e30 in its data_offsets; *", 16 },
        { Fits.Replace("[8,16]", "7"), "The entry 'data_offsets' of the tensor 'weight_log_var' is not a list.", 16 },
        { Fits.Replace("[1,2],\"data_offsets\":[8", "[1,3],\"data_offsets\":[8"),
            "The tensor 'weight_log_var' of shape [1, 3] and type F32 has 8 bytes of data, which do not fit its shape and type.", 16 },
        { Fits.Replace("[1,2],\"data_offsets\":[8", "[4294967296,4294967296,4294967296],\"data_offsets\":[8"),
            "The tensor 'weight_log_var' of shape * has 8 bytes of data, which do not fit its shape and type.", 16 },
        { Fits.Replace("[1,2]", "[2,1]"), "The file's tensor 'weight_mu' is of shape [2, 1]; expected [1, 2], as in the model.", 16 },
        { Fits.Replace("F32", "F33"), "The tensor 'weight_log_var' is of type F33; expected one of F64, *", 16 },
        { Fits.Replace("F32", "I32"), "The file's tensor 'weight_mu' is of type Int32; expected one that can become Float32, as in the model.", 16 },
        { Fits.Replace("\"dtype\":\"F32\"", "\"dtype\":3"), "The tensor 'weight_log_var' is of type 3; *", 16 },
        { Fits.Replace("dtype", "type"),
            "The tensor 'weight_log_var' has the keys type, shape, data_offsets; expected dtype, shape and data_offsets.", 16 },
        { Fits.Replace("weight_log_var", "weight_mu"), "The header is not valid JSON: *", 16 },
        { Fits.Replace("weight_log_var", "log_var"), "The file lacks the tensor 'weight_log_var'; *", 16 },
        { "{\"more\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}," + Fits[1..],
            "The given model and loss lack the tensor 'more'; *", 16 },
        { "{\"__metadata__\":{\"bayes_layers.format\":\"2\"}," + Fits[1..],
            "The format's version is 2; expected at most 1: a later version of this library wrote the file.", 16 },
        { "{\"__metadata__\":{\"bayes_layers.format\":\"new\"}," + Fits[1..], "The format's version is 'new'; *", 16 },
        { "{\"__metadata__\":{\"bayes_layers.layers\":\"[]\"}," + Fits[1..], "The metadata 'bayes_layers.layers' is damaged; *", 16 },
        { "{\"__metadata__\":{\"n\":3}," + Fits[1..], "The metadata 'n' is not a string.", 16 },
        { "{\"__metadata__\":3," + Fits[1..], "The header's entry '__metadata__' is not an object.", 16 },
        { "{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{}}}}}}", "The header is not valid JSON: *", 0 },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public void A_wrong_header_is_refused_and_changes_nothing(string header, string message, int bytes) =>
        ShouldBeRefused(SafeTensorsFile.Of(header, Data.Append((byte)0).Take(bytes).ToArray()), message);

    [Fact]
    public void A_file_that_is_not_a_checkpoint_is_refused_whatever_its_length_field()
    {
        ShouldBeRefused([], "The file has 0 bytes; *");
        ShouldBeRefused([1, 2, 3], "The file has 3 bytes; *");
        ShouldBeRefused([0, 0, 0, 0, 0, 0, 0, 0], "The header's length is 0 bytes; *");
        ShouldBeRefused([.. BitConverter.GetBytes(ulong.MaxValue), .. Data], "The header's length is 18446744073709551615 bytes; *");
        ShouldBeRefused([.. BitConverter.GetBytes(99_000_000L), .. Data], "The header's length is 99000000 bytes, but the file has only 24; *");
        ShouldBeRefused(Encoding.UTF8.GetBytes("#!/bin/sh\necho no tensors"), "The header's length is * bytes; *");
        ShouldBeRefused([4, 0, 0, 0, 0, 0, 0, 0, (byte)'{', 0xff, 0xfe, (byte)'}'], "The header is not valid JSON: *");
    }

    [Fact]
    public void The_undamaged_file_loads()
    {
        using var model = Model();
        Checkpoint.Load(model, new MemoryStream(SafeTensorsFile.Of(Fits, Data)));
        Values(model.weight_mu).Should().Equal(1, 2);
    }

    [Fact]
    public void Damage_is_refused_or_only_changes_numbers()
    {
        using var saved = new BayesianSequential(new BayesianLinear(3, 2, prior: new LaplacePrior()), nn.Tanh(), new BayesianLinear(2, 1));
        using var stream = new MemoryStream();
        Checkpoint.Save(saved, stream);
        byte[] good = stream.ToArray();
        int header = 8 + (int)BitConverter.ToUInt64(good), refused = 0;
        var random = new Random(7);
        using var model = new BayesianSequential(new BayesianLinear(3, 2, prior: new LaplacePrior()), nn.Tanh(), new BayesianLinear(2, 1));
        for (int i = 0; i < 2_000; i++)
        {
            using var scope = NewDisposeScope();
            byte[] bad = Damaged(good, header, random);
            var before = model.state_dict().ToDictionary(pair => pair.Key, pair => pair.Value.clone());
            try
            {
                Checkpoint.Load(model, new MemoryStream(bad));
            }
            catch (CheckpointException exception)
            {
                refused++;
                exception.Message.Should().NotContain("\n").And.EndWith(".");
                foreach (var (name, tensor) in model.state_dict())
                    tensor.eq(before[name]).logical_or(tensor.isnan()).all().ToBoolean().Should().BeTrue("{0} of case {1} is as it was", name, i);
            }
        }
        refused.Should().BeInRange(1_200, 1_990, "most damage is in the header, and some is in numbers alone");
    }

    [Fact]
    public void Another_models_description_is_refused_unless_comparison_is_off()
    {
        using var stream = new MemoryStream();
        using BayesianLinear saved = new(2, 1, prior: new NormalPrior(stddev: 0.5)), model = new(2, 1),
            same = new(2, 1, prior: new NormalPrior(stddev: 0.5));
        using ElboLoss loss = ElboLoss.Categorical(10, classAxis: -3), other = ElboLoss.Categorical(10);
        Checkpoint.Save(saved, stream, loss);
        Refuses(model, loss).WithMessage("The module '' was saved as BayesianLinear: MeanFieldNormal, prior NormalPrior(mean=0, stddev=0.5)*, and is "
            + "*stddev=1*; expected the same, or compareDescriptions: false.");
        Refuses(same, other).WithMessage($"The likelihood was saved as {loss.Likelihood}, and is {other.Likelihood}; *");
        stream.Position = 0;
        Checkpoint.Load(model, stream, other, compareDescriptions: false);
        ShouldBeClose(model.weight_mu, saved.weight_mu, 0);

        FluentAssertions.Specialized.ExceptionAssertions<CheckpointException> Refuses(BayesianLinear into, ElboLoss with)
        {
            stream.Position = 0;
            return FluentActions.Invoking(() => Checkpoint.Load(into, stream, with)).Should().Throw<CheckpointException>();
        }
    }

    [Fact]
    public void Learned_numbers_are_not_compared_as_descriptions()
    {
        using var stream = new MemoryStream();
        using BayesianLinear saved = new(2, 1, prior: new LearnedScalePrior()), model = new(2, 1, prior: new LearnedScalePrior());
        using ElboLoss loss = new(StudentTLikelihood.Learned(5), 10), other = new(StudentTLikelihood.Learned(5), 10);
        using (no_grad())
            foreach (var parameter in saved.parameters().Concat(loss.parameters()))
                parameter.add_(0.3);
        Checkpoint.Save(saved, stream, loss);
        stream.Position = 0;
        FluentActions.Invoking(() => Checkpoint.Load(model, stream, other)).Should().NotThrow();
        other.Likelihood.ToString().Should().Be(loss.Likelihood.ToString());
        stream.Position = 0;
        using var four = new ElboLoss(StudentTLikelihood.Learned(4), 10);
        FluentActions.Invoking(() => Checkpoint.Load(model, stream, four)).Should().Throw<CheckpointException>()
            .WithMessage("The likelihood was saved as StudentTLikelihood(degreesOfFreedom=5, scale=learned), *");
    }

    /// <summary>Every tensor fits, but tau's prior and its range differ.</summary>
    [Fact]
    public void A_prior_with_another_scale_setting_is_refused()
    {
        using BayesianLinear saved = new(2, 1, prior: new LearnedScalePrior(scale: 1, initialScale: 2)),
            other = new(2, 1, prior: new LearnedScalePrior(scale: 3, initialScale: 2)),
            same = new(2, 1, prior: new LearnedScalePrior(scale: 1, initialScale: 0.5));
        using var stream = new MemoryStream();
        Checkpoint.Save(saved, stream);
        stream.Position = 0;
        FluentActions.Invoking(() => Checkpoint.Load(other, stream))
            .Should().Throw<CheckpointException>().WithMessage("*LearnedScalePrior(scale=1, degreesOfFreedom=1)*, and is *(scale=3, *");
        stream.Position = 0;
        Checkpoint.Load(same, stream);
        same.WeightPrior.Stddev.Should().BeApproximately(2, 1e-6, "where tau started means nothing once it was learned");
    }

    [Fact]
    public void Custom_likelihoods_and_priors_are_compared_by_settings_and_not_by_learned_numbers()
    {
        using var stream = new MemoryStream();
        using BayesianLinear saved = new(2, 1, prior: new OwnPrior("a", 1)), model = new(2, 1, prior: new OwnPrior("a", 2)),
            other = new(2, 1, prior: new OwnPrior("b", 1));
        using ElboLoss loss = new(new OwnLikelihood(0.5f), 10), another = new(new OwnLikelihood(2), 10);
        Checkpoint.Save(saved, stream, loss);
        stream.Position = 0;
        Checkpoint.Load(model, stream, another);
        another.Likelihood.ToString().Should().Be(loss.Likelihood.ToString());
        stream.Position = 0;
        FluentActions.Invoking(() => Checkpoint.Load(other, stream, another))
            .Should().Throw<CheckpointException>().WithMessage("*OwnPrior(a)*, and is *OwnPrior(b)*");
    }

    [Fact]
    public void A_folder_is_refused()
    {
        using var model = Model();
        string folder = Path.GetTempPath();
        FluentActions.Invoking(() => Checkpoint.Load(model, folder))
            .Should().Throw<CheckpointException>().WithMessage("'*' is a folder; expected a file.");
        FluentActions.Invoking(() => Checkpoint.Describe(folder)).Should().Throw<CheckpointException>();
    }

    [Fact]
    public void A_failure_during_writing_keeps_the_old_file_and_leaves_no_other()
    {
        var folder = Directory.CreateTempSubdirectory("bayes-layers-");
        try
        {
            string path = Path.Combine(folder.FullName, "model");
            using var model = Model();
            Checkpoint.Save(model, path);
            byte[] before = File.ReadAllBytes(path);
            // Its bytes cannot be read, and it is written last.
            model.register_buffer("z", eye(3).to_sparse());
            FluentActions.Invoking(() => Checkpoint.Save(model, path)).Should().Throw<Exception>();
            File.ReadAllBytes(path).Should().Equal(before);
            folder.GetFiles().Should().ContainSingle();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_full_disk_is_reported()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "there is no device that is always full");
        using var model = Model();
        FluentActions.Invoking(() => SaveToFullDisk(model)).Should().Throw<IOException>();

        static void SaveToFullDisk(BayesianLinear model)
        {
            using var stream = new FileStream("/dev/full", FileMode.Open, FileAccess.Write);
            Checkpoint.Save(model, stream);
        }
    }

    [Fact]
    public void A_model_that_cannot_be_saved_keeps_the_old_file_and_leaves_no_other()
    {
        var folder = Directory.CreateTempSubdirectory("bayes-layers-");
        try
        {
            using BayesianLinear model = Model(), loaded = Model();
            using BayesianSequential taken = new(("loss", new BayesianLinear(2, 1)));
            string path = Path.Combine(folder.FullName, "model");
            Checkpoint.Save(model, path);
            FluentActions.Invoking(() => Checkpoint.Save(taken, path))
                .Should().Throw<ArgumentException>().WithMessage("The model has a module named 'loss', *");
            Checkpoint.Load(loaded, path);
            FluentActions.Invoking(() => Checkpoint.Save(model, Path.Combine(folder.FullName, "none", "model"))).Should().Throw<IOException>();
            folder.CreateSubdirectory("folder");
            FluentActions.Invoking(() => Checkpoint.Save(model, Path.Combine(folder.FullName, "folder")))
                .Should().Throw<Exception>().Which.Should().Match(each => each is IOException || each is UnauthorizedAccessException);
            folder.GetFiles("*", SearchOption.AllDirectories).Should().ContainSingle();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Arguments_are_checked()
    {
        using var model = Model();
        FluentActions.Invoking(() => Checkpoint.Load(model, new NoSeek())).Should().Throw<ArgumentException>().WithMessage("The stream cannot seek*");
        FluentActions.Invoking(() => Checkpoint.Load(model, "/no/such/file")).Should().Throw<IOException>();
        FluentActions.Invoking(() => Checkpoint.Load(null!, new MemoryStream())).Should().Throw<ArgumentNullException>();
        FluentActions.Invoking(() => Checkpoint.Save(model, "")).Should().Throw<ArgumentException>();
    }

    private static byte[] Damaged(byte[] good, int header, Random random)
    {
        byte[] bad = [.. good];
        switch (random.Next(6))
        {
            case 0:
                return bad[..random.Next(bad.Length)];
            case 1:
                return [.. bad, .. new byte[1 + random.Next(9)]];
            case 2:
                bad[random.Next(8)] ^= (byte)(1 << random.Next(8));
                return bad;
            case 3:
                for (int i = 0; i < 4; i++)
                    bad[random.Next(bad.Length)] = (byte)random.Next(256);
                return bad;
            case 4:
                // Replaces a digit by a digit, so that offsets and shapes remain numbers.
                int[] digits = [.. Enumerable.Range(8, header - 8).Where(at => bad[at] is >= (byte)'0' and <= (byte)'9')];
                bad[digits[random.Next(digits.Length)]] = (byte)('0' + random.Next(10));
                return bad;
            default:
                bad[8 + random.Next(header - 8)] ^= (byte)(1 << random.Next(8));
                return bad;
        }
    }

    private static BayesianLinear Model() => new(2, 1, hasBias: false);

    private static void ShouldBeRefused(byte[] file, string message)
    {
        using var model = Model();
        double[] before = [.. Values(model.weight_mu), .. Values(model.weight_log_var)];
        FluentActions.Invoking(() => Checkpoint.Load(model, new MemoryStream(file)))
            .Should().Throw<CheckpointException>().WithMessage(message).Which.Message.Should().NotContain("\n");
        double[] after = [.. Values(model.weight_mu), .. Values(model.weight_log_var)];
        after.Should().Equal(before);
    }

    private sealed class Holder : nn.Module
    {
        public Holder(float value) : base(nameof(Holder)) => register_buffer("value", tensor(value));
    }

    private sealed class OwnPrior(string name, float learned) : Prior
    {
        private readonly Holder _holder = new(learned);

        public override double Stddev => _holder.get_buffer("value")!.item<float>();

        public override nn.Module Parameters => _holder;

        public override Prior For(IReadOnlyList<long> shape, ScalarType dtype) => new OwnPrior(name, (float)Stddev);

        public override Tensor LogProbability(Tensor weight) => zeros_like(weight);

        public override Tensor KlDivergence(Bayes.Layers.Posteriors.MeanFieldNormal posterior) => zeros([]);

        public override string ToString() => $"OwnPrior({name}, {Stddev})";

        protected internal override string Settings => $"OwnPrior({name})";
    }

    private sealed class OwnLikelihood(float learned) : Likelihood
    {
        private readonly Holder _holder = new(learned);

        public override nn.Module Parameters => _holder;

        public override Tensor LogProbability(Tensor output, Tensor target) => zeros_like(target);

        public override Tensor Mean(Tensor output) => output.alias();

        public override Tensor Variance(Tensor output) => ones_like(output);

        public override string ToString() => $"OwnLikelihood({_holder.get_buffer("value")!.item<float>()})";

        protected internal override string Settings => "OwnLikelihood";
    }

    private sealed class NoSeek : MemoryStream
    {
        public override bool CanSeek => false;
    }
}
