using Bayes.Layers.Checkpoints;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using Bayes.Layers.Training;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Training;

/// <summary>IVON under the trainer, and the model that comes of it.</summary>
public sealed class IvonFitTests : TorchTest, IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"{nameof(IvonFitTests)}-{Guid.NewGuid():N}.safetensors");

    public new void Dispose()
    {
        File.Delete(_path);
        base.Dispose();
    }

    private static Sequential Network() => nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 2));

    // Two rings.
    private static (Tensor Input, Tensor Target) Rings(int rows)
    {
        var target = arange(rows).remainder(2);
        var angle = rand(rows).mul(2 * Math.PI);
        var radius = target.to(float32).mul(1.2).add(0.6).add(randn(rows).mul(0.15));
        return (stack([angle.cos().mul(radius), angle.sin().mul(radius)], 1), target);
    }

    private static VariationalTrainerOptions Few => new() { Epochs = 3, BatchSize = 10, ShuffleSeed = 1 };

    [Fact]
    public void A_small_classification_is_as_accurate_as_with_Adam_and_less_sure_far_away()
    {
        var (input, target) = Rings(300);
        var (held, expected) = Rings(300);
        var training = new VariationalTrainerOptions { Epochs = 40, ShuffleSeed = 2 };
        var plain = Network();
        MaximumAPosteriori.Fit(
            plain, input, target, new CategoricalLikelihood(), new() { Training = training with { KlSchedule = new ConstantKl() } });
        double adam = Accuracy(plain.call(held));
        var result = Ivon.Fit(Network(), input, target, new CategoricalLikelihood(), new() { Training = training }, (held, expected));
        using var model = result.Model;
        using var predictor = new MonteCarloPredictive(model, new CategoricalLikelihood(), samples: 50, seed: 1);
        using var prediction = predictor.Predict(held);
        adam.Should().BeGreaterThan(0.9);
        Accuracy(prediction.Mean).Should().BeGreaterThan(adam - 0.03);
        result.History.End.Should().Be(TrainingEnd.LastEpoch);
        result.History.Epochs[^1].Loss.Should().BeLessThan(0.6 * result.History.Epochs[0].Loss);
        result.History.Epochs[^1].ValidationLogDensity.Should().BeGreaterThan(result.History.Epochs[0].ValidationLogDensity!.Value);

        double Accuracy(Tensor scores) => Values(scores.argmax(-1).eq(expected).to(float64).mean()).Single();
    }

    [Fact]
    public void The_loss_of_the_history_is_the_negative_elbo_of_the_model()
    {
        var (input, target) = Rings(20);
        var network = Network();
        double divergence;
        using (var ivon = new Ivon(network, new() { EffectiveSampleSize = 40, WeightDecay = 0.1, InitialHessian = 0.3 }))
            divergence = Values(ivon.ToModel().KlDivergence()).Single();
        var result = Ivon.Fit(
            network, input, target, new CategoricalLikelihood(),
            new() { EffectiveSampleSize = 40, WeightDecay = 0.1, InitialHessian = 0.3, Training = Few with { Epochs = 1, BatchSize = 20 } });
        var epoch = result.History.Epochs.Single();
        epoch.KlDivergence.Should().BeApproximately(divergence, 1e-4 * divergence);
        epoch.Loss.Should().BeApproximately(epoch.NegativeLogLikelihood + epoch.KlDivergence / 40, 1e-6);
        result.Model.Dispose();
    }

    [Fact]
    public void A_file_keeps_the_draws_of_a_network_with_normalization_and_learned_noise()
    {
        var network = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 1));
        var input = randn(30, 2);
        var likelihood = GaussianLikelihood.Learned(1);
        double before = Values(likelihood.Parameters!.parameters().Single()).Single();
        using var model = Ivon.Fit(network, input, input.sum(1, keepdim: true), likelihood, new() { Training = Few }).Model;
        model.Network.Should().BeSameAs(network);
        Values(likelihood.Parameters!.parameters().Single()).Single().Should().NotBe(before);
        model.eval();
        using var stream = new MemoryStream();
        Checkpoint.Save(model, stream, likelihood);
        stream.Position = 0;
        var loaded = (WeightSpaceModule)Checkpoint.LoadModel(stream).Model;
        ShouldBeClose(loaded.Sample(input, new PosteriorDraws(3, 5)), model.Sample(input, new PosteriorDraws(3, 5)), 0);
    }

    [Fact]
    public void Batches_of_one_step_are_one_large_batch()
    {
        var input = Normal(20, 2);
        var target = Normal(20, 1);
        // The same noise in each batch, so that only the rows differ.
        Trained(20, 1).Should().Equal(Trained(5, 4), (left, right) => Math.Abs(left - right) < 1e-10);

        double[] Trained(int rows, int batches)
        {
            var network = nn.Linear(2, 1, dtype: float64);
            using (no_grad())
                foreach (var parameter in network.parameters())
                    parameter.fill_(0.3);
            using var model = Ivon.Fit(network, input, target, new GaussianLikelihood(1), new()
            {
                Noise = new OneNoise(), Training = Few with { BatchSize = rows, BatchesPerStep = batches, Epochs = 4 },
            }).Model;
            return [.. model.parameters().SelectMany(each => Values(each))];
        }
    }

    [Fact]
    public void An_interrupted_training_ends_with_the_bits_of_one_without_interruption()
    {
        var (input, target) = Rings(30);
        var expected = Trained(Few, cancelAfter: 9);
        Trained(Few with { StatePath = _path }, cancelAfter: 1).Should().NotEqual(expected);
        Trained(Few with { ResumeFrom = _path }, cancelAfter: 9).Should().Equal(expected);

        double[] Trained(VariationalTrainerOptions training, int cancelAfter)
        {
            random.manual_seed(4);
            using var source = new CancellationTokenSource();
            var progress = new Told<TrainingProgress>(each =>
            {
                if (each.Epoch.Number == cancelAfter)
                    source.Cancel();
            });
            using var model = Ivon.Fit(
                Network(), input, target, new CategoricalLikelihood(), new() { Training = training }, null, progress, source.Token).Model;
            return [.. model.parameters().SelectMany(each => Values(each))];
        }
    }

    [Fact]
    public void After_an_exception_the_network_is_the_callers_and_has_no_drawn_weights()
    {
        var (input, target) = Rings(30);
        var network = Network();
        FluentActions.Invoking(() => Ivon.Fit(
            network, input, target, new CategoricalLikelihood(), new() { Training = Few }, null,
            new Told<TrainingProgress>(_ => throw new TimeoutException("after an epoch")))).Should().Throw<TimeoutException>();
        network.call(input).shape.Should().Equal(30, 2);
        using var model = Ivon.Fit(network, input, target, new CategoricalLikelihood(), new() { Training = Few }).Model;
        ShouldBeFinite(model.Sample(input, new PosteriorDraws(1, 2)));
    }

    [Fact]
    public void A_schedule_changes_the_learning_rate()
    {
        var (input, target) = Rings(30);
        var result = Ivon.Fit(Network(), input, target, new CategoricalLikelihood(), new()
        {
            LearningRate = 0.2, Training = Few with { CreateScheduler = optimizer => optim.lr_scheduler.StepLR(optimizer, 1, 0.5) },
        });
        result.History.Epochs.Select(each => each.LearningRate).Should().Equal([0.2, 0.1, 0.05], (left, right) => Math.Abs(left - right) < 1e-12);
        result.Model.Dispose();
    }

    private sealed class OneNoise : NoiseSource
    {
        public override Tensor StandardNormal(ReadOnlySpan<long> shape, ScalarType dtype, Device device) =>
            linspace(-1, 1.5, shape.ToArray().Aggregate((product, next) => product * next), dtype, device).reshape(shape.ToArray());
    }
}
