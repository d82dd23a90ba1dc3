using Bayes.Layers.Checkpoints;
using Bayes.Layers.Conversion;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Training;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Conversion;

/// <summary>Shared parameters stay shared in both directions: one parameter is one random variable.</summary>
public sealed class SharedParametersTests : TorchTest
{
    public static TheoryData<string> Kinds => [.. Networks.Keys];

    private static readonly Dictionary<string, (Func<nn.Module<Tensor, Tensor>> Network, Func<Tensor> Input, int Posteriors)> Networks = new()
    {
        ["linear weights"] = (() => Tied(nn.Linear(4, 4, dtype: float64), nn.Linear(4, 4, dtype: float64), (a, b) => b.weight = a.weight), () =>
            Normal(3, 4), 3),
        ["linear weights and biases"] = (
            () => Tied(nn.Linear(4, 4, dtype: float64), nn.Linear(4, 4, dtype: float64), (a, b) => (b.weight, b.bias) = (a.weight, a.bias)), () =>
                Normal(3, 4), 2),
        ["convolutions"] = (
            () => Tied(nn.Conv2d(2, 2, 3, padding: 1, dtype: float64), nn.Conv2d(2, 2, 3, padding: 2, dilation: 2, dtype: float64), (a, b) =>
                (b.weight, b.bias) = (a.weight, a.bias)),
            () => Normal(2, 2, 5, 5), 2),
        ["embedding and linear"] = (() => Tied(nn.Embedding(5, 3, dtype: float64), nn.Linear(3, 5, hasBias: false, dtype: float64), (a, b) =>
            b.weight = a.weight!), () => tensor(new long[] { 0, 4, 1 }), 1),
        ["a layer that stands twice"] = (() => Twice(nn.Linear(4, 4, dtype: float64)), () => Normal(3, 4), 2),
    };

    private static Sequential Tied<A, B>(A first, B second, Action<A, B> tie) where A : nn.Module<Tensor, Tensor> where B : nn.Module<Tensor, Tensor>
    {
        tie(first, second);
        return nn.Sequential(("a", first), ("tanh", nn.Tanh()), ("b", second));
    }

    private static Sequential Twice(Linear layer) => nn.Sequential(("a", layer), ("tanh", nn.Tanh()), ("b", layer));

    private static int Distinct(nn.Module model) => model.modules().OfType<BayesianLayer>()
        .SelectMany(layer => new Tensor?[] { layer.weight_mu, layer.bias_mu }).OfType<Tensor>().Distinct(ReferenceEqualityComparer.Instance).Count();

