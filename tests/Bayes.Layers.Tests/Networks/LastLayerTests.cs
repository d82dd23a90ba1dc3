using Bayes.Layers.Conversion;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Training;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Networks;

/// <summary>A network with a forward of its own, of which the last layer alone is random.</summary>
public sealed class LastLayerTests : TorchTest
{
    private const int Rows = 7;

    private static readonly Dictionary<string, Func<NoiseSource, Estimator>> Makers = new()
    {
        ["draws"] = noise => new Reparameterization(3, noise),
        ["antithetic"] = noise => new Reparameterization(4, noise, antithetic: true),
        ["local"] = noise => new LocalReparameterization(3, noise),
        ["flipout"] = noise => new Flipout(3, noise),
        ["mean"] = _ => PosteriorMean.Instance,
    };

    public static TheoryData<string, string> Cases => new(
        from ending in Enum.GetNames<Ending>() from estimator in Makers.Keys select (ending, estimator));

    public static TheoryData<string> Endings => [.. Enum.GetNames<Ending>()];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Passes_and_gradients_equal_a_layer_with_the_same_weights(string ending, string estimator)
    {
        var kind = Enum.Parse<Ending>(ending);
        using var network = new ImageNetwork(kind);
        network.eval();
        using var model = LastLayerOf(network);
        using var layer = LayerOf(model, network);
        var input = Normal(Rows, 1, 5, 5);
        if (kind == Ending.Residual && estimator is "local" or "flipout")
        {
            // The first pass finds that a draw needs the whole network.
            model.Invoking(m => m.Sample(input, Makers[estimator](TorchNoise.Global))).Should().Throw<InvalidOperationException>()
                .WithMessage("'fc.weight' cannot be integrated over: * needs the map of a layer*");
            return;
        }
        using TorchNoise noise = new(3), same = new(3);
        var found = model.Sample(input, Makers[estimator](noise));
        var features = network.Features(input);
        var wanted = layer.Sample(features, Makers[estimator](same));
        wanted = kind switch { Ending.Softmax => wanted.softmax(-1), Ending.Residual => wanted + features, _ => wanted };
        ShouldBeClose(found, wanted, 1e-12);
        model.named_parameters().Should().HaveCount(8 + 2);

        if (estimator == "mean")
            return;
        var direction = Normal(found.shape);
        found.mul(direction).sum().backward();
        double[][] gradients = [.. model.parameters().Select(each => Values(each.grad!))];
        foreach (var parameter in network.parameters())
            parameter.grad = null;
        wanted.mul(direction).sum().backward();
        ShouldBeClose(GradientOf(model, "posterior.fc.weight_log_var"), layer.weight_log_var.grad!, 1e-12);
        ShouldBeClose(GradientOf(model, "posterior.fc.bias_log_var"), layer.bias_log_var!.grad!, 1e-12);
        ShouldBeClose(
            tensor(gradients[Index(model, "network.fc.weight")], float64).view(3, 3), layer.weight_mu.grad!, 1e-12);
        ShouldBeClose(
            tensor(gradients[Index(model, "network.stem.weight")], float64).view(network.stem.weight.shape), network.stem.weight.grad!, 1e-12,
            "what comes before the layer is trained with it");
    }

    [Theory]
    [MemberData(nameof(Endings))]
    public void Moments_of_all_estimators_agree(string ending)
    {
        var kind = Enum.Parse<Ending>(ending);
        using var noGrad = no_grad();
        using var network = new ImageNetwork(kind);
        network.eval();
        using var model = LastLayerOf(network);
        var input = Normal(2, 1, 5, 5);
        using TorchNoise first = new(3), second = new(4), third = new(5);
        var exact = model.Sample(input, new Reparameterization(6_000, first));
        if (kind == Ending.Residual)
        {
            using PosteriorDraws draws = new(seed: 3, count: 2_000);
            ShouldBeClose(model.Sample(input, draws).mean([0L]), exact.mean([0L]), 0.05);
            return;
        }
        foreach (var other in new Estimator[] { new LocalReparameterization(6_000, second), new Flipout(6_000, third) })
        {
            var found = model.Sample(input, other);
            ShouldBeClose(found.mean([0L]), exact.mean([0L]), 0.05, other.ToString()!);
            ShouldBeClose(found.std(0L), exact.std(0L), 0.05, other.ToString()!);
        }
    }

