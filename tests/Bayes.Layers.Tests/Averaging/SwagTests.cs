using Bayes.Layers.Averaging;
using Bayes.Layers.Checkpoints;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tests.Golden;
using Bayes.Layers.Training;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Averaging;

/// <summary>The posterior of the weights along a training, in numbers, as a joint distribution, and as a model.</summary>
public sealed class SwagTests : TorchTest
{
    private static Tensor Golden(string name) => GoldenData.Tensor("inference", "swag", name);

    // A network of 4 weights and a bias, that has had each of the rows as its weights.
    private static (Linear Network, Swag Swag) Collected(Tensor iterates, int rank)
    {
        var network = nn.Linear(iterates.shape[1] - 1, 1, dtype: float64);
        var swag = new Swag(network, rank);
        for (long i = 0; i < iterates.shape[0]; i++)
        {
            Set(network, iterates[i]);
            swag.Collect();
        }
        return (network, swag);
    }

    private static void Set(Linear network, Tensor weights)
    {
        using var _ = no_grad();
        long inputs = weights.shape[0] - 1;
        network.weight.copy_(weights.narrow(0, 0, inputs).unsqueeze(0));
        network.bias!.copy_(weights.narrow(0, inputs, 1));
    }

    private static Tensor Joined(Func<string, Tensor> each) => cat([each("weight").flatten(-2), each("bias")], -1);

    // The weights of draws of a seed, weight and bias side by side: [draws, weights].
    private static Tensor Drawn(WeightSpaceModule model, int count)
    {
        using var draws = new PosteriorDraws(seed: 5, count);
        draws.Bind(model);
        return cat([.. model.Posteriors().Select(posterior => draws.Weights(posterior).flatten(1))], 1);
    }

    [Fact]
    public void Mean_variance_and_deviations_are_the_golden_ones()
    {
        var (_, swag) = Collected(Golden("iterates"), 3);
        swag.Count.Should().Be(7);
        ShouldBeClose(Joined(swag.MeanOf), Golden("mean"), 1e-8);
        ShouldBeClose(Joined(swag.VarianceOf), Golden("diagonal_variance"), 1e-8);
        ShouldBeClose(Joined(swag.DeviationsOf), Golden("deviations").T, 1e-8);
    }

    [Fact]
    public void A_draw_is_the_golden_one_with_numbers_that_tensors_share()
    {
        var (network, swag) = Collected(Golden("iterates"), 3);
        using var model = swag.ToModel();
        model.Network.Should().BeSameAs(network);
        ShouldBeClose(cat([network.weight.flatten(), network.bias!]), Golden("mean"), 1e-8);
        Tensor z1 = Golden("z1"), z2 = Golden("z2"), draw = Golden("draw");
        // One pass asks for the shared numbers once.
        var noise = new GivenNoise(z1.narrow(0, 0, 4), z2, z1.narrow(0, 4, 1));
        using var pass = new Pass(new Reparameterization(noise: noise)) { Model = model };
        Tensor[] weights = [.. model.Posteriors().Select(posterior => pass.Weights(posterior, noise).flatten())];
        noise.Left.Should().Be(0);
        ShouldBeClose(cat(weights), draw, 1e-8);
    }

    [Fact]
    public void The_covariance_of_all_weights_together_is_that_of_the_paper()
    {
        var iterates = Normal(12, 5).mm(Normal(5, 5));
        var (_, swag) = Collected(iterates, 6);
        var deviations = Joined(swag.DeviationsOf);
        var expected = diag(Joined(swag.VarianceOf)).mul(0.5).add(deviations.T.mm(deviations).div(2 * 5));
        using var model = swag.ToModel();
        const int count = 20_000;
        var centred = Drawn(model, count).sub(Joined(swag.MeanOf));
        var error = (expected.square() + expected.diagonal().unsqueeze(0) * expected.diagonal().unsqueeze(1)).div(count).sqrt();
        Values(centred.T.mm(centred).div(count).sub(expected).div(error).abs()).Max().Should().BeLessThan(5);
        // Between the tensors, too.
        Values(expected[4, 0].abs()).Single().Should().BeGreaterThan(0.05);
    }