    [Theory, MemberData(nameof(Kinds))]
    public void A_shared_parameter_becomes_one_posterior_and_one_parameter_again(string kind)
    {
        var (make, makeInput, posteriors) = Networks[kind];
        using var network = make();
        var input = makeInput();
        var expected = network.forward(input);
        using var model = network.ToBayesian();
        Distinct(model).Should().Be(posteriors);
        var layers = model.modules().OfType<BayesianLayer>().ToArray();
        layers[0].weight_mu.Should().BeSameAs(layers[^1].weight_mu);
        layers[0].weight_log_var.Should().BeSameAs(layers[^1].weight_log_var);
        ShouldBeClose(model.Sample(input, PosteriorMean.Instance).squeeze(0), expected, 1e-12);

        using var back = model.ToDeterministic();
        ShouldBeClose(back.forward(input), expected, 1e-12);
        ShouldBeShared(back);
        using var drawn = model.ToDeterministic(seed: 3, draw: 2);
        using var draws = new PosteriorDraws(3, 1, 2);
        ShouldBeClose(drawn.forward(input), model.Sample(input, draws).squeeze(0), 1e-12);
        ShouldBeShared(drawn);

        static void ShouldBeShared(nn.Module<Tensor, Tensor> plain)
        {
            var children = plain.named_children().ToDictionary(child => child.name, child => child.module);
            using (no_grad())
                Weight(children["a"]).fill_(0.25);
            Values(Weight(children["b"])).Should().OnlyContain(value => value == 0.25);
        }

        static Parameter Weight(nn.Module module) => module switch
        {
            Linear linear => linear.weight,
            Conv2d convolution => convolution.weight,
            _ => ((Embedding)module).weight!,
        };
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Shared_parameters_stay_shared_when_the_model_is_moved(string kind)
    {
        // TorchSharp's own layers with a shared parameter fail here: the second uses what the first freed.
        using var network = Networks[kind].Network();
        using var model = network.ToBayesian();
        int posteriors = Distinct(model);
        model.to(ScalarType.Float32);
        Distinct(model).Should().Be(posteriors);
        model.parameters().Should().OnlyContain(parameter => parameter.dtype == ScalarType.Float32);
        model.to(ScalarType.Float64);
        Distinct(model).Should().Be(posteriors);
        ShouldBeFinite(model.Sample(Networks[kind].Input(), 2));
    }

    [Fact]
    public void Shared_parameters_stay_shared_in_a_plain_container()
    {
        BayesianLinear first = new(2, 2), second = new(2, 2);
        (second.weight_mu, second.weight_log_var) = (first.weight_mu, first.weight_log_var);
        using var model = nn.Sequential(first, nn.Tanh(), second);
        long before = LiveTensors();
        model.to(ScalarType.Float64);
        second.weight_mu.Should().BeSameAs(first.weight_mu);
        second.bias_mu.Should().NotBeSameAs(first.bias_mu);
        ShouldBeFinite(model.forward(Normal(3, 2)));
        second.to(ScalarType.Float32);
        first.to(ScalarType.Float32);
        second.weight_log_var.Should().BeSameAs(first.weight_log_var, "moved one by one they meet again");
        model.Dispose();
        LiveTensors().Should().BeLessThan(before);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Disposing_a_model_frees_shared_parameters_once(string kind)
    {
        using var network = Networks[kind].Network();
        long before = LiveTensors();
        network.ToBayesian().Dispose();
        LiveTensors().Should().Be(before);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Shared_parameters_count_once_train_as_one_and_load_as_one(string kind)
    {
        var (make, makeInput, posteriors) = Networks[kind];
        foreach (var options in new[] { new BayesianConversion(), new BayesianConversion { Moped = new Moped() } })
        {
            using var network = make();
            var input = makeInput();
            using var model = network.ToBayesian(options);
            var variables = model.Variables().ToArray();
            variables.Should().HaveCount(posteriors);
            ShouldBeClose(model.KlDivergence(), variables.Select(each => each.Prior.KlDivergence(each.Posterior)).Aggregate((sum, next) =>
                sum + next), 1e-12);

            var target = network.forward(input).detach();
            using (var step = new VariationalStep(model, new ElboLoss(new GaussianLikelihood(0.1), 10), parameters => optim.Adam(parameters, 0.05)))
                for (int i = 0; i < 3; i++)
                    step.Run(input, target).Dispose();
            Distinct(model).Should().Be(posteriors);

            using var other = network.ToBayesian(options);
            using var file = new MemoryStream();
            Checkpoint.Save(model, file);
            file.Position = 0;
            Checkpoint.Load(other, file);
            Distinct(other).Should().Be(posteriors);
            using PosteriorDraws first = new(seed: 1, count: 2), second = new(seed: 1, count: 2);
            ShouldBeClose(other.Sample(input, second), model.Sample(input, first), 0);
        }
    }

    [Fact]
    public void A_frozen_mean_becomes_a_frozen_parameter()
    {
        using var model = new BayesianSequential(("a", new BayesianLinear(2, 2)), ("b", new BayesianLinear(2, 2)));
        foreach (var (name, parameter) in model.named_parameters())
            parameter.requires_grad = !name.StartsWith("a.", StringComparison.Ordinal);
        model.ToDeterministic().named_parameters().Where(each => !each.parameter.requires_grad).Select(each =>
            each.name).Should().Equal("a.weight", "a.bias");
    }

    [Fact]
    public void A_parameter_replaced_in_one_layer_stays_in_the_other()
    {
        using BayesianLinear first = new(2, 2, dtype: float64), second = new(2, 2, dtype: float64);
        (second.weight_mu, second.weight_log_var) = (first.weight_mu, first.weight_log_var);
        var shared = first.weight_mu;
        first.weight_mu = new Parameter(Normal(2, 2));
        shared.IsInvalid.Should().BeFalse("the second layer uses it");
        second.weight_mu = new Parameter(Normal(2, 2));
        shared.IsInvalid.Should().BeTrue("nobody uses it");
    }

    [Fact]
    public void A_shared_parameter_that_stays_plain_in_one_layer_is_refused()
    {
        using var network = Networks["linear weights"].Network();
        long before = LiveTensors();
        network.Invoking(n => n.ToBayesian(new BayesianConversion { Select = (path, _) => path == "a" })).Should().Throw<ArgumentException>()
            .WithMessage("'b.weight' stays plain, but is also a parameter of the module 'a', which becomes Bayesian; convert both layers, or "
                + "neither*");
        network.Invoking(n => n.ToBayesian(new BayesianConversion { LastLayerOnly = true })).Should().Throw<ArgumentException>()
            .WithMessage("'a.weight' stays plain*also*'b'*");
        LiveTensors().Should().Be(before);
    }

    [Fact]
    public void A_weight_that_one_layer_has_transposed_is_refused()
    {
        var linear = nn.Linear(3, 5, dtype: float64);
        using var network = nn.Sequential(("a", linear), ("b", nn.Linear(new Parameter(linear.weight.detach().t()))));
        network.Invoking(n => n.ToBayesian()).Should().Throw<ArgumentException>()
            .WithMessage("The module 'b', a Linear, cannot become Bayesian: it shares the memory of a parameter with the module "
                + "'a'*strides*expected the same parameter in both*");
    }

    [Fact]
    public void A_padding_whose_row_another_layer_trains_is_refused()
    {
        using var network = Tied(nn.Embedding(5, 3, padding_idx: 1, dtype: float64), nn.Linear(3, 5, hasBias: false, dtype: float64), (a, b) =>
            b.weight = a.weight!);
        network.Invoking(n => n.ToBayesian()).Should().Throw<ArgumentException>()
            .WithMessage("The module 'b', a Linear, cannot become Bayesian: it shares its weight with the module 'a', and no row is a padding_idx "
                + "here and row 1 is its padding_idx there*");
    }

    [Fact]
    public void Two_embeddings_share_their_padding()
    {
        using var network = Tied(nn.Embedding(5, 3, padding_idx: 1, dtype: float64), nn.Embedding(5, 3, padding_idx: 1, dtype: float64), (a, b) =>
            b.weight = a.weight!);
        using var model = network.ToBayesian();
        Distinct(model).Should().Be(1);
        model.parameters().First().shape.Should().Equal(4, 3);
    }
}
