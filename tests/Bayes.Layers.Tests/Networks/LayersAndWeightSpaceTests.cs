using Bayes.Layers.Conversion;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using Bayes.Layers.Training;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Networks;

/// <summary>A network that can become Bayesian layers computes the same in weight space, with the same noise.</summary>
public sealed class LayersAndWeightSpaceTests : TorchTest
{
    private const int Rows = 5;

    private static readonly Dictionary<string, Given> Networks = new()
    {
        ["dense"] = new(() => Sequential(Linear(4, 6, dtype: float64), Tanh(), Linear(6, 2, dtype: float64)), () => Normal(Rows, 4)),
        ["without biases"] = new(
            () => Sequential(("a", Linear(4, 6, hasBias: false, dtype: float64)), ("act", ReLU()), ("b", Linear(6, 2, false, dtype: float64))),
            () => Normal(Rows, 4)),
        ["images"] = new(
            () => Sequential(Conv2d(1, 3, 3, padding: 1L, dtype: float64), ReLU(), MaxPool2d(2), Conv2d(3, 4, 3, dtype: float64), ReLU(), Flatten(),
                Linear(4 * 2 * 2, 2, dtype: float64)),
            () => Normal(Rows, 1, 8, 8)),
        ["transposed convolution"] = new(
            () => Sequential(ConvTranspose1d(2, 3, 3, stride: 2, dtype: float64), Tanh(), Flatten(), Linear(3 * 9, 2, dtype: float64)),
            () => Normal(Rows, 2, 4)),
        ["batch normalization in evaluation mode"] = new(
            () => Normalized(Sequential(
                ("body", Sequential(Linear(4, 6, dtype: float64), BatchNorm1d(6, dtype: float64), ReLU())), ("head", Linear(6, 2, dtype: float64)))),
            () => Normal(Rows, 4)),
        ["words"] = new(
            () => Sequential(Embedding(7, 3, dtype: float64), Flatten(), Linear(9, 2, dtype: float64)), () => randint(0, 7, [Rows, 3], int64))
            { IsNative = true },
        ["shared parameters"] = new(() => Tied(), () => Normal(Rows, 4)),
        ["shared words"] = new(() => TiedWords(), () => randint(0, 5, [Rows], int64)) { Outputs = 5, IsNative = true },
        ["dependent weights"] = new(
            () => Sequential(Linear(4, 6, dtype: float64), Tanh(), Linear(6, 2, dtype: float64)), () => Normal(Rows, 4))
            {
                Options = new() { Initializer = new FanInInitializer(1, 0.4) { Family = new LowRankFamily(rank: 2) } },
            },
        ["frozen layer"] = new(() => Frozen(), () => Normal(Rows, 4)),
        ["other priors"] = new(
            () => Sequential(Linear(4, 6, dtype: float64), Tanh(), Linear(6, 2, dtype: float64)), () => Normal(Rows, 4))
            { Options = new() { Prior = new ScaleMixturePrior(0.5, 1, 0.1), BiasPrior = new LearnedScalePrior() } },
        ["the network's weights as priors"] = new(
            () => Sequential(Linear(4, 6, dtype: float64), Tanh(), Linear(6, 2, dtype: float64)), () => Normal(Rows, 4))
            { Options = new() { Moped = new Moped(0.3) } },
    };

    private static readonly Dictionary<string, Func<NoiseSource, Estimator>> Estimators = new()
    {
        ["one draw"] = noise => new Reparameterization(1, noise),
        ["three draws"] = noise => new Reparameterization(3, noise),
        ["antithetic"] = noise => new Reparameterization(4, noise, antithetic: true),
    };

    public static TheoryData<string> Names => [.. Networks.Keys];

    public static TheoryData<string, string> Cases => new(from network in Networks.Keys from estimator in Estimators.Keys select (network, estimator));

