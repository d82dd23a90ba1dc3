using Bayes.Layers.Diagnostics;
using Bayes.Layers.Estimators;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Laws;

/// <summary>The laws of convolutions, in addition to those of modules. A test class of a convolution inherits them.</summary>
public abstract class ConvolutionLaws : ModuleLaws
{
    /// <summary>Makes a layer whose geometry differs in each dimension.</summary>
    protected abstract BayesianConvolution Make(ScalarType dtype = ScalarType.Float64);

    /// <summary>Makes TorchSharp's layer of the same geometry, in Float64.</summary>
    protected abstract Convolution Plain();

    protected sealed override BayesianModule Create(ScalarType dtype = ScalarType.Float64) => Make(dtype);

    protected override IEnumerable<string> Keys => ["weight_mu", "weight_log_var", "bias_mu", "bias_log_var"];

    private Tensor Plain(Tensor input, Tensor weight, Tensor bias)
    {
        using var plain = Plain();
        using var _ = no_grad();
        plain.weight.copy_(weight);
        plain.bias!.copy_(bias);
        return plain.call(input);
    }

    [Fact]
    public void The_posterior_mean_is_the_plain_layer()
    {
        using var layer = Make();
        var input = Input(4);
        ShouldBeClose(layer.Sample(input, PosteriorMean.Instance).squeeze(0), Plain(input, layer.weight_mu, layer.bias_mu!), 1e-12);
    }

    [Fact]
    public void Each_draw_is_the_plain_layer_with_the_drawn_weights()
    {
        using var layer = Make();
        var input = Input(4);
        Tensor weight = Normal([3, .. layer.weight_mu.shape]), bias = Normal(3, layer.OutputChannels);
        var outputs = layer.Sample(input, new Reparameterization(3, new GivenNoise(weight, bias)));
        for (int s = 0; s < 3; s++)
        {
            var (drawnWeight, drawnBias) =
                (layer.weight_mu + layer.WeightPosterior.Stddev() * weight[s], layer.bias_mu! + layer.BiasPosterior!.Stddev() * bias[s]);
            ShouldBeClose(outputs[s], Plain(input, drawnWeight, drawnBias), 1e-12);
        }
    }

    [Fact]
    public void The_geometry_can_be_read_back()
    {
        using var layer = Make();
        using var plain = Plain();
        layer.InputChannels.Should().Be(plain.in_channels);
        layer.OutputChannels.Should().Be(plain.out_channels);
        layer.KernelSize.Should().Equal(plain.kernel_size);
        layer.Stride.Should().Equal(plain.stride);
        layer.Padding.Should().Equal(plain.padding);
        layer.Dilation.Should().Equal(plain.dilation);
        layer.Groups.Should().Be(plain.groups);
        layer.weight_mu.shape.Should().Equal(plain.weight.shape);
    }

    [Fact]
    public void A_single_example_needs_no_batch_axis()
    {
        using var layer = Make();
        var one = Input(1);
        random.manual_seed(4);
        var alone = layer.Sample(one.squeeze(0), 5);
        random.manual_seed(4);
        ShouldBeClose(alone, layer.Sample(one, 5).squeeze(1), 0);
        layer.forward(one.squeeze(0)).ndim.Should().Be(one.ndim - 1);
    }

    [Fact]
    public void Named_draws_are_the_same_in_blocks()
    {
        using var layer = Make();
        using var _ = no_grad();
        var input = Input(4);
        using PosteriorDraws all = new(seed: 9, count: 7), first = new(seed: 9, count: 3), second = new(seed: 9, count: 4, first: 3);
        ShouldBeClose(cat([layer.Sample(input, first), layer.Sample(input, second)], 0), layer.Sample(input, all), 1e-13);
    }

    [Fact]
    public void Each_draw_of_the_input_uses_the_weights_of_the_same_draw()
    {
        using var layer = Make();
        using var _ = no_grad();
        var inputs = stack([Input(4), Input(4), Input(4)], 0);
        using PosteriorDraws all = new(seed: 9, count: 3);
        all.Bind(layer);
        var together = layer.Propagate(inputs, all);
        for (int s = 0; s < 3; s++)
        {
            using var alone = new PosteriorDraws(seed: 9, count: 1, first: s);
            ShouldBeClose(together[s], layer.Sample(inputs[s], alone).squeeze(0), 1e-13);
        }
    }

    [Fact]
    public void The_fast_step_matches_the_plain_loop() =>
        FastStepsShouldEndWherePlainOnesDo(() => new BayesianSequential(Make(), nn.Tanh(), nn.Flatten()), Input(4));

    [Fact]
    public void Diagnostics_see_weight_and_bias()
    {
        using var layer = Make();
        var diagnostics = PosteriorDiagnostics.Of(layer, thresholds: new() { StartStddevShift = 0 });
        diagnostics.Layers.Single().Parameters.Select(p => (p.Name, p.Count))
            .Should().Equal(("weight", layer.weight_mu.numel()), ("bias", layer.OutputChannels));
        diagnostics.KlDivergence.Should().BeApproximately(layer.KlDivergence().ToDouble(), 1e-9);
        diagnostics.Warnings.Should().BeEmpty();
    }

    [Fact]
    public void A_wrong_number_of_channels_is_refused()
    {
        using var layer = Make();
        var input = Input(2);
        var wider = cat([input, input], 1);
        layer.Invoking(l => l.forward(wider)).Should().Throw<ArgumentException>()
            .WithMessage($"The input has shape [{string.Join(", ", wider.shape)}], so {2 * layer.InputChannels} channels; expected "
                + $"{layer.InputChannels}, as in [batch, {layer.InputChannels}, *");
    }

    [Fact]
    public void A_wrong_rank_is_refused()
    {
        using var layer = Make();
        var input = Input(2);
        layer.Invoking(l => l.forward(input.unsqueeze(0)))
            .Should().Throw<ArgumentException>().WithMessage($"The input has shape [1, 2, *]; expected [batch, {layer.InputChannels}, *");
        layer.Invoking(l => l.forward(input[0, 0]))
            .Should().Throw<ArgumentException>().WithMessage($"The input has shape [*]; expected [batch, {layer.InputChannels}, *");
    }

    [Fact]
    public void Another_element_type_is_refused()
    {
        using var layer = Make();
        layer.Invoking(l => l.forward(Input(2).to(float32)))
            .Should().Throw<ArgumentException>().WithMessage($"The input is of type Float32 and {layer.GetName()}'s weights of Float64*");
    }
}
