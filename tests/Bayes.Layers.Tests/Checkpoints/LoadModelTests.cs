using Bayes.Layers.Checkpoints;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Priors;
using Bayes.Layers.Tests.Precision;

namespace Bayes.Layers.Tests.Checkpoints;

/// <summary>A model made from its file predicts the same as the saved one, to the bit.</summary>
public sealed class LoadModelTests : TorchTest
{
    public static TheoryData<string> Priors => [.. PriorCases.Priors.Select(each => each.Name)];

    public static TheoryData<string> Likelihoods => [.. LikelihoodCases.Likelihoods.Select(each => each.Name)];

    /// <summary>Every layer with every prior, in single and in double precision.</summary>
    [Theory]
    [MemberData(nameof(Priors))]
    public void Every_layer_with_a_prior_keeps_its_predictions_and_divergence(string name)
    {
        var makePrior = PriorCases.Priors.Single(each => each.Name == name).Make;
        foreach (var (layer, make) in LayersWithPriors)
            foreach (var dtype in new[] { float32, float64 })
            {
                using var scope = NewDisposeScope();
                using var saved = make(shape => PriorOf(makePrior(), shape), dtype);
                Disturb(saved);
                using var loaded = SavedAndMade(saved);
                loaded.Model.GetType().Should().Be(saved.GetType());
                var input = layer == nameof(BayesianEmbedding) ? arange(6, int64).remainder(4).view(2, 3) : randn(InputOf(layer), dtype);
                ShouldBeClose(Predict(loaded.Model, input), Predict(saved, input), 0, layer);
                ShouldBeClose(loaded.Model.KlDivergence(), saved.KlDivergence(), 0, layer);
                loaded.Model.ToString().Should().Be(saved.ToString());
            }
    }

    [Fact]
    public void Every_layer_has_a_case() =>
        LayersWithPriors.Select(each => each.Name).Should().BeEquivalentTo(
            ModuleCases.All.Values.Where(each => each.Type.IsSubclassOf(typeof(BayesianLayer)) || each.Type.IsSubclassOf(typeof(BayesianRecurrent)))
                .Select(each => each.Type.Name));

    [Theory]
    [MemberData(nameof(Likelihoods))]
    public void Every_likelihood_and_loss_is_restored_with_its_learned_values(string name)
    {
        var (_, make, outputs, target) = LikelihoodCases.Likelihoods.Single(each => each.Name == name);
        foreach (var dtype in new[] { float32, float64 })
            foreach (bool withLoss in new[] { true, false })
            {
                using var scope = NewDisposeScope();
                using var model = LikelihoodCases.Network(5, outputs, dtype);
                var likelihood = make(dtype);
                using var loss = new ElboLoss(likelihood, datasetSize: 12, beta: 0.5);
                Disturb(loss);
                using var stream = new MemoryStream();
                if (withLoss)
                    Checkpoint.Save(model, stream, loss);
                else
                    Checkpoint.Save(model, stream, likelihood);
                stream.Position = 0;
                using var loaded = Checkpoint.LoadModel(stream);
                loaded.Likelihood.ToString().Should().Be(likelihood.ToString());
                loaded.Likelihood.LearnedRange.Should().Be(likelihood.LearnedRange);
                (loaded.Loss?.DatasetSize, loaded.Loss?.Beta).Should().Be(withLoss ? (12, 0.5) : (null, null));
                var input = randn(12, 5, dtype);
                using var expected = new MonteCarloPredictive(model, likelihood, samples: 3, seed: 1).Predict(input, target(dtype));
                using var actual = new MonteCarloPredictive(loaded.Model, loaded.Likelihood, samples: 3, seed: 1).Predict(input, target(dtype));
                ShouldBeClose(actual.Mean, expected.Mean, 0, "of the mean");
                ShouldBeClose(actual.TotalVariance, expected.TotalVariance, 0, "of the variance");
                ShouldBeClose(actual.LogPredictiveDensity!, expected.LogPredictiveDensity!, 0, "of the density");
            }
    }

