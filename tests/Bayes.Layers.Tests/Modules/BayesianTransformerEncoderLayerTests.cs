using Bayes.Layers.Diagnostics;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Modules;

public sealed class BayesianTransformerEncoderLayerTests : ModuleLaws
{
    private static BayesianTransformerEncoderLayer Make(
        nn.Activations activation = nn.Activations.ReLU, bool normFirst = false, bool hasBias = true, double dropout = 0, bool isCausal = false,
        bool sequenceFirst = false, ScalarType dtype = ScalarType.Float64)
    {
        var layer = new BayesianTransformerEncoderLayer(6, 2, 8, dropout, activation, normFirst, hasBias, isCausal, sequenceFirst, dtype: dtype);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        foreach (var norm in new[] { layer.FirstNorm, layer.SecondNorm })
            foreach (var parameter in norm.parameters())
                parameter.copy_(randn(6, dtype: dtype));
        return layer;
    }

    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) => Make(dtype: dtype);

    protected override Tensor Input(long batch) => Normal(batch, 4, 6);

    protected override IEnumerable<string> Keys =>
        (from layer in new[] { "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.out_proj", "linear1", "linear2" }
         from parameter in new[] { "weight_mu", "weight_log_var", "bias_mu", "bias_log_var" }
         select $"{layer}.{parameter}").Concat(["norm1.weight", "norm1.bias", "norm2.weight", "norm2.bias"]);

    private static Tensor Padding()
    {
        var padding = zeros([3, 5], ScalarType.Bool);
        padding[1, 4] = tensor(true);
        padding[2, TensorIndex.Slice(2)] = tensor(true);
        return padding;
    }

    private static Tensor Expected(
        BayesianTransformerEncoderLayer layer, Func<string, string, Tensor> weightOf, Tensor input, Tensor? mask, Tensor? padding)
    {
        using var noGrad = no_grad();
        using var torchs = TorchTransformers.Layer(layer, weightOf);
        return torchs.call(input.transpose(0, 1), mask!, padding!).transpose(0, 1);
    }

    public static TheoryData<nn.Activations> Activations => [nn.Activations.ReLU, nn.Activations.GELU];

    [Theory, MemberData(nameof(Activations))]
    public void The_posterior_mean_matches_torchs_layer_with_masks_and_padding(nn.Activations activation)
    {
        using var layer = Make(activation);
        Tensor input = Normal(3, 5, 6), mask = Normal(5, 5);
        foreach (var (attention, padding) in new[] { (null, null), (mask, null), ((Tensor?)null, Padding()), (mask, Padding()) })
            ShouldBeClose(
                layer.Sample(input, PosteriorMean.Instance, new(attention, padding))[0],
                Expected(layer, (path, parameter) => TorchTransformers.MeanOf(layer, path, parameter), input, attention, padding), 1e-12);
    }

    [Theory, MemberData(nameof(Activations))]
    public void Each_draw_matches_torchs_layer_with_its_weights(nn.Activations activation)
    {
        using var layer = Make(activation);
        Tensor input = Normal(3, 5, 6), mask = Normal(5, 5), padding = Padding();
        foreach (int samples in new[] { 1, 3 })
        {
            var (noise, weights) = TorchTransformers.Drawn(layer, samples);
            var own = layer.Sample(input, new Reparameterization(samples, new GivenNoise(noise)), new(mask, padding));
            for (int s = 0; s < samples; s++)
                ShouldBeClose(
                    own[s], Expected(layer, (path, parameter) => weights.TryGetValue((path, parameter), out var drawn) ? drawn[s]
                        : TorchTransformers.MeanOf(layer, path, parameter), input, mask, padding), 1e-12, $"draw {s}");
        }
    }

    [Fact]
    public void With_normalizations_first_it_adds_to_the_residuals_what_it_computes_of_the_normalized()
    {
        using var layer = Make(normFirst: true);
        var input = Normal(3, 5, 6);
        using var draws = new PosteriorDraws(seed: 9, count: 2);
        var own = layer.Sample(input, draws);
        using var pass = new Pass(draws);
        var value = input.unsqueeze(0);
        var normalized = layer.FirstNorm.call(value);
        value = value + layer.Attention.Attend(normalized, normalized, normalized, pass);
        value = value + layer.Outer.Propagate(layer.Inner.Propagate(layer.SecondNorm.call(value), pass).relu(), pass);
        ShouldBeClose(own, value, 1e-13);
    }

    [Fact]
    public void A_causal_layer_does_not_see_later_steps()
    {
        using var layer = Make(isCausal: true);
        var input = Normal(2, 5, 6);
        using var draws = new PosteriorDraws(seed: 9, count: 2);
        var whole = layer.Sample(input, draws);
        for (int steps = 1; steps <= 5; steps++)
            ShouldBeClose(layer.Sample(input.narrow(1, 0, steps), draws), whole.narrow(2, 0, steps), 1e-12);
    }

    [Fact]
    public void With_the_sequence_first_it_computes_the_same_for_every_estimator()
    {
        using BayesianTransformerEncoderLayer layer = Make(), turned = Make(sequenceFirst: true);
        turned.load_state_dict(layer.state_dict());
        var (input, masks) = (Normal(3, 5, 6), new AttentionMasks(Normal(5, 5), Padding()));
        foreach (var make in new Func<NoiseSource, Estimator>[]
            { noise => new Reparameterization(3, noise), noise => new LocalReparameterization(3, noise), noise => new Flipout(3, noise) })
        {
            using TorchNoise noise = new(3), same = new(3);
            ShouldBeClose(
                turned.Sample(input.transpose(0, 1), make(noise), masks), layer.Sample(input, make(same), masks).transpose(1, 2), 1e-12);
        }
    }

    [Fact]
    public void Dropout_drops_in_training_alone()
    {
        using var layer = Make(dropout: 0.3);
        var input = Normal(2, 5, 6);
        ShouldDiffer(layer.Sample(input, PosteriorMean.Instance), layer.Sample(input, PosteriorMean.Instance));
        layer.eval();
        ShouldBeClose(layer.Sample(input, PosteriorMean.Instance), layer.Sample(input, PosteriorMean.Instance), 0);
        layer.Dropout.Should().Be(0.3);
    }

    [Fact]
    public void A_layer_without_biases_has_none_in_its_normalizations()
    {
        using var layer = Make(hasBias: false);
        layer.state_dict().Keys.Should().NotContain(key => key.Contains("bias"));
        ShouldBeFinite(layer.Sample(Input(2), 2));
    }

    [Fact]
    public void A_row_of_padding_alone_gives_finite_numbers()
    {
        using var layer = Make();
        var padding = zeros([2, 4], ScalarType.Bool);
        padding[1] = tensor(true);
        var output = layer.Sample(Input(2), new Reparameterization(2), new(KeyPadding: padding));
        ShouldBeFinite(output);
        output.square().sum().backward();
        foreach (var parameter in layer.parameters())
            ShouldBeFinite(parameter.grad!);
    }

    [Fact]
    public void A_stack_predicts_in_blocks_and_trains_fast_as_one_call_and_a_plain_loop_do()
    {
        static BayesianSequential Stack() => new(
            new BayesianPositionalEmbedding(4, 6, dtype: float64), Make(), Make(nn.Activations.GELU, normFirst: true), nn.Flatten(),
            new BayesianLinear(24, 1, dtype: float64));
        using var model = Stack();
        var input = Normal(50, 4, 6);
        using (var prediction = new MonteCarloPredictive(model, new BernoulliLikelihood(), samples: 4, seed: 1, MemoryBudget.FromMebibytes(1))
            .Predict(input))
        {
            using var noGrad = no_grad();
            using var draws = new PosteriorDraws(seed: 1, count: 4);
            ShouldBeClose(prediction.Mean, model.Sample(input, draws).sigmoid().mean([0L]), 1e-12);
        }
        FastStepsShouldEndWherePlainOnesDo(Stack, Input(6));
    }

    [Fact]
    public void Diagnostics_name_each_weight()
    {
        using var model = new BayesianSequential(("encoder", Make()));
        PosteriorDiagnostics.Of(model).Layers.Select(layer => layer.Name).Should().Equal(
            "encoder.self_attn.q_proj", "encoder.self_attn.k_proj", "encoder.self_attn.v_proj", "encoder.self_attn.out_proj", "encoder.linear1",
            "encoder.linear2");
    }

    [Fact]
    public void It_describes_itself()
    {
        using var layer = Make(nn.Activations.GELU);
        layer.ToString().Should().StartWith(
            "BayesianTransformerEncoderLayer(d_model=6, nhead=2, dim_feedforward=8, activation=GELU, norm_first=False, sequence_first=False, "
            + "causal=False, bias=True\n  (self_attn): BayesianMultiheadAttention(");
    }

    [Fact]
    public void Bad_arguments_are_refused()
    {
        FluentActions.Invoking(() => new BayesianTransformerEncoderLayer(6, 4)).Should().Throw<ArgumentException>()
            .WithMessage("embeddingSize is 6; expected a multiple of the 4 heads.*");
        FluentActions.Invoking(() => new BayesianTransformerEncoderLayer(6, 2, 0)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("feedForwardSize is 0*");
        FluentActions.Invoking(() => new BayesianTransformerEncoderLayer(6, 2, dropout: -1)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("dropout is -1*");
        FluentActions.Invoking(() => new BayesianTransformerEncoderLayer(6, 2, activation: (nn.Activations)7)).Should()
            .Throw<ArgumentOutOfRangeException>().WithMessage("activation is 7; expected ReLU or GELU.*");
        using var layer = Make();
        layer.Invoking(each => each.forward(Normal(2, 4, 5))).Should().Throw<ArgumentException>()
            .WithMessage("The input has shape [2, 4, 5]; expected [batch, steps, 6] with at least one step.*");
    }
}