    [Theory]
    [MemberData(nameof(Endings))]
    public void A_prediction_of_100_draws_equals_that_of_layers(string ending)
    {
        var kind = Enum.Parse<Ending>(ending);
        using var network = new ImageNetwork(kind);
        network.eval();
        using var model = LastLayerOf(network);
        var input = Normal(Rows, 1, 5, 5);
        var likelihood = new GaussianLikelihood(0.3);
        using (new MonteCarloPredictive(model, likelihood, samples: 2, seed: 1).Predict(input))
        {
            // It has examined the network.
        }
        int before = network.Calls;
        long rowsBefore = network.Rows;
        using var prediction = new MonteCarloPredictive(model, likelihood, samples: 100, seed: 5).Predict(input, keepSamples: true);
        int calls = network.Calls - before;
        if (kind == Ending.Layer)
            (network.Rows - rowsBefore).Should().BeLessThanOrEqualTo(3 * Rows, "the front runs for the rows, and not for the draws");
        else if (kind == Ending.Residual)
            calls.Should().BeGreaterThanOrEqualTo(100, "each draw runs the whole network");

        // Named by the path, so a layer in a sequence at the same path has the same draws.
        using var layer = new BayesianSequential(("fc", LayerOf(model, network)));
        using var noGrad = no_grad();
        using PosteriorDraws draws = new(seed: 5, count: 100);
        var features = network.Features(input);
        var outputs = layer.Sample(features, draws);
        outputs = kind switch { Ending.Softmax => outputs.softmax(-1), Ending.Residual => outputs + features, _ => outputs };
        ShouldBeClose(prediction.Samples, outputs, 1e-12);
        ShouldBeClose(prediction.Mean, outputs.mean([0L]), 1e-12);
    }

    [Fact]
    public void The_front_of_a_prediction_runs_once()
    {
        using var network = new ImageNetwork();
        network.eval();
        using var model = LastLayerOf(network);
        var input = Normal(Rows, 1, 5, 5);
        var predictive = new MonteCarloPredictive(model, new GaussianLikelihood(0.3), samples: 100, seed: 5);
        predictive.Predict(input).Dispose();
        int before = network.Calls;
        predictive.Predict(input).Dispose();
        (network.Calls - before).Should().BeLessThanOrEqualTo(3, "once, and once or twice for the memory that it needs");
        before = network.Calls;
        model.Sample(input, new Reparameterization(100));
        (network.Calls - before).Should().Be(1);
    }

    [Theory]
    [MemberData(nameof(Endings))]
    public void It_trains_by_the_trainers_own_estimator(string ending)
    {
        using var network = new ImageNetwork(Enum.Parse<Ending>(ending));
        using var model = (WeightSpaceModule)network.ToBayesian(new BayesianConversion { LastLayerOnly = true, Example = Normal(2, 1, 5, 5) });
        using var loss = new ElboLoss(new GaussianLikelihood(0.5), 12);
        var before = model.state_dict().ToDictionary(each => each.Key, each => each.Value.clone());
        var history = new VariationalTrainer(model, loss, new() { Epochs = 3, BatchSize = 4, LearningRate = 0.01 })
            .Fit(Normal(12, 1, 5, 5), Normal(12, 3));
        history.Epochs.Should().HaveCount(3);
        history.Epochs.Should().OnlyContain(epoch => double.IsFinite(epoch.Loss) && epoch.Steps == 3);
        foreach (var (key, value) in model.state_dict())
            value.allclose(before[key], rtol: 0, atol: 0).Should().BeFalse(key);
    }

    [Fact]
    public void Without_an_example_the_data_of_the_first_training_tell_that_a_network_needs_one_draw_at_a_time()
    {
        using var network = new ImageNetwork(Ending.Residual);
        using var model = LastLayerOf(network);
        using var loss = new ElboLoss(new GaussianLikelihood(0.5), 4);
        var trainer = new VariationalTrainer(model, loss, new() { Epochs = 1 });
        Tensor input = Normal(4, 1, 5, 5), target = Normal(4, 3);
        trainer.Invoking(t => t.Fit(() => [(input, target)], 1)).Should().Throw<InvalidOperationException>()
            .WithMessage("'fc.weight' cannot be integrated over: LocalReparameterization needs the map of a layer, *; use Reparameterization.");
        using var other = LastLayerOf(new ImageNetwork(Ending.Residual));
        new VariationalTrainer(other, loss, new() { Epochs = 1 }).Fit(input, target).Steps.Should().Be(1);
    }