    /// <summary>Descent on ½ h w² with gradient noise of variance c has the stationary variance r² c / (1 − (1 − r h)²).</summary>
    [Fact]
    public void Descent_on_a_quadratic_loss_gives_its_stationary_variance()
    {
        const double rate = 0.5, curvature = 1.2, noise = 0.3;
        const int steps = 1_500;
        var (_, swag) = Collected(Path(), 20);
        double expected = rate * rate * noise * noise / (1 - Math.Pow(1 - rate * curvature, 2));
        Values(Joined(swag.VarianceOf).mean()).Single().Should().BeApproximately(expected, 0.08 * expected);
        Values(Joined(swag.MeanOf).abs().max()).Single().Should().BeLessThan(5 * Math.Sqrt(expected / steps));

        Tensor Path()
        {
            var weights = zeros(5, float64);
            return stack([.. Enumerable.Range(0, steps).Select(_ =>
                weights = weights.sub(weights.mul(curvature).add(Normal(5).mul(noise)).mul(rate)))]);
        }
    }

    [Fact]
    public void A_weight_that_never_moves_stays_and_a_frozen_one_is_not_random()
    {
        var network = nn.Sequential(nn.Linear(2, 2, dtype: float64), nn.Linear(2, 1, dtype: float64));
        var frozen = (Linear)network[1];
        frozen.weight.requires_grad = false;
        using var swag = new Swag(network, 2);
        swag.RandomParameters.Should().Equal("0.weight", "0.bias", "1.bias");
        for (int i = 0; i < 3; i++)
            swag.Collect();
        using var model = swag.ToModel();
        var input = Normal(3, 2);
        ShouldBeClose(model.Sample(input, new PosteriorDraws(1, 2))[1], network.call(input), 1e-14);
    }

    [Fact]
    public void A_trainer_collects_by_its_progress()
    {
        var network = nn.Linear(2, 1);
        using var swag = new Swag(network, 5);
        var seen = new List<int>();
        MaximumAPosteriori.Fit(
            network, randn(20, 2), randn(20, 1), new GaussianLikelihood(1), new() { Training = new() { Epochs = 10, ShuffleSeed = 1 } },
            progress: swag.Collector(4, epochsBetween: 3, new Told<TrainingProgress>(each => seen.Add(swag.Count))));
        swag.Count.Should().Be(3);
        seen.Should().Equal(0, 0, 0, 1, 1, 1, 2, 2, 2, 3);
    }