    [Theory]
    [MemberData(nameof(Names))]
    public void Both_start_with_the_same_posterior(string name)
    {
        var given = Networks[name];
        random.manual_seed(3);
        using var layers = Bayesian(given, ConversionForm.Layers);
        random.manual_seed(3);
        using var network = (WeightSpaceModule)Bayesian(given, ConversionForm.WeightSpace);
        foreach (var (key, own, other) in Pairs(network, layers))
            // A factor of dependent weights is drawn, from a generator that is elsewhere.
            if (!key.EndsWith("_factor", StringComparison.Ordinal))
                ShouldBeClose(own, other, 1e-15, key);
        network.RandomParameters.Should().Equal(layers.named_parameters().Select(each => each.name)
            .Where(key => key.EndsWith("_mu", StringComparison.Ordinal)).Select(key => key[..^"_mu".Length]).Distinct()
            .Where(key => Pairs(network, layers).Any(pair => pair.Key == $"network.{key}")));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Passes_divergence_and_gradients_are_the_same(string name, string estimator)
    {
        if (Networks[name].IsNative)
            return;
        using var both = new Both(Networks[name]);
        var input = Networks[name].Input();
        var target = Normal(Rows, Networks[name].Outputs);
        using var loss = new ElboLoss(new GaussianLikelihood(0.5), 40);
        var results = both.Map(model =>
        {
            using var noise = new TorchNoise(11);
            var output = model.Sample(input, Estimators[estimator](noise));
            var divergence = model.KlDivergence();
            loss.forward(output, target, divergence).backward();
            return (output, divergence);
        });
        ShouldBeClose(results.Network.output, results.Layers.output, 1e-12);
        ShouldBeClose(results.Network.divergence, results.Layers.divergence, 1e-12);
        both.GradientsShouldBeEqual();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_divergence_of_a_pass_is_the_same(string name, string estimator)
    {
        using var noGrad = no_grad();
        using var both = new Both(Networks[name]);
        var input = Networks[name].Input();
        var results = both.Map(model =>
        {
            using var noise = new TorchNoise(11);
            return model.SampleWithKl(input, Estimators[estimator](noise));
        });
        ShouldBeClose(results.Network.Output, results.Layers.Output, 1e-12);
        ShouldBeClose(results.Network.KlDivergence, results.Layers.KlDivergence, 1e-12);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Steps_of_one_and_of_joined_batches_are_the_same(string name, string estimator)
    {
        using var both = new Both(Networks[name]);
        var data = Enumerable.Range(0, 2).Select(_ => (Networks[name].Input(), Normal(Rows, Networks[name].Outputs))).ToArray();
        using var loss = new ElboLoss(new GaussianLikelihood(0.5), 40, beta: 0.8);
        var results = both.Map(model =>
        {
            using var noise = new TorchNoise(11);
            using var step = new VariationalStep(model, loss, parameters => optim.SGD(parameters, 0.05), Estimators[estimator](noise));
            var numbers = new List<double>();
            for (int i = 0; i < 3; i++)
            {
                using var one = step.Run(data[0].Item1, data[0].Item2, klFactor: 1.5);
                using var joined = step.ComputeGradients(data);
                numbers.AddRange([step.GradientNorm(), Number(one.NegativeLogLikelihood), Number(one.KlDivergence), Number(one.Total),
                    Number(joined.NegativeLogLikelihood), Number(joined.KlDivergence), Number(joined.Total)]);
                step.ApplyGradients();
            }
            return numbers;
        });
        results.Network.Should().HaveCount(21);
        foreach (var (found, wanted) in results.Network.Zip(results.Layers))
            found.Should().BeApproximately(wanted, 1e-12 * Math.Max(1, Math.Abs(wanted)));
        both.ValuesShouldBeEqual();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Named_draws_and_predictions_are_the_same(string name)
    {
        using var both = new Both(Networks[name]);
        var input = Networks[name].Input();
        var target = Normal(Rows, Networks[name].Outputs);
        var results = both.Map(model =>
        {
            using var noGrad = no_grad();
            using PosteriorDraws draws = new(seed: 5, count: 4), later = new(seed: 5, count: 2, first: 3);
            MonteCarloPredictive Of(int samples) => new(model, new GaussianLikelihood(0.3), samples, seed: 5);
            using var whole = Of(7).Predict(input, target, keepSamples: true);
            using Predictive first = Of(3).Predict(input), second = Of(4).Predict(input, firstDraw: 3), merged = Predictive.Merge(first, second);
            return new[] { model.Sample(input, draws), model.Sample(input, later), whole.Mean.clone(), whole.TotalVariance.clone(),
                whole.Samples.clone(), whole.LogPredictiveDensity.clone(), merged.Mean.clone(), merged.TotalVariance.clone() };
        });
        foreach (var (found, wanted) in results.Network.Zip(results.Layers))
            ShouldBeClose(found, wanted, 1e-12);
        ShouldBeClose(results.Network[1][0], results.Network[0][3], 1e-12, "draw 3 is draw 3");
        ShouldBeClose(results.Network[6], results.Network[2], 1e-12, "the parts are the whole");
        ShouldDiffer(results.Network[0][0], results.Network[0][1]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_weights_of_a_draw_are_the_same_to_the_bit(string name)
    {
        using var both = new Both(Networks[name]);
        foreach (int draw in new[] { 0, 3 })
        {
            var (layers, network) = both.Map(model => model.ToDeterministic(seed: 9, draw).state_dict());
            network.Keys.Should().BeEquivalentTo(layers.Keys);
            foreach (var (key, value) in network)
                ShouldBeClose(value, layers[key], 0, key);
        }
        var means = both.Map(model => model.ToDeterministic().state_dict());
        foreach (var (key, value) in means.Network)
            ShouldBeClose(value, means.Layers[key], 0, key);
    }

    /// <summary>
    /// A layer has no weights for the row of <c>padding_idx</c>, and weight space has, so their noise differs; but the row is 0 in every draw, and
    /// the divergence is the same.
    /// </summary>
    [Fact]
    public void The_row_of_padding_is_zero_in_every_draw_and_adds_no_divergence()
    {
        static Module<Tensor, Tensor> Make() =>
            Sequential(("words", Embedding(7, 3, padding_idx: 2, dtype: float64)), ("out", Linear(3, 2, dtype: float64)));
        random.manual_seed(17);
        using var layers = Make().ToBayesian(new BayesianConversion { Form = ConversionForm.Layers });
        random.manual_seed(17);
        using var network = (WeightSpaceModule)Make().ToBayesian(new BayesianConversion { Form = ConversionForm.WeightSpace, Copy = Make });
        ShouldBeClose(network.KlDivergence(), layers.KlDivergence(), 1e-12);
        var input = tensor(new long[] { 2, 5 });
        ShouldBeClose(network.Sample(input, PosteriorMean.Instance), layers.Sample(input, PosteriorMean.Instance), 1e-12);
        foreach (int draw in new[] { 0, 1 })
        {
            using var plain = network.ToDeterministic(seed: 3, draw);
            var weight = plain.state_dict()["words.weight"];
            ShouldBeClose(weight[2], zeros(3, float64), 0);
            Values(weight[5]).Should().OnlyContain(value => value != 0);
        }
        using var loss = new ElboLoss(new GaussianLikelihood(0.5), 2);
        using var step = new VariationalStep(network, loss, parameters => optim.SGD(parameters, 0.1), new Reparameterization(2));
        for (int i = 0; i < 3; i++)
            step.Run(input, Normal(2, 2)).Dispose();
        var state = network.state_dict();
        ShouldBeClose(state["network.words.weight"][2], zeros(3, float64), 0, "the row takes no step");
        ShouldBeClose(state["posterior.words.weight_log_var"][2], zeros(3, float64), 1e-12, "which is the prior's");
    }

    private static double Number(Tensor scalar) => scalar.to(float64).ToDouble();

    private static BayesianModule Bayesian(Given given, ConversionForm form)
    {
        random.manual_seed(17);
        var options = (given.Options ?? new() { Initializer = new FanInInitializer(1, 0.5) }) with { Form = form, Copy = given.Make };
        return given.Make().ToBayesian(options);
    }

    /// <summary>Returns the tensors that both have, with the key in weight space.</summary>
    private static IEnumerable<(string Key, Tensor Network, Tensor Layers)> Pairs(WeightSpaceModule network, BayesianModule layers)
    {
        var others = layers.state_dict();
        var random = network.RandomParameters.ToHashSet();
        foreach (var (key, value) in network.state_dict())
        {
            var (root, own) = (key[..key.IndexOf('.')], key[(key.IndexOf('.') + 1)..]);
            if (root == "network" && random.Contains(own))
                own += "_mu";
            // The second name of a shared parameter.
            else if (root == "network" && !others.ContainsKey(own))
                continue;
            yield return (key, value, others[own]);
        }
    }

    private static Module<Tensor, Tensor> Normalized(Sequential network)
    {
        using var noGrad = no_grad();
        foreach (var (name, buffer) in network.named_buffers())
            if (name.EndsWith("running_mean", StringComparison.Ordinal))
                buffer.copy_(Normal(6));
            else if (name.EndsWith("running_var", StringComparison.Ordinal))
                buffer.copy_(Normal(6).exp());
        network.eval();
        return network;
    }

    private static Sequential Tied()
    {
        Linear first = Linear(4, 4, dtype: float64), second = Linear(4, 4, dtype: float64);
        second.weight = first.weight;
        return Sequential(("a", first), ("tanh", Tanh()), ("b", second), ("relu", ReLU()), ("again", first), ("out", Linear(4, 2, dtype: float64)));
    }

    private static Sequential TiedWords()
    {
        var words = Embedding(5, 3, dtype: float64);
        var back = Linear(3, 5, hasBias: false, dtype: float64);
        back.weight = words.weight!;
        return Sequential(("words", words), ("tanh", Tanh()), ("back", back));
    }

    private static Sequential Frozen()
    {
        var frozen = Linear(4, 6, dtype: float64);
        foreach (var parameter in frozen.parameters())
            parameter.requires_grad = false;
        return Sequential(("frozen", frozen), ("tanh", Tanh()), ("out", Linear(6, 2, dtype: float64)));
    }

    /// <summary>A network with its input.</summary>
    private sealed record Given(Func<Module<Tensor, Tensor>> Make, Func<Tensor> Input)
    {
        public long Outputs { get; init; } = 2;

        /// <summary>Whether native code reads parameters, to whose draws no gradient flows outside of a step.</summary>
        public bool IsNative { get; init; }

        public BayesianConversion? Options { get; init; }
    }

    /// <summary>The two forms of a network, with the same random parameters.</summary>
    private sealed class Both : IDisposable
    {
        private readonly WeightSpaceModule _network;

        public Both(Given given)
        {
            Layers = Bayesian(given, ConversionForm.Layers);
            _network = (WeightSpaceModule)Bayesian(given, ConversionForm.WeightSpace);
            using var noGrad = no_grad();
            foreach (var (key, own, other) in Pairs(_network, Layers))
            {
                if (own.dtype == ScalarType.Float64 && !key.Contains("running", StringComparison.Ordinal)
                    && !key.Contains("_prior", StringComparison.Ordinal))
                    other.add_(Normal(other.shape).mul(0.2));
                own.copy_(other);
            }
        }

        public BayesianModule Layers { get; }

        public (T Layers, T Network) Map<T>(Func<BayesianModule, T> compute) => (compute(Layers), compute(_network));

        public void ValuesShouldBeEqual()
        {
            foreach (var (key, own, other) in Pairs(_network, Layers))
                ShouldBeClose(own, other, 1e-12, key);
        }

        public void GradientsShouldBeEqual()
        {
            var own = _network.named_parameters().ToDictionary(each => each.name, each => each.parameter);
            var others = Layers.named_parameters().ToDictionary(each => each.name, each => each.parameter);
            own.Should().HaveCountLessThanOrEqualTo(others.Count);
            foreach (var (key, parameter) in own)
            {
                string other = key[(key.IndexOf('.') + 1)..];
                var wanted = others.GetValueOrDefault(other) ?? others.GetValueOrDefault(other + "_mu");
                if (wanted is null)
                    continue;
                (parameter.grad is null).Should().Be(wanted.grad is null, key);
                if (wanted.grad is { } gradient)
                    ShouldBeClose(parameter.grad!, gradient, 1e-12, key);
            }
        }

        public void Dispose()
        {
            Layers.Dispose();
            _network.Dispose();
        }
    }
}