    [Fact]
    public void Only_the_layer_is_random_and_named()
    {
        using var network = new ImageNetwork();
        using var model = LastLayerOf(network);
        model.LastLayerPath.Should().Be("fc");
        model.RandomParameters.Should().Equal("fc.weight", "fc.bias");
        model.ToString().Should().Contain("weight space, last layer 'fc', 2 of 8 parameters are random, 12 weights");
    }

    /// <summary>A layer without a map, such as a recurrent one, runs with drawn weights.</summary>
    [Fact]
    public void A_last_layer_without_a_map_runs_one_draw_after_the_other()
    {
        using var network = new EndsInSequence();
        using var model = (WeightSpaceModule)network.ToBayesian(new BayesianConversion { LastLayerOnly = true });
        model.LastLayerPath.Should().BeNull();
        model.RandomParameters.Should().Equal("lstm.weight_ih_l0", "lstm.weight_hh_l0", "lstm.bias_ih_l0", "lstm.bias_hh_l0");
        using var noGrad = no_grad();
        var output = model.Sample(Normal(3, 4), 2);
        ShouldDiffer(output[0], output[1]);
    }

    [Fact]
    public void An_example_finds_the_layer_that_runs_last()
    {
        using var network = new Shuffled();
        using (var wrong = network.ToBayesian(new BayesianConversion { LastLayerOnly = true }))
            wrong.Invoking(m => m.Sample(Normal(3, 4), 2)).Should().Throw<InvalidOperationException>().WithMessage(
                "'registeredLast' was taken for the last layer of the Shuffled, but 'runsLast' runs after it; expected an example of the input in "
                + "the options of the conversion, by which it finds the layer that runs last.");
        using var other = new Shuffled();
        using var model = (WeightSpaceModule)other.ToBayesian(new BayesianConversion { LastLayerOnly = true, Example = Normal(2, 4) });
        model.LastLayerPath.Should().Be("runsLast");
        var output = model.Sample(Normal(3, 4), 2);
        ShouldDiffer(output[0], output[1]);
    }

    [Fact]
    public void A_last_layer_that_is_called_twice_is_refused()
    {
        using var network = new Repeated();
        using var model = network.ToBayesian(new BayesianConversion { LastLayerOnly = true });
        model.Invoking(m => m.Sample(Normal(3, 4), 2)).Should().Throw<InvalidOperationException>()
            .WithMessage("The forward of the Repeated calls its last layer 'layer' 2 times; expected once.");
    }

    private static WeightSpaceModule LastLayerOf(ImageNetwork network) => (WeightSpaceModule)network.ToBayesian(
        new BayesianConversion { LastLayerOnly = true, Initializer = new FanInInitializer(1, 0.5) });

    private static BayesianLinear LayerOf(WeightSpaceModule model, ImageNetwork network)
    {
        var layer = new BayesianLinear(3, 3, dtype: float64);
        using var noGrad = no_grad();
        layer.weight_mu.copy_(network.fc.weight);
        layer.bias_mu!.copy_(network.fc.bias!);
        layer.weight_log_var.copy_(model.state_dict()["posterior.fc.weight_log_var"]);
        layer.bias_log_var!.copy_(model.state_dict()["posterior.fc.bias_log_var"]);
        return layer;
    }

    private static Tensor GradientOf(nn.Module model, string name) => model.named_parameters().Single(each => each.name == name).parameter.grad!;

    private static int Index(nn.Module model, string name) => model.named_parameters().Select(each => each.name).ToList().IndexOf(name);

    private sealed class EndsInSequence : Module<Tensor, Tensor>
    {
        public readonly Linear first = Linear(4, 5, dtype: float64);
        public readonly LSTM lstm = LSTM(1, 2, batchFirst: true, dtype: float64);

        public EndsInSequence() : base(nameof(EndsInSequence)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            return lstm.call(first.call(input).unsqueeze(-1)).Item1.select(1, -1).MoveToOuterDisposeScope();
        }
    }

    private sealed class Shuffled : Module<Tensor, Tensor>
    {
        public readonly Linear runsLast = Linear(5, 2, dtype: float64);
        public readonly Linear registeredLast = Linear(4, 5, dtype: float64);

        public Shuffled() : base(nameof(Shuffled)) => RegisterComponents();

        public override Tensor forward(Tensor input) => runsLast.call(registeredLast.call(input).tanh());
    }

    private sealed class Repeated : Module<Tensor, Tensor>
    {
        public readonly Linear layer = Linear(4, 4, dtype: float64);

        public Repeated() : base(nameof(Repeated)) => RegisterComponents();

        public override Tensor forward(Tensor input) => layer.call(layer.call(input).tanh());
    }
}
