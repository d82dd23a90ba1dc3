using Bayes.Layers.Estimators;
using Bayes.Layers.Evaluation;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Tests.Laws;
using Bayes.Layers.Training;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Modules;

/// <summary>Convolutions among the plain modules of an image network.</summary>
public sealed class ConvolutionalNetworkTests : ModuleLaws
{
    private static BayesianSequential Network(ScalarType dtype, PosteriorInitializer? initializer = null) => new(
        ("first", new BayesianConv2d(1, 4, 3, padding: 1, initializer: initializer, dtype: dtype)),
        ("norm", BatchNorm2d(4, dtype: dtype)), ("relu", ReLU()),
        ("pool", MaxPool2d(2)), ("second", new BayesianConv2d(4, 6, (3, 2), groups: 2, initializer: initializer, dtype: dtype)), ("relu2", ReLU()),
        ("flatten", Flatten()), ("out", new BayesianLinear(6 * 2 * 3, 1, initializer: initializer, dtype: dtype)));

    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) => Network(dtype);

    protected override Tensor Input(long batch) => Normal(batch, 1, 8, 8);

    protected override IEnumerable<string> Keys =>
    [
        .. Layer("first"), "norm.weight", "norm.bias", .. Layer("second"), .. Layer("out"), "norm.running_mean", "norm.running_var",
        "norm.num_batches_tracked",
    ];

    protected override IEnumerable<string> ParameterKeys => [.. Layer("first"), "norm.weight", "norm.bias", .. Layer("second"), .. Layer("out")];

    private static IEnumerable<string> Layer(string name) =>
        new[] { "weight_mu", "weight_log_var", "bias_mu", "bias_log_var" }.Select(parameter => $"{name}.{parameter}");

    /// <summary>Noisy images of a bar: vertical is class 0, horizontal is class 1.</summary>
    private static (Tensor Images, Tensor Targets) Bars(long count)
    {
        Tensor targets = randint(2, [count, 1], dtype: int64), places = randint(8, [count], dtype: int64);
        var bars = functional.one_hot(places, 8).to(float32).unsqueeze(1).unsqueeze(2).expand(count, 1, 8, 8);
        var images = where(targets.eq(1).unsqueeze(2).unsqueeze(3), bars.transpose(2, 3), bars) + 0.3 * randn(count, 1, 8, 8);
        return (images, targets.to(float32));
    }

    [Fact]
    public void Many_draws_equal_the_loop_over_single_ones()
    {
        using var model = Create();
        model.eval();
        var input = Input(5);
        Tensor[] noise = [.. model.modules().OfType<BayesianLayer>()
            .SelectMany(layer => new[] { Normal([3, .. layer.weight_mu.shape]), Normal([3, .. layer.bias_mu!.shape]) })];
        noise.Should().HaveCount(6);
        var together = model.Sample(input, new Reparameterization(3, new GivenNoise(noise)));
        for (int s = 0; s < 3; s++)
        {
            var alone = new Reparameterization(1, new GivenNoise(noise.Select(draws => draws.narrow(0, s, 1))));
            ShouldBeClose(together[s], model.Sample(input, alone).squeeze(0), 1e-12);
        }
    }

    [Fact]
    public void It_trains_inside_a_plain_sequential()
    {
        var initializer = new FanInInitializer();
        using var model = Sequential(
            ("conv", new BayesianConv2d(1, 8, 3, initializer: initializer)), ("relu", ReLU()), ("pool", MaxPool2d(2)), ("flatten", Flatten()),
            ("out", new BayesianLinear(8 * 3 * 3, 1, initializer: initializer)));
        var (images, targets) = Bars(64);
        var loss = ElboLoss.Bernoulli(datasetSize: 2_000);
        using var optimizer = optim.Adam(model.parameters(), 0.02);
        double first = Step(), last = 0;
        for (int i = 0; i < 60; i++)
            last = Step();
        last.Should().BeLessThan(first / 2);

        double Step()
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            var value = loss.forward(model.forward(images).unsqueeze(0), targets, model.KlDivergence());
            value.backward();
            optimizer.step();
            return value.ToDouble();
        }
    }

    [Theory]
    [InlineData("Reparameterization")]
    [InlineData("LocalReparameterization")]
    [InlineData("Flipout")]
    public void It_learns_with_every_estimator(string name)
    {
        Estimator estimator = name switch
        {
            "Reparameterization" => new Reparameterization(2),
            "LocalReparameterization" => new LocalReparameterization(2),
            _ => new Flipout(2),
        };
        using var model = Network(ScalarType.Float32, new FanInInitializer());
        var (images, targets) = Bars(96);
        var loss = ElboLoss.Bernoulli(datasetSize: 2_000);
        using (var step = new VariationalStep(model, loss, parameters => optim.Adam(parameters, 0.02), estimator))
            for (int i = 0; i < 60; i++)
                step.Run(images, targets).Dispose();
        var (others, labels) = Bars(200);
        using var prediction = new MonteCarloPredictive(model, loss.Likelihood, samples: 20, seed: 1).forward(others);
        Accuracy.Of(prediction.Mean, labels).Should().BeGreaterThan(0.9);
    }

    [Fact]
    public void The_budget_does_not_change_the_result()
    {
        var recorder = new LargestValue();
        using var model = new BayesianSequential(
            new BayesianConv2d(1, 16, 3, padding: 1, dtype: float64), recorder, ReLU(), MaxPool2d(2),
            new BayesianConv2d(16, 4, 3, dtype: float64), Flatten(),
            new BayesianLinear(4 * 6 * 6, 1, dtype: float64));
        var images = Normal(60, 1, 16, 16);
        // After the first layer an image takes 32 KiB: 2 MiB for the images of a draw, 30 MiB for all draws, which no pass computes at once.
        using Predictive small = Predict(2), large = Predict(1_000);
        ShouldBeClose(small.Mean, large.Mean, 1e-12);
        ShouldBeClose(small.EpistemicStddev, large.EpistemicStddev, 1e-12);

        Predictive Predict(long mebibytes)
        {
            recorder.Bytes = 0;
            var prediction = new MonteCarloPredictive(model, new BernoulliLikelihood(), samples: 16, seed: 3,
                MemoryBudget.FromMebibytes(mebibytes)).forward(images);
            if (mebibytes < 1_000)
                recorder.Bytes.Should().BeInRange(1 << 15, mebibytes << 19);
            else
                recorder.Bytes.Should().BeInRange(60 * (1 << 15), 8 << 20);
            return prediction;
        }
    }

    [Fact]
    public void An_upsampling_network_keeps_draws_separate()
    {
        using var model = new BayesianSequential(
            new BayesianConv2d(1, 3, 3, stride: 2, padding: 1, dtype: float64), Tanh(),
            new BayesianConvTranspose2d(3, 1, 3, stride: 2, padding: 1, outputPadding: 1, dtype: float64));
        using var _ = no_grad();
        var input = Normal(4, 1, 8, 8);
        using PosteriorDraws all = new(seed: 2, count: 3), second = new(seed: 2, count: 1, first: 1);
        var outputs = model.Sample(input, all);
        outputs.shape.Should().Equal(3, 4, 1, 8, 8);
        ShouldBeClose(outputs[1], model.Sample(input, second).squeeze(0), 1e-13);
        ShouldDiffer(outputs[0], outputs[1]);
    }

    private sealed class LargestValue() : nn.Module<Tensor, Tensor>(nameof(LargestValue))
    {
        public long Bytes { get; set; }

        public override Tensor forward(Tensor input)
        {
            Bytes = Math.Max(Bytes, input.numel() * input.element_size());
            return input.alias();
        }
    }
}