    [Fact]
    public void A_likelihoods_options_are_restored()
    {
        Likelihood[] all =
        [
            new BernoulliLikelihood(BernoulliOutput.Probabilities), new CategoricalLikelihood(classAxis: -3),
            new CategoricalLikelihood(classAxis: -1, ignoreIndex: 255, classWeights: [1, 0.1, 2e-7], labelSmoothing: 0.1),
            new CategoricalLikelihood(ignoreIndex: null), new HeteroscedasticGaussianLikelihood(channelAxis: -3),
            new GaussianMixtureLikelihood(3, minimumStddev: 0.25),
            new GaussianLikelihood([0.5, 2], channelAxis: -2), GaussianLikelihood.Learned(0.5, outputs: 2, channelAxis: -2),
            new StudentTLikelihood(4, [0.5, 2], channelAxis: -2), StudentTLikelihood.Learned(4, 0.5, outputs: 2, channelAxis: -2),
            new NegativeBinomialLikelihood([0.5, 2], channelAxis: -2), NegativeBinomialLikelihood.Learned(0.5, outputs: 2, channelAxis: -2),
            new JointLikelihood(
                new OutputPart(new CategoricalLikelihood(classAxis: -3), 2, 4, 4), new OutputPart(GaussianLikelihood.Learned(0.5, outputs: 2), 2),
                new OutputPart(new CategoricalLikelihood(), 3) { TargetShape = [3] }, new OutputPart(new PoissonLikelihood()),
                new OutputPart(new PoissonLikelihood(), 1) { TargetType = int32 },
                new OutputPart(new JointLikelihood(new OutputPart(GaussianLikelihood.Learned(0.3, minStddev: 0.1, maxStddev: 4), 1)), 1)),
        ];
        all.Append(new PoissonLikelihood()).Select(each => each.GetType()).Distinct().Should().BeEquivalentTo(LikelihoodKinds.All.Types);
        using var saved = new BayesianLinear(2, 1);
        foreach (var likelihood in all)
        {
            using var stream = new MemoryStream();
            Checkpoint.Save(saved, stream, likelihood);
            stream.Position = 0;
            using var loaded = Checkpoint.LoadModel(stream);
            loaded.Likelihood.ToString().Should().Be(likelihood.ToString());
            loaded.Likelihood.LearnedRange.Should().Be(likelihood.LearnedRange);
            likelihood.Parameters?.Dispose();
        }
    }

    /// <summary>Files of versions before these options lack them.</summary>
    [Fact]
    public void Options_of_a_categorical_likelihood_are_in_the_file_only_if_they_are_not_the_defaults()
    {
        Header(new CategoricalLikelihood(classAxis: -3)).Should().Contain(Escaped("\"options\":{\"class_axis\":-3}"));
        string weighted = Header(new CategoricalLikelihood(classWeights: [1, 2]));
        weighted.Should().Contain("class_weights").And.NotContain("label_smoothing").And.NotContain("ignore_index");

        static string Header(Likelihood likelihood)
        {
            using var saved = new BayesianLinear(2, 1);
            using var stream = new MemoryStream();
            Checkpoint.Save(saved, stream, likelihood);
            byte[] file = stream.ToArray();
            return System.Text.Encoding.UTF8.GetString(file, 8, (int)BitConverter.ToUInt64(file));
        }
    }

    /// <summary>Otherwise a file of a few bytes could request all memory.</summary>
    [Theory]
    [InlineData("\"in_features\":2", "\"in_features\":40000")]
    [InlineData("\"out_features\":3", "\"out_features\":50")]
    [InlineData("\"num_features\":3", "\"num_features\":9000000000000000000")]
    [InlineData("\"layers\":1", "\"layers\":2000000000")]
    public void No_more_numbers_are_allocated_than_the_file_has(string from, string to)
    {
        using var saved = new BayesianSequential(new BayesianLinear(2, 3), nn.BatchNorm1d(3), new BayesianGRU(3, 2), nn.Linear(2, 2));
        using var stream = new MemoryStream();
        Checkpoint.Save(saved, stream);
        byte[] file = stream.ToArray();
        int length = (int)BitConverter.ToUInt64(file);
        string header = System.Text.Encoding.UTF8.GetString(file, 8, length);
        header.Should().Contain(Escaped(from));
        byte[] bad = SafeTensorsFile.Of(header.Replace(Escaped(from), Escaped(to)), file[(8 + length)..]);
        FluentActions.Invoking(() => Checkpoint.LoadModel(new MemoryStream(bad))).Should().Throw<CheckpointException>()
            .WithMessage(from.Contains("layers", StringComparison.Ordinal) ? "The module '2' has no child 'input_hidden_1999999999' *"
                : "The module '*' was saved as *, with more numbers than the file has; the file is damaged.");
    }