    [Fact]
    public void One_call_fits_a_model_that_is_less_sure_away_from_the_data()
    {
        var inputs = rand(120, 1).mul(2).sub(1);
        var targets = inputs.mul(2).sin().add(randn(120, 1).mul(0.1));
        var likelihood = new GaussianLikelihood(0.1);
        var network = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1));
        MaximumAPosteriori.Fit(network, inputs, targets, likelihood, new() { Training = new() { Epochs = 60, ShuffleSeed = 1 } });
        using var model = Swag.Fit(
            network, inputs, targets, likelihood, new() { Collections = 30, LearningRate = 1e-3, ShuffleSeed = 2 });
        using var predictor = new MonteCarloPredictive(model, likelihood, samples: 200, seed: 1);
        using var near = predictor.Predict(inputs, targets);
        using var far = predictor.Predict(tensor(new[] { 6f, -6f }).view(2, 1));
        Values(near.Mean.sub(targets).square().mean()).Single().Should().BeLessThan(0.03);
        Values(far.EpistemicStddev.min()).Single().Should().BeGreaterThan(2 * Values(near.EpistemicStddev.mean()).Single());
        using var again = predictor.Predict(inputs);
        ShouldBeClose(again.Mean, near.Mean, 0);
    }

    [Fact]
    public void A_file_keeps_the_draws()
    {
        using var model = Models.Made();
        using var stream = new MemoryStream();
        Checkpoint.Save(model, stream, new GaussianLikelihood(0.1));
        stream.Position = 0;
        var loaded = (WeightSpaceModule)Checkpoint.LoadModel(stream).Model;
        var input = randn(4, 3);
        ShouldBeClose(loaded.Sample(input, new PosteriorDraws(3, 5)), model.Sample(input, new PosteriorDraws(3, 5)), 0);
    }

    [Fact]
    public void Several_models_are_one_ensemble()
    {
        using WeightSpaceModule first = Models.Made(), second = Models.Made();
        using var predictor = new MonteCarloPredictive(new Ensemble([first, second]), new GaussianLikelihood(0.1), samples: 10, seed: 1);
        using var prediction = predictor.Predict(randn(4, 3), keepSamples: true);
        // Members take turns, with noise of their own.
        prediction.Samples.shape.Should().Equal(10, 4, 1);
        ShouldDiffer(prediction.Samples[0], prediction.Samples[1]);
    }

    [Fact]
    public void A_draw_has_an_instance_of_the_network_on_each_thread()
    {
        static Sequential Make() => nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1));
        var network = Make();
        using var swag = new Swag(network, 2);
        Models.Walk(network, swag, 4);
        using var model = swag.ToModel(copy: Make);
        using var predictor = new MonteCarloPredictive(model, new GaussianLikelihood(0.1), samples: 8, seed: 2);
        var input = randn(5, 3);
        using var prediction = predictor.Predict(input, keepSamples: true);
        ShouldBeClose(prediction.Samples, model.Sample(input, new PosteriorDraws(2, 8)), 1e-6);
    }

    [Fact]
    public void What_cannot_be_collected_is_refused_and_changes_nothing()
    {
        FluentActions.Invoking(() => new Swag(new BayesianLinear(1, 1))).Should().Throw<ArgumentException>()
            .WithMessage("The network contains a BayesianLinear, which is Bayesian already; expected a plain network.*");
        FluentActions.Invoking(() => new Swag(nn.Tanh())).Should().Throw<ArgumentException>()
            .WithMessage("No parameter of the Tanh requires a gradient, so none is trained; expected at least one.*");
        FluentActions.Invoking(() => new Swag(nn.Linear(1, 1), rank: 1)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("rank is 1; expected a whole number from 2 to *");
        FluentActions.Invoking(() => new SwagOptions { Collections = 1 }).Should().Throw<ArgumentOutOfRangeException>();
        var network = nn.Linear(2, 1, dtype: float64);
        using var swag = new Swag(network, 3);
        swag.Collect();
        swag.Invoking(each => each.ToModel()).Should().Throw<InvalidOperationException>()
            .WithMessage("Weights were collected 1 times; expected at least 2 times (Collect).");
        swag.Invoking(each => each.MeanOf("other")).Should().Throw<ArgumentException>()
            .WithMessage("'other' is not a parameter that is collected; expected one of weight, bias.*");
        using (no_grad())
            network.bias!.fill_(double.NaN);
        swag.Invoking(each => each.Collect()).Should().Throw<InvalidOperationException>().WithMessage(
            "The weights cannot be collected: 'bias' is not finite after 1 collections; expected a training that has not diverged.");
        swag.Count.Should().Be(1);
        ShouldBeFinite(swag.MeanOf("weight"));
    }

    [Fact]
    public void Cancellation_ends_a_fit()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        FluentActions.Invoking(() => Swag.Fit(
            nn.Linear(2, 1), randn(20, 2), randn(20, 1), new GaussianLikelihood(1), cancellationToken: source.Token))
            .Should().Throw<OperationCanceledException>();
    }

    [Fact]
    public void No_tensor_stays_behind()
    {
        var network = nn.Linear(3, 1);
        long before = LiveTensors();
        using (var swag = new Swag(network, 3))
        {
            for (int i = 0; i < 5; i++)
                swag.Collect();
            swag.MeanOf("weight").Dispose();
            swag.VarianceOf("weight").Dispose();
            swag.DeviationsOf("weight").Dispose();
        }
        LiveTensors().Should().Be(before);
    }
}
