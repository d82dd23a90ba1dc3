using Bayes.Layers.Conversion;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tests.Laws;
using Bayes.Layers.Tests.Modules;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Distributions;

/// <summary>A plain network with two inputs, made Bayesian as it is.</summary>
public sealed class WeightSpaceInputsTests : FunctionDistributionLaws
{
    protected override NetworkInput Inputs { get; } = (randn(37, 3), arange(37, int64).remainder(4));

    protected override FunctionDistribution Create() => FunctionDistribution.Of(new PlainTowers().ToBayesian());

    /// <summary>The draws are those of a network of Bayesian layers with the same paths.</summary>
    [Fact]
    public void Its_draws_are_those_of_layers()
    {
        using var network = new PlainTowers().to(float64).ToBayesian();
        using var towers = new TwoTowers(3, 4, float64);
        var state = network.state_dict();
        foreach (var (key, value) in towers.state_dict())
        {
            using var noGrad = no_grad();
            value.copy_(state[key.EndsWith("_mu", StringComparison.Ordinal) ? $"network.{key[..^3]}" : $"posterior.{key}"]);
        }
        NetworkInput input = (Normal(5, 3), arange(5, int64).remainder(4));
        using PosteriorDraws draws = new(seed: 3, count: 4), same = new(seed: 3, count: 4);
        ShouldBeClose(network.Sample(input, draws), towers.Sample(input, same), 1e-12);
        ShouldBeClose(network.KlDivergence(), towers.KlDivergence(), 1e-12);
        using var expected = new MonteCarloPredictive(towers, new GaussianLikelihood(1), 4, seed: 3).Predict(input);
        using var found = new MonteCarloPredictive(network, new GaussianLikelihood(1), 4, seed: 3).Predict(input);
        ShouldBeClose(found.Mean, expected.Mean, 1e-12);
    }

    [Fact]
    public void It_trains_with_both_inputs()
    {
        using var network = new PlainTowers().ToBayesian();
        Tensor users = randn(60, 3), items = randint(4, [60], int64), ratings = users.narrow(1, 0, 1) * (items.view(-1, 1) - 1.5);
        using var loss = new ElboLoss(new GaussianLikelihood(0.5), 60);
        var history = new VariationalTrainer(network, loss, new() { Epochs = 30, BatchSize = 20, ValidationSamples = 4 })
            .Fit((users, items), ratings, ((users, items), ratings));
        history.RefusedSteps.Should().Be(0);
        history.Epochs[^1].NegativeLogLikelihood.Should().BeLessThan(history.Epochs[0].NegativeLogLikelihood);
    }

    [Fact]
    public void Another_number_of_inputs_is_refused()
    {
        using var network = new PlainTowers().ToBayesian();
        network.Invoking(each => each.Sample(randn(2, 3), 2)).Should().Throw<ArgumentException>()
            .WithMessage("A PlainTowers takes 2 tensors; got 1.*");
        new MonteCarloPredictive(network, new GaussianLikelihood(1), 2).Invoking(each => each.Predict((randn(2, 3), randn(2, 3), randn(2, 3))))
            .Should().Throw<ArgumentException>().WithMessage("A PlainTowers takes 2 tensors; got 3.*");
    }

    /// <summary>What comes before the last layer runs once for each row, whatever the draws.</summary>
    [Fact]
    public void The_last_layer_alone_has_a_front_of_both_inputs()
    {
        NetworkInput input = Inputs;
        using var network = new PlainTowers().ToBayesian(new() { LastLayerOnly = true, Example = input });
        var model = network.Should().BeOfType<WeightSpaceModule>().Subject;
        model.LastLayerPath.Should().Be("head");
        var towers = (PlainTowers)model.Network;
        using var predictor = new MonteCarloPredictive(network, new GaussianLikelihood(1), 50, seed: 1, MemoryBudget.FromMebibytes(1));
        predictor.Predict(input).Dispose();
        towers.Rows = 0;
        using var prediction = predictor.Predict(input);
        towers.Rows.Should().Be(37);
        using var draws = FunctionDistribution.Of(network).Draw(1, 50);
        ShouldBeClose(prediction.Mean, draws.Apply(input).mean([0]), 1e-5);
    }
}
