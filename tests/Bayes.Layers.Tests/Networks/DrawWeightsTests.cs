using Bayes.Layers.Conversion;
using Bayes.Layers.Estimators;

namespace Bayes.Layers.Tests.Networks;

/// <summary>The weights of a network's drawn functions, by their paths.</summary>
public sealed class DrawWeightsTests : TorchTest
{
    [Fact]
    public void A_network_with_the_weights_of_a_draw_is_that_draw()
    {
        using var model = Model();
        using var draws = new PosteriorDraws(seed: 4, count: 3, first: 2);
        draws.Bind(model);
        var weights = model.DrawWeights(draws);
        weights.Keys.Should().Equal("0.weight", "0.bias", "2.weight", "2.bias");
        var input = randn(5, 3);
        using var noGrad = no_grad();
        var hidden = input.matmul(weights["0.weight"].transpose(1, 2)).add(weights["0.bias"].unsqueeze(1)).tanh();
        var output = hidden.bmm(weights["2.weight"].transpose(1, 2)).add(weights["2.bias"].unsqueeze(1));
        ShouldBeClose(output, model.Sample(input, draws), 1e-5);
    }

    [Fact]
    public void A_parameter_with_two_names_is_listed_under_both()
    {
        TorchSharp.Modules.Linear first = nn.Linear(3, 3), second = nn.Linear(3, 3);
        second.weight = first.weight;
        using var model = (WeightSpaceModule)nn.Sequential(first, second).ToBayesian(
            new BayesianConversion { Form = ConversionForm.WeightSpace });
        using var draws = new PosteriorDraws(seed: 4, count: 2);
        draws.Bind(model);
        var weights = model.DrawWeights(draws);
        weights.Should().HaveCount(4);
        ShouldBeClose(weights["0.weight"], weights["1.weight"], 0);
    }

    [Fact]
    public void A_posterior_is_found_by_its_path()
    {
        using var model = Model();
        model.PosteriorOf("2.bias").Mean.shape.Should().Equal(2);
        FluentActions.Invoking(() => model.PosteriorOf("1.weight")).Should().Throw<ArgumentException>()
            .WithMessage("'1.weight' has no posterior; expected one of '0.weight', '0.bias', '2.weight', '2.bias'.*");
    }

    [Fact]
    public void Draws_of_another_model_are_refused()
    {
        using WeightSpaceModule model = Model(), other = Model();
        using var draws = new PosteriorDraws(seed: 4, count: 2);
        draws.Bind(other);
        FluentActions.Invoking(() => model.DrawWeights(draws)).Should().Throw<InvalidOperationException>();
    }

    private static WeightSpaceModule Model() => (WeightSpaceModule)nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).ToBayesian(
        new BayesianConversion { Form = ConversionForm.WeightSpace });
}
