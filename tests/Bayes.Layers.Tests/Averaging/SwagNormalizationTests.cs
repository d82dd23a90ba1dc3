using Bayes.Layers.Averaging;
using Bayes.Layers.Checkpoints;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Training;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Averaging;

/// <summary>Each draw of a network with batch normalization has the statistics of its own weights.</summary>
public sealed class SwagNormalizationTests : TorchTest
{
    private const int Draws = 4;

    private static Sequential Network(bool affine = true, bool tracks = true) => nn.Sequential(
        nn.Conv2d(1, 3, 3, dtype: float64), nn.BatchNorm2d(3, affine: affine, track_running_stats: tracks, dtype: float64), nn.ReLU(),
        nn.Dropout(0.5), nn.Flatten(), nn.Linear(12, 5, dtype: float64), nn.BatchNorm1d(5, eps: 1e-3, dtype: float64), nn.Tanh(),
        nn.Linear(5, 1, dtype: float64));

    private static Tensor Images(int rows) => Normal(rows, 1, 4, 4).mul(2).add(1);

    private static Swag Walked(Sequential network, int steps = 5)
    {
        var swag = new Swag(network, 3);
        Models.Walk(network, swag, steps);
        return swag;
    }

    // The draws of the same weights without normalization's statistics: those of a model of another network with the same names.
    private static Tensor[] WeightsOfDraw(Swag swag, Sequential network, int draw) => [.. swag.RandomParameters.Select(name =>
    {
        var stream = Bayes.Layers.Numerics.NamedNormals.Stream($"{name}_mu");
        var shared = Bayes.Layers.Numerics.NamedNormals.Stream(":swag");
        Tensor mean = swag.MeanOf(name), deviations = swag.DeviationsOf(name);
        Tensor Noise(ulong of, params long[] shape) => Bayes.Layers.Numerics.NamedNoise.StandardNormal(0, of, draw, 1, shape, float64, CPU)[0];
        var z = Noise(shared, 3);
        return mean.add(swag.VarianceOf(name).mul(0.5).sqrt().mul(Noise(stream, mean.shape)))
            .add(deviations.flatten(1).T.mv(z).reshape(mean.shape).div(Math.Sqrt(2 * 2)));
    })];

    [Theory]
    [InlineData(1000)]
    [InlineData(7)]
    public void A_stored_draw_is_the_network_with_its_weights_and_their_statistics(int batchSize)
    {
        var network = Network();
        using var swag = Walked(network);
        Tensor training = Images(20), input = Images(6);
        Tensor[][] weights = [.. Enumerable.Range(0, Draws).Select(draw => WeightsOfDraw(swag, network, draw))];
        using var model = swag.ToModel(training, new() { Count = Draws, BatchSize = batchSize });
        FunctionDistribution.Of(model).ExactSamples.Should().Be(Draws);
        model.eval();
        var found = model.Sample(input, new PosteriorDraws(seed: 9, Draws));
        using var other = Network();
        using var noGrad = no_grad();
        for (int draw = 0; draw < Draws; draw++)
        {
            foreach (var (parameter, weight) in other.parameters().Zip(weights[draw]))
                parameter.copy_(weight);
            Refresh(other, training, batchSize);
            ShouldBeClose(found[draw], other.call(input), 1e-9);
        }
        ShouldDiffer(found[0], found[1]);
    }

    // As update_bn of PyTorch: cumulative means over batches; with dropout off.
    private static void Refresh(Sequential network, Tensor training, int batchSize)
    {
        network.eval();
        BatchNorm[] normalizations = [.. network.modules().OfType<BatchNorm>()];
        foreach (var each in normalizations)
            each.train();
        long batches = (training.shape[0] + batchSize - 1) / batchSize, end = 0;
        for (long batch = 0; batch < batches; batch++)
        {
            long first = end;
            end = training.shape[0] * (batch + 1) / batches;
            foreach (var each in normalizations)
                each.momentum = (end - first) / (double)end;
            network.call(training.narrow(0, first, end - first));
        }
        network.eval();
    }

    [Fact]
    public void The_network_keeps_its_modes_and_has_the_statistics_of_the_mean_weights()
    {
        var network = Network();
        using var swag = Walked(network);
        var training = Images(20);
        var normalization = (BatchNorm2d)network[1];
        double? momentum = normalization.momentum;
        Tensor[] means = [.. swag.RandomParameters.Select(swag.MeanOf)];
        network.train();
        using var model = swag.ToModel(training, new() { Count = Draws });
        network.training.Should().BeTrue();
        normalization.training.Should().BeTrue();
        normalization.momentum.Should().Be(momentum);
        using var other = Network();
        using var noGrad = no_grad();
        foreach (var (parameter, mean) in other.parameters().Zip(means))
            parameter.copy_(mean);
        Refresh(other, training, 1000);
        ShouldBeClose(normalization.running_mean!, ((BatchNorm2d)other[1]).running_mean!, 1e-12);
        ShouldBeClose(normalization.running_var!, ((BatchNorm2d)other[1]).running_var!, 1e-12);
    }