    [Fact]
    public void A_nested_network_of_plain_and_Bayesian_modules_keeps_its_predictions()
    {
        using var saved = new BayesianSequential(
            ("head", nn.Sequential(nn.Conv2d(1, 2, 3, padding: 1), nn.BatchNorm2d(2), nn.LeakyReLU(0.2), nn.MaxPool2d(2))),
            ("body", nn.Sequential(("a", new BayesianConv2d(2, 3, 3, padding: 1, prior: new HorseshoePrior())), ("b", nn.GELU()))),
            ("end", new BayesianSequential(nn.Flatten(), new MonteCarloDropout(0.2), new BayesianLinear(12, 2, prior: new LearnedScalePrior()))));
        var input = randn(3, 1, 4, 4);
        saved.train();
        saved.forward(input);
        using var loaded = SavedAndMade(saved);
        loaded.Model.training.Should().BeFalse();
        ShouldBeClose(Predict(loaded.Model, input), Predict(saved, input), 0);
    }

    [Fact]
    public void The_device_and_the_type_can_be_chosen()
    {
        using BayesianSequential saved = new(new BayesianLinear(2, 3), nn.BatchNorm1d(3), new BayesianLinear(3, 1, prior: new LearnedScalePrior()));
        using var loss = ElboLoss.Gaussian(10);
        using var stream = new MemoryStream();
        Checkpoint.Save(saved, stream, loss);
        stream.Position = 0;
        using var loaded = Checkpoint.LoadModel(stream, CPU, float64);
        loaded.Model.parameters().Concat(loaded.Loss!.parameters()).Should().OnlyContain(parameter => parameter.dtype == float64);
        stream.Position = 0;
        FluentActions.Invoking(() => Checkpoint.LoadModel(stream, dtype: int64)).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void A_layer_used_in_two_places_is_made_once()
    {
        using var shared = new BayesianLinear(2, 2);
        using BayesianSequential saved = new(("a", shared), ("act", nn.Tanh()), ("b", shared)),
            two = new(("a", new BayesianLinear(2, 2)), ("act", nn.Tanh()), ("b", new BayesianLinear(2, 2)));
        using var stream = new MemoryStream();
        Checkpoint.Save(saved, stream);
        stream.Position = 0;
        using var loaded = Checkpoint.LoadModel(stream);
        var children = loaded.Model.named_children().ToDictionary(child => child.name, child => child.module);
        children["b"].Should().BeSameAs(children["a"]);
        stream.Position = 0;
        FluentActions.Invoking(() => Checkpoint.Load(two, stream)).Should().Throw<CheckpointException>();
    }

    [Fact]
    public void The_global_generator_does_not_advance()
    {
        using var saved = new BayesianSequential(nn.Linear(3, 3), new BayesianLinear(3, 1));
        random.manual_seed(5);
        using var expected = randn(4);
        random.manual_seed(5);
        using var loaded = SavedAndMade(saved);
        using var actual = randn(4);
        ShouldBeClose(actual, expected, 0);
    }

    [Fact]
    public void A_custom_module_is_made_by_a_function_and_otherwise_refused_by_its_path()
    {
        using var saved = new BayesianSequential(new BayesianLinear(2, 3), new OwnModule(3), new BayesianLinear(3, 1));
        using var stream = new MemoryStream();
        Checkpoint.Save(saved, stream);
        stream.Position = 0;
        FluentActions.Invoking(() => Checkpoint.LoadModel(stream)).Should().Throw<CheckpointException>()
            .WithMessage("The module '1' was saved as OwnModule(describes=of 3), which this library cannot make; *'make'*");
        stream.Position = 0;
        FluentActions.Invoking(() => Checkpoint.LoadModel(stream, make: _ => new BayesianLinear(3, 3)))
            .Should().Throw<CheckpointException>("another module than was saved is no substitute");
        stream.Position = 0;
        var asked = new List<string>();
        using var loaded = Checkpoint.LoadModel(stream, make: module =>
        {
            asked.Add($"{module.Path} {module.Type} {module.Options["describes"]} {module.Children.Single().Path}");
            return new OwnModule(3);
        });
        asked.Should().Equal("1 OwnModule of 3 1.inner");
        var input = randn(4, 2);
        ShouldBeClose(Predict(loaded.Model, input), Predict(saved, input), 0);
    }

    [Fact]
    public void A_custom_class_with_the_name_of_a_known_one_is_not_made_as_the_known_one()
    {
        using var saved = new BayesianSequential(new Tanh());
        using var stream = new MemoryStream();
        Checkpoint.Save(saved, stream);
        stream.Position = 0;
        FluentActions.Invoking(() => Checkpoint.LoadModel(stream)).Should().Throw<CheckpointException>()
            .WithMessage("The module '0' was saved as Tanh(), which this library cannot make; *");
        using var model = new BayesianSequential(nn.Tanh());
        stream.Position = 0;
        FluentActions.Invoking(() => Checkpoint.Load(model, stream)).Should().Throw<CheckpointException>();
    }

    [Fact]
    public void A_plain_network_is_refused_as_a_whole()
    {
        using var saved = nn.Sequential(nn.Linear(2, 1));
        using var stream = new MemoryStream();
        Checkpoint.Save(saved, stream);
        stream.Position = 0;
        FluentActions.Invoking(() => Checkpoint.LoadModel(stream)).Should().Throw<CheckpointException>()
            .WithMessage("The model was saved as Sequential(), which is not Bayesian; *");
    }

    [Fact]
    public void A_model_saved_without_a_loss_has_no_likelihood()
    {
        using var saved = new BayesianLinear(2, 1);
        using var loaded = SavedAndMade(saved);
        loaded.Loss.Should().BeNull();
        loaded.Invoking(each => each.Likelihood).Should().Throw<InvalidOperationException>().WithMessage("The file has no likelihood, *");
    }

    /// <summary>Whatever the damage, no more tensors are made than the file has numbers for, and none is left behind.</summary>
    [Fact]
    public void A_damaged_description_is_refused_and_leaves_no_tensor()
    {
        using var saved = new BayesianSequential(new BayesianLinear(2, 3, prior: new LearnedScalePrior()), nn.LeakyReLU(0.2), nn.BatchNorm1d(3),
            new BayesianLSTM(3, 2), nn.Linear(2, 1));
        using var loss = ElboLoss.Gaussian(10);
        using var stream = new MemoryStream();
        Checkpoint.Save(saved, stream, loss);
        string text = System.Text.Encoding.Latin1.GetString(stream.ToArray());
        int begin = text.IndexOf("bayes_layers.model", StringComparison.Ordinal), end = text.IndexOf("data_offsets", StringComparison.Ordinal);
        // Every digit, and every third letter.
        int[] places = [.. Enumerable.Range(begin, end - begin)
            .Where(i => char.IsAsciiDigit(text[i]) || (i % 3 == 0 && char.IsAsciiLetter(text[i])))];
        places.Should().HaveCountGreaterThan(200);
        long before = 0;
        foreach (int round in new[] { 0, 1 })
        {
            int refused = 0;
            foreach (int place in places)
            {
                using var scope = NewDisposeScope();
                byte[] bad = stream.ToArray();
                bad[place] = (byte)(char.IsAsciiDigit(text[place]) ? '9' - (text[place] == '9' ? 1 : 0) : 'q');
                try
                {
                    Checkpoint.LoadModel(new MemoryStream(bad)).Dispose();
                }
                catch (CheckpointException exception)
                {
                    refused++;
                    exception.Message.Should().NotContain("\n");
                }
            }
            refused.Should().BeGreaterThan(places.Length / 2);
            if (round == 0)
                before = LiveTensors();
        }
        LiveTensors().Should().Be(before);
    }

    [Fact]
    public void Nothing_is_left_over()
    {
        using var saved = new BayesianSequential(new BayesianLinear(3, 2, prior: new LearnedScalePrior()), nn.Linear(2, 1));
        using var loss = ElboLoss.Gaussian(10);
        using var stream = new MemoryStream();
        Checkpoint.Save(saved, stream, loss);
        Use();
        long before = LiveTensors();
        Use();
        LiveTensors().Should().Be(before);

        void Use()
        {
            using var scope = NewDisposeScope();
            stream.Position = 0;
            Checkpoint.LoadModel(stream).Dispose();
        }
    }

    private static (string Name, Func<Func<long[], Prior>, ScalarType, BayesianModule> Make)[] LayersWithPriors { get; } =
    [
        (nameof(BayesianLinear), (prior, dtype) => new BayesianLinear(3, 2, prior: prior([2, 3]), biasPrior: prior([2]), dtype: dtype)),
        (nameof(BayesianConv1d), (prior, dtype) =>
            new BayesianConv1d(3, 2, 3, stride: 2, padding: 1, prior: prior([2, 3, 3]), biasPrior: prior([2]), dtype: dtype)),
        (nameof(BayesianConv2d), (prior, dtype) =>
            new BayesianConv2d(2, 2, (3, 2), (1, 2), (1, 0), (2, 1), prior: prior([2, 2, 3, 2]), biasPrior: prior([2]), dtype: dtype)),
        (nameof(BayesianConv3d), (prior, dtype) =>
            new BayesianConv3d(2, 2, 2, padding: 1, groups: 2, prior: prior([2, 1, 2, 2, 2]), biasPrior: prior([2]), dtype: dtype)),
        (nameof(BayesianConvTranspose2d), (prior, dtype) =>
            new BayesianConvTranspose2d(2, 2, (2, 3), (2, 3), (1, 0), (1, 0), prior: prior([2, 2, 2, 3]), biasPrior: prior([2]), dtype: dtype)),
        (nameof(BayesianConvTranspose1d), (prior, dtype) => new BayesianConvTranspose1d(
            3, 2, 3, stride: 2, prior: prior([3, 2, 3]), biasPrior: prior([2]), dtype: dtype)),
        (nameof(BayesianConvTranspose3d), (prior, dtype) => new BayesianConvTranspose3d(
            2, 2, 2, stride: 2, prior: prior([2, 2, 2, 2, 2]), biasPrior: prior([2]), dtype: dtype)),
        (nameof(BayesianEmbedding), (prior, dtype) => new BayesianEmbedding(4, 3, prior([4, 3]), dtype: dtype)),
        (nameof(BayesianLSTM), (prior, dtype) =>
            new BayesianLSTM(3, 3, returnsSequence: false, prior: prior([12, 3]), biasPrior: prior([12]), dtype: dtype)),
        (nameof(BayesianGRU), (prior, dtype) => new BayesianGRU(3, 3, hasBias: false, prior: prior([9, 3]), dtype: dtype)),
    ];

    private static long[] InputOf(string layer) => layer switch
    {
        nameof(BayesianLinear) => [4, 3],
        nameof(BayesianConv1d) or nameof(BayesianConvTranspose1d) => [2, 3, 7],
        nameof(BayesianConv2d) or nameof(BayesianConvTranspose2d) => [2, 2, 6, 6],
        nameof(BayesianConv3d) or nameof(BayesianConvTranspose3d) => [2, 2, 3, 3, 3],
        _ => [2, 5, 3],
    };

    // A prior per weight fits only one shape.
    private static Prior PriorOf(Prior prior, long[] shape) => prior is PerWeightNormalPrior
        ? NormalPrior.PerWeight(randn(shape), rand(shape).add(0.1)) : prior;

    // Escaped like a JSON string inside a JSON string.
    private static string Escaped(string text) => text.Replace("\"", "\\u0022");

    private static LoadedModel SavedAndMade(nn.Module model)
    {
        using var stream = new MemoryStream();
        Checkpoint.Save(model, stream);
        stream.Position = 0;
        return Checkpoint.LoadModel(stream);
    }

    private static void Disturb(nn.Module module)
    {
        using var noGrad = no_grad();
        foreach (var parameter in module.parameters())
            parameter.add_(randn(parameter.shape, parameter.dtype).mul(0.1));
    }

    private static Tensor Predict(BayesianModule model, Tensor input)
    {
        model.eval();
        using var draws = new PosteriorDraws(seed: 3, 2);
        return model.Sample(input, draws).detach();
    }

    private sealed class OwnModule : BayesianModule
    {
        private readonly long _size;

        public OwnModule(long size) : base(nameof(OwnModule))
        {
            _size = size;
            register_module("inner", new BayesianLinear(size, size));
        }

        public override Tensor Propagate(Tensor input, Pass pass) => ((BayesianModule)children().Single()).Propagate(input, pass);

        protected internal override string Describe() => $"of {_size}";
    }

    private sealed class Tanh() : nn.Module<Tensor, Tensor>(nameof(Tanh))
    {
        public override Tensor forward(Tensor input) => input.neg();
    }
}