    [Fact]
    public void A_file_keeps_the_draws_with_their_statistics()
    {
        var network = Network();
        using var swag = Walked(network);
        using var model = swag.ToModel(Images(20), new() { Count = Draws });
        using var stream = new MemoryStream();
        Checkpoint.Save(model, stream);
        stream.Position = 0;
        var loaded = Checkpoint.LoadModel(stream).Model;
        var input = Images(3);
        loaded.eval();
        model.eval();
        ShouldBeClose(loaded.Sample(input, new PosteriorDraws(1, Draws)), model.Sample(input, new PosteriorDraws(1, Draws)), 0);
    }

    [Fact]
    public void One_call_fits_a_network_with_batch_normalization()
    {
        var inputs = randn(60, 3);
        var targets = inputs.sum([1L], keepdim: true);
        var likelihood = new GaussianLikelihood(0.3);
        var network = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Linear(8, 1));
        MaximumAPosteriori.Fit(network, inputs, targets, likelihood, new() { Training = new() { Epochs = 60, ShuffleSeed = 1 } });
        using var model = Swag.Fit(
            network, inputs, targets, likelihood,
            new() { Collections = 10, LearningRate = 1e-3, ShuffleSeed = 1, StoredDraws = new() { Count = 6 } });
        using var predictor = new MonteCarloPredictive(FunctionDistribution.Of(model), likelihood, seed: 1);
        using var prediction = predictor.Predict(inputs);
        prediction.SamplesUsed.Should().Be(6);
        Values(prediction.Mean.sub(targets).square().mean()).Single().Should().BeLessThan(0.3);
    }

    [Fact]
    public void Statistics_that_cannot_be_a_draws_own_are_refused()
    {
        Refused(Network(), swag => swag.ToModel()).WithMessage(
            "'1' normalizes with running statistics, which belong to one set of weights; expected the training inputs, ToModel(inputs), *");
        Refused(Network(affine: false), swag => swag.ToModel(Images(4))).WithMessage(
            "'1' normalizes with running statistics but without a scale and shift (affine: false), which the statistics of a draw become part of; *");
        FluentActions.Invoking(() => Walked(Network()).ToModel(Images(1))).Should().Throw<ArgumentException>()
            .WithMessage("The input has 1 row, which has no variance; expected at least 2 rows.*");
        FluentActions.Invoking(() => Walked(Network()).ToModel(Images(4).fill_(double.NaN))).Should().Throw<ArgumentException>()
            .WithMessage("input has the value NaN; expected finite numbers.*");
        FluentActions.Invoking(() => new StoredDrawsOptions { Count = 1 }).Should().Throw<ArgumentOutOfRangeException>();

        static FluentAssertions.Specialized.ExceptionAssertions<InvalidOperationException> Refused(Sequential network, Action<Swag> act) =>
            FluentActions.Invoking(() => act(Walked(network))).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void Instance_normalization_that_tracks_statistics_has_them_refreshed_too()
    {
        var network = nn.Sequential(
            nn.Conv1d(1, 2, 2, dtype: float64), nn.InstanceNorm1d(2, affine: true, track_running_stats: true, dtype: float64), nn.Flatten(),
            nn.Linear(6, 1, dtype: float64));
        using var swag = Walked(network);
        swag.Invoking(each => each.ToModel()).Should().Throw<InvalidOperationException>().WithMessage("'1' normalizes with running statistics, *");
        using var model = swag.ToModel(Normal(12, 1, 4), new() { Count = Draws });
        FunctionDistribution.Of(model).ExactSamples.Should().Be(Draws);
    }

    [Fact]
    public void A_frozen_part_keeps_its_statistics()
    {
        var network = Network();
        foreach (var parameter in ((nn.Module)network[0]).parameters().Concat(((nn.Module)network[1]).parameters()))
            parameter.requires_grad = false;
        var normalization = (BatchNorm2d)network[1];
        using var noGrad = no_grad();
        normalization.running_mean!.fill_(0.3);
        using var swag = new Swag(network, 3);
        swag.RandomParameters.Should().NotContain(["0.weight", "1.weight", "1.bias"]).And.Contain("6.weight");
        for (int i = 0; i < 3; i++)
            swag.Collect();
        using var model = swag.ToModel(Images(20), new() { Count = Draws });
        ShouldBeClose(normalization.running_mean!, full([3], 0.3, float64), 0);
    }

    [Fact]
    public void A_refused_input_leaves_the_mean_weights()
    {
        var network = Network();
        using var swag = Walked(network);
        swag.Invoking(each => each.ToModel(Normal(5, 2))).Should().Throw<Exception>();
        ShouldBeClose(network.parameters().First(), swag.MeanOf("0.weight"), 1e-14);
        network.training.Should().BeTrue();
    }
}
