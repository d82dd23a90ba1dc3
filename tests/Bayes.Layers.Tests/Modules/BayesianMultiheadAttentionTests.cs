using Bayes.Layers.Diagnostics;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Modules;

public sealed class BayesianMultiheadAttentionTests : ModuleLaws
{
    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) => new BayesianMultiheadAttention(6, 2, dtype: dtype);

    protected override Tensor Input(long batch) => Normal(batch, 4, 6);

    protected override IEnumerable<string> Keys =>
        from layer in new[] { "q_proj", "k_proj", "v_proj", "out_proj" }
        from parameter in new[] { "weight_mu", "weight_log_var", "bias_mu", "bias_log_var" }
        select $"{layer}.{parameter}";

    public static TheoryData<long, bool, long?, long?> Builds =>
        new() { { 1, true, null, null }, { 3, true, null, null }, { 6, false, null, null }, { 2, true, 4, 4 }, { 2, false, 8, 8 } };

    private static Tensor NotAfter(long steps) => ones([steps, steps], ScalarType.Bool).triu(1);

    // TorchSharp adds a mask of type Bool as the number 1.
    private static Tensor AsNumbers(Tensor mask) => zeros(mask.shape, float64).masked_fill(mask, double.NegativeInfinity);

    private static Tensor PaddingOf(long batch, long keys)
    {
        var padding = zeros([batch, keys], ScalarType.Bool);
        for (int row = 1; row < batch; row++)
            padding[row, TensorIndex.Slice(keys - row)] = tensor(true);
        return padding;
    }

    /// <summary>Returns what TorchSharp's module computes, which takes the sequence first.</summary>
    private static Tensor Expected(
        BayesianMultiheadAttention layer, Func<string, string, Tensor> weightOf, Tensor query, Tensor key, Tensor value, Tensor? padding = null,
        Tensor? mask = null)
    {
        using var noGrad = no_grad();
        using var torchs = TorchTransformers.Attention(layer, weightOf);
        return torchs.call(query.transpose(0, 1), key.transpose(0, 1), value.transpose(0, 1), padding, true, mask).Item1.transpose(0, 1);
    }

    private static Tensor Run(
        BayesianMultiheadAttention layer, Estimator estimator, Tensor query, Tensor key, Tensor value, AttentionMasks masks = default)
    {
        using var pass = new Pass(estimator);
        estimator.Begin(layer);
        return layer.Attend(query.unsqueeze(0), key.unsqueeze(0), value.unsqueeze(0), pass, masks);
    }

    [Theory, MemberData(nameof(Builds))]
    public void The_posterior_mean_matches_torchs_module_with_masks_and_padding(long heads, bool hasBias, long? keySize, long? valueSize)
    {
        using var layer = new BayesianMultiheadAttention(
            6, heads, hasBias: hasBias, keySize: keySize, valueSize: valueSize, dtype: float64);
        Tensor query = Normal(3, 5, 6), key = Normal(3, 4, layer.KeySize), value = Normal(3, 4, layer.ValueSize);
        Tensor mask = Normal(5, 4), padding = PaddingOf(3, 4);
        Tensor Mean(string path, string parameter) => TorchTransformers.MeanOf(layer, path, parameter);
        ShouldBeClose(Run(layer, PosteriorMean.Instance, query, key, value)[0], Expected(layer, Mean, query, key, value), 1e-13);
        ShouldBeClose(
            Run(layer, PosteriorMean.Instance, query, key, value, new(mask, padding))[0],
            Expected(layer, Mean, query, key, value, padding, mask), 1e-13);
        var hides = mask.gt(0.8);
        ShouldBeClose(
            Run(layer, PosteriorMean.Instance, query, key, value, new(hides, padding))[0],
            Expected(layer, Mean, query, key, value, padding, AsNumbers(hides)), 1e-13);
        ShouldBeClose(
            Run(layer, PosteriorMean.Instance, query, key, value, new(KeyPadding: padding, IsCausal: true))[0],
            Expected(layer, Mean, query, key, value, padding, AsNumbers(ones([5, 4], ScalarType.Bool).triu(1))), 1e-13);
    }

    [Theory, MemberData(nameof(Builds))]
    public void Each_draw_matches_torchs_module_with_its_weights(long heads, bool hasBias, long? keySize, long? valueSize)
    {
        using var layer = new BayesianMultiheadAttention(
            6, heads, hasBias: hasBias, keySize: keySize, valueSize: valueSize, dtype: float64);
        Tensor query = Normal(3, 5, 6), key = Normal(3, 4, layer.KeySize), value = Normal(3, 4, layer.ValueSize);
        Tensor mask = Normal(5, 4), padding = PaddingOf(3, 4);
        foreach (int samples in new[] { 1, 3 })
        {
            var (noise, weights) = TorchTransformers.Drawn(layer, samples);
            var own = Run(layer, new Reparameterization(samples, new GivenNoise(noise)), query, key, value, new(mask, padding));
            for (int s = 0; s < samples; s++)
                ShouldBeClose(
                    own[s], Expected(layer, (path, parameter) => weights[(path, parameter)][s], query, key, value, padding, mask), 1e-13,
                    $"draw {s}");
        }
    }

    /// <summary>TorchSharp's module refuses these sizes when it is called.</summary>
    [Fact]
    public void Keys_and_values_may_have_other_sizes()
    {
        using var layer = new BayesianMultiheadAttention(6, 2, keySize: 4, valueSize: 5, dtype: float64);
        Tensor query = Normal(3, 5, 6), key = Normal(3, 7, 4), value = Normal(3, 7, 5);
        var own = Run(layer, PosteriorMean.Instance, query, key, value)[0];
        Tensor Projected(BayesianLinear linear, Tensor input) => nn.functional.linear(input, linear.weight_mu, linear.bias_mu);
        Tensor q = Projected(layer.Query, query), k = Projected(layer.Key, key), v = Projected(layer.Value, value);
        var heads = Enumerable.Range(0, 2).Select(head => q.narrow(2, 3 * head, 3).bmm(k.narrow(2, 3 * head, 3).transpose(1, 2)).div(Math.Sqrt(3))
            .softmax(-1).bmm(v.narrow(2, 3 * head, 3)));
        ShouldBeClose(own, Projected(layer.Output, cat([.. heads], -1)), 1e-13);
    }

    [Fact]
    public void Each_named_draw_matches_the_plain_module_of_that_draw()
    {
        using var layer = new BayesianMultiheadAttention(6, 3, dtype: float64);
        using var draws = new PosteriorDraws(seed: 9, count: 3);
        Tensor input = Normal(3, 5, 6), padding = PaddingOf(3, 5);
        var own = layer.Sample(input, draws, new(NotAfter(5), padding));
        for (int s = 0; s < 3; s++)
            ShouldBeClose(
                own[s], Expected(layer, (path, parameter) => draws.Weights(TorchTransformers.PosteriorOf(
                    (BayesianLayer)layer.named_modules().Single(each => each.name == path).module, parameter))[s],
                    input, input, input, padding, AsNumbers(NotAfter(5))), 1e-13, $"draw {s}");
    }

    /// <summary>Signs for each step would change the weights at each step.</summary>
    [Fact]
    public void Each_row_of_flipout_and_local_reparameterization_matches_torchs_module_with_the_rows_weights_at_every_step()
    {
        const int samples = 2, batch = 3;
        using var layer = new BayesianMultiheadAttention(4, 2, dtype: float64);
        Tensor input = Normal(batch, 5, 4), padding = PaddingOf(batch, 5);
        foreach (string name in new[] { nameof(Flipout), nameof(LocalReparameterization) })
        {
            var given = new Dictionary<(string Path, string Part), Tensor>();
            var order = new List<Tensor>();
            foreach (string path in new[] { "q_proj", "k_proj", "v_proj", "out_proj" })
            {
                Add(path, "weight", Normal(samples, 4, 4));
                Add(path, "bias", Normal(samples, 4));
                Add(path, "inputs", Normal(samples, batch, 1, 4));
                Add(path, "outputs", Normal(samples, batch, 1, 4));
            }
            var noise = new GivenNoise(order);
            Estimator estimator = name == nameof(Flipout) ? new Flipout(samples, noise) : new LocalReparameterization(samples, noise);
            var own = layer.Sample(input, estimator, new(KeyPadding: padding));
            noise.Left.Should().Be(0);
            for (int s = 0; s < samples; s++)
                for (int row = 0; row < batch; row++)
                {
                    var one = input.narrow(0, row, 1);
                    ShouldBeClose(own[s, row], Expected(layer, WeightOf, one, one, one, padding.narrow(0, row, 1))[0], 1e-13);

                    Tensor WeightOf(string path, string parameter)
                    {
                        var posterior = TorchTransformers.PosteriorOf(
                            (BayesianLayer)layer.named_modules().Single(each => each.name == path).module, parameter);
                        Tensor outputs = given[(path, "outputs")][s, row].flatten().sign(), inputs = given[(path, "inputs")][s, row].flatten().sign();
                        return posterior.Mean + posterior.Stddev() * given[(path, parameter)][s]
                            * (parameter == "weight" ? outputs.outer(inputs) : outputs);
                    }
                }

            void Add(string path, string part, Tensor value)
            {
                given.Add((path, part), value);
                order.Add(value);
            }
        }
    }

    [Fact]
    public void A_mask_of_each_head_and_row_is_that_of_the_head_and_row()
    {
        using var layer = new BayesianMultiheadAttention(6, 3, dtype: float64);
        Tensor input = Normal(2, 4, 6), masks = Normal(6, 4, 4);
        using var draws = new PosteriorDraws(seed: 9, count: 2);
        var own = layer.Sample(input, draws, new(masks));
        // A value reaches its head's features alone, which the output projection of one head shows.
        for (int head = 0; head < 3; head++)
        {
            using var single = new BayesianMultiheadAttention(6, 3, dtype: float64);
            single.load_state_dict(layer.state_dict());
            using var noGrad = no_grad();
            foreach (var each in new[] { single, layer })
                each.Output.weight_log_var.fill_(double.NegativeInfinity);
            for (int row = 0; row < 2; row++)
            {
                var one = single.Sample(input.narrow(0, row, 1), PosteriorMean.Instance, new(masks[3 * row + head]));
                var all = layer.Sample(input, PosteriorMean.Instance, new(masks));
                // Compares what enters the output projection.
                Tensor Inner(Tensor output) => linalg.solve(single.Output.weight_mu, (output - single.Output.bias_mu!).unsqueeze(-1)).squeeze(-1);
                ShouldBeClose(Inner(all[0, row]).narrow(-1, 2 * head, 2), Inner(one[0, 0]).narrow(-1, 2 * head, 2), 1e-10);
            }
        }
        own.shape.Should().Equal(2, 2, 4, 6);
    }

    [Fact]
    public void A_causal_module_does_not_see_later_steps()
    {
        using var layer = new BayesianMultiheadAttention(6, 2, isCausal: true, dtype: float64);
        var input = Normal(2, 5, 6);
        using var draws = new PosteriorDraws(seed: 9, count: 2);
        var whole = layer.Sample(input, draws);
        for (int steps = 1; steps <= 5; steps++)
            ShouldBeClose(layer.Sample(input.narrow(1, 0, steps), draws), whole.narrow(2, 0, steps), 1e-13);
        ShouldBeClose(layer.Sample(input, draws, new(NotAfter(5), zeros([2, 5], ScalarType.Bool))), whole, 1e-13, "it is so already");
    }

    /// <summary>TorchSharp's module returns NaN, which then reaches every weight.</summary>
    [Fact]
    public void A_row_of_padding_alone_gets_the_bias_and_finite_gradients()
    {
        using var layer = new BayesianMultiheadAttention(6, 2, dtype: float64);
        Tensor input = Normal(2, 4, 6), padding = zeros([2, 4], ScalarType.Bool);
        padding[1] = tensor(true);
        foreach (var masks in new[] { new AttentionMasks(KeyPadding: padding), new(Normal(4, 4), padding), new(AsNumbers(NotAfter(4)), padding) })
        {
            layer.zero_grad();
            var output = layer.Sample(input, PosteriorMean.Instance, masks);
            ShouldBeClose(output[0, 1], layer.Output.bias_mu!.expand(4, 6), 1e-13);
            var alone = masks.Attention is null ? layer.Sample(input.narrow(0, 0, 1), PosteriorMean.Instance)
                : layer.Sample(input.narrow(0, 0, 1), PosteriorMean.Instance, masks with { KeyPadding = null });
            ShouldBeClose(output[0, 0], alone[0, 0], 1e-13);
            output.square().sum().backward();
            foreach (var (name, parameter) in layer.named_parameters())
                if (parameter.grad is { } gradient)
                    ShouldBeFinite(gradient);
        }
    }

    [Fact]
    public void Padding_affects_no_output_and_no_gradient()
    {
        using var layer = new BayesianMultiheadAttention(6, 2, dtype: float64);
        Tensor input = Normal(2, 5, 6), padding = PaddingOf(2, 5), other = input.clone();
        other[1, 4] = Normal(6);
        using var draws = new PosteriorDraws(seed: 9, count: 3);
        var output = layer.Sample(input, draws, new(KeyPadding: padding));
        ShouldBeClose(layer.Sample(other, draws, new(KeyPadding: padding)).narrow(2, 0, 4), output.narrow(2, 0, 4), 0);
        ShouldBeClose(layer.Sample(input.narrow(0, 1, 1).narrow(1, 0, 4), draws)[TensorIndex.Colon, 0], output[TensorIndex.Colon, 1].narrow(1, 0, 4),
            1e-13);
        using TorchNoise noise = new(3), same = new(3);
        var gradients = Gradients(input, noise);
        foreach (var (found, expected) in Gradients(other, same).Zip(gradients))
            ShouldBeClose(found, expected, 1e-13);

        Tensor[] Gradients(Tensor steps, TorchNoise source)
        {
            layer.zero_grad();
            var values = layer.Sample(steps, new Reparameterization(2, source), new(KeyPadding: padding));
            values.masked_fill(padding.unsqueeze(-1).unsqueeze(0), 0).square().sum().backward();
            return [.. layer.parameters().Select(parameter => parameter.grad!.clone())];
        }
    }

    [Fact]
    public void With_the_sequence_first_it_computes_the_same_for_every_estimator()
    {
        using var layer = new BayesianMultiheadAttention(6, 2, dtype: float64);
        using var turned = new BayesianMultiheadAttention(6, 2, sequenceFirst: true, dtype: float64);
        turned.load_state_dict(layer.state_dict());
        var (input, masks) = (Normal(3, 5, 6), new AttentionMasks(Normal(5, 5), PaddingOf(3, 5)));
        foreach (var make in new Func<NoiseSource, Estimator>[]
            { noise => new Reparameterization(3, noise), noise => new LocalReparameterization(3, noise), noise => new Flipout(3, noise) })
        {
            using TorchNoise noise = new(3), same = new(3);
            ShouldBeClose(
                turned.Sample(input.transpose(0, 1), make(noise), masks), layer.Sample(input, make(same), masks).transpose(1, 2), 1e-13);
        }
        turned.Invoking(each => each.forward(Normal(5, 6))).Should().Throw<ArgumentException>("a batch of one is not meant")
            .WithMessage("The query has shape [5, 6]; expected [steps, batch, 6] with at least one step.*");
    }

    [Fact]
    public void A_single_sequence_needs_no_batch_axis()
    {
        using var layer = new BayesianMultiheadAttention(6, 2, dtype: float64);
        var sequence = Normal(7, 6);
        random.manual_seed(4);
        var alone = layer.Sample(sequence, 5);
        random.manual_seed(4);
        ShouldBeClose(alone, layer.Sample(sequence.unsqueeze(0), 5).squeeze(1), 0);
        alone.shape.Should().Equal(5, 7, 6);
    }

    [Fact]
    public void What_all_draws_share_meets_what_differs()
    {
        // A memory that is the same for all draws, and queries that differ.
        using var layer = new BayesianMultiheadAttention(6, 2, dtype: float64);
        Tensor queries = Normal(3, 2, 5, 6), memory = Normal(1, 2, 4, 6);
        using var draws = new PosteriorDraws(seed: 9, count: 3);
        draws.Bind(layer);
        using var pass = new Pass(draws);
        ShouldBeClose(
            layer.Attend(queries, memory, memory, pass), layer.Attend(queries, memory.expand(3, 2, 4, 6), memory.expand(3, 2, 4, 6), pass), 1e-14);
        using var mean = new Pass(PosteriorMean.Instance);
        layer.Attend(memory, memory, memory, mean).shape.Should().Equal(1, 2, 4, 6);
    }

    [Fact]
    public void Dropout_drops_weights_in_training_alone()
    {
        using var layer = new BayesianMultiheadAttention(6, 2, dropout: 0.5, dtype: float64);
        var input = Normal(2, 5, 6);
        layer.eval();
        ShouldBeClose(layer.Sample(input, PosteriorMean.Instance), layer.Sample(input, PosteriorMean.Instance), 0);
        var mean = layer.Sample(input, PosteriorMean.Instance);
        layer.train();
        ShouldDiffer(layer.Sample(input, PosteriorMean.Instance), layer.Sample(input, PosteriorMean.Instance));
        var average = zeros_like(mean);
        for (int i = 0; i < 4_000; i++)
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            average.add_(layer.Sample(input, PosteriorMean.Instance));
        }
        ShouldBeClose(average / 4_000, mean.detach(), 0.08, "what is left is scaled up");
    }

    [Fact]
    public void Predictions_in_blocks_of_rows_and_draws_match_one_call()
    {
        using var model = new BayesianSequential(
            new BayesianMultiheadAttention(6, 2, dtype: float64), nn.Flatten(), new BayesianLinear(24, 1, dtype: float64));
        var input = Normal(50, 4, 6);
        using var prediction = new MonteCarloPredictive(model, new BernoulliLikelihood(), samples: 4, seed: 1, MemoryBudget.FromMebibytes(1))
            .Predict(input);
        using var noGrad = no_grad();
        using var draws = new PosteriorDraws(seed: 1, count: 4);
        ShouldBeClose(prediction.Mean, model.Sample(input, draws).sigmoid().mean([0L]), 1e-12);
    }

    [Fact]
    public void With_the_sequence_first_a_prediction_is_refused()
    {
        using var model = new BayesianSequential(new BayesianMultiheadAttention(6, 2, sequenceFirst: true), new BayesianLinear(6, 1));
        using var predictor = new MonteCarloPredictive(model, new BernoulliLikelihood(), samples: 4, seed: 1);
        predictor.Invoking(each => each.Predict(randn(5, 3, 6))).Should().Throw<InvalidOperationException>()
            .WithMessage("*mixes the rows of a batch*transpose the input inside a module of your own*");
    }

    [Fact]
    public void The_fast_step_matches_the_plain_loop() => FastStepsShouldEndWherePlainOnesDo(
        () => new BayesianSequential(
            new BayesianMultiheadAttention(6, 2, dtype: float64), nn.Flatten(), new BayesianLinear(24, 1, dtype: float64)), Input(6));

    [Fact]
    public void Diagnostics_name_each_weight_and_the_divergence_counts_each_once()
    {
        using var layer = new BayesianMultiheadAttention(6, 2, dtype: float64);
        PosteriorDiagnostics.Of(layer).Layers.Select(each => each.Name).Should().Equal("q_proj", "k_proj", "v_proj", "out_proj");
        var once = layer.children().Cast<BayesianLinear>().Select(child => child.KlDivergence()).Aggregate((sum, next) => sum + next);
        ShouldBeClose(layer.KlDivergence(), once, 1e-13);
        ShouldBeClose(layer.SampleWithKl(Input(2), new Reparameterization(3)).KlDivergence, once, 1e-13);
    }

    [Fact]
    public void It_describes_itself()
    {
        using var layer = new BayesianMultiheadAttention(6, 2, dropout: 0.25, keySize: 4);
        layer.ToString().Should().StartWith(
            "BayesianMultiheadAttention(embed_dim=6, num_heads=2, dropout=0.25, causal=False, sequence_first=False, bias=True, kdim=4, vdim=6\n"
            + "  (q_proj): BayesianLinear(in_features=6, ");
    }

    [Fact]
    public void A_pass_with_masks_leaves_only_its_result()
    {
        using var layer = new BayesianMultiheadAttention(6, 2, dtype: float64);
        var (input, masks) = (Input(3), new AttentionMasks(Normal(4, 4), PaddingOf(3, 4), IsCausal: true));
        long before = LiveTensors();
        using var output = layer.Sample(input, new LocalReparameterization(3), masks);
        LiveTensors().Should().Be(before + 1);
    }

    [Theory]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void Half_precision_runs(ScalarType type)
    {
        using var layer = new BayesianMultiheadAttention(6, 2, dtype: type);
        var output = layer.Sample(Input(2).to(type), new Reparameterization(3), new(Normal(4, 4), PaddingOf(2, 4)));
        output.dtype.Should().Be(type);
        ShouldBeFinite(output);
    }

    [Fact]
    public void Bad_arguments_are_refused()
    {
        FluentActions.Invoking(() => new BayesianMultiheadAttention(6, 4)).Should().Throw<ArgumentException>()
            .WithMessage("embeddingSize is 6; expected a multiple of the 4 heads.*");
        FluentActions.Invoking(() => new BayesianMultiheadAttention(6, 0)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("heads is 0*");
        FluentActions.Invoking(() => new BayesianMultiheadAttention(6, 2, dropout: 1)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("dropout is 1; expected a number of at least 0 and below 1.*");
        FluentActions.Invoking(() => new BayesianMultiheadAttention(6, 2, keySize: 0)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("keySize is 0*");
        using var layer = new BayesianMultiheadAttention(6, 2, dtype: float64);
        layer.Invoking(each => each.forward(Normal(2, 4, 5))).Should().Throw<ArgumentException>()
            .WithMessage("The query has shape [2, 4, 5]; expected [batch, steps, 6] with at least one step.*");
        layer.Invoking(each => each.forward(Normal(2, 3, 4, 6))).Should().Throw<ArgumentException>().WithMessage("The query has shape [2, 3, 4, 6]*");
        layer.Invoking(each => each.forward(Normal(2, 4, 6).to(float32))).Should().Throw<ArgumentException>().WithMessage("The input is of type*");
        layer.Invoking(each => Run(each, PosteriorMean.Instance, Normal(2, 4, 6), Normal(2, 3, 6), Normal(2, 4, 6))).Should()
            .Throw<ArgumentException>().WithMessage("The query has 2 rows, the key 2 with 3 steps, and the value 2 with 4; expected the same rows*");
        using var cross = new BayesianMultiheadAttention(6, 2, keySize: 3, dtype: float64);
        cross.Invoking(each => each.forward(Normal(2, 4, 6))).Should().Throw<ArgumentException>()
            .WithMessage("The key has shape [2, 4, 6]; expected [batch, steps, 3]*");
    }

    [Fact]
    public void Masks_that_do_not_fit_are_refused()
    {
        using var layer = new BayesianMultiheadAttention(6, 2, dtype: float64);
        var input = Normal(3, 4, 6);
        foreach (var (masks, message) in new[]
        {
            (new AttentionMasks(Normal(4, 5)),
                "The attention mask has shape [4, 5]; expected [4, 4], queries and keys, or [6, 4, 4], one for each of 2 heads of each of 3 rows.*"),
            (new(Normal(3, 4, 4)), "The attention mask has shape [3, 4, 4]; expected [4, 4]*"),
            (new(ones([4, 4], int64)), "The mask Attention is of type Int64; expected Bool, true where a query must not attend to a key*"),
            (new(KeyPadding: zeros([4, 3], ScalarType.Bool)), "The mask of padding has shape [4, 3]; expected [3, 4], rows and keys.*"),
            (new(KeyPadding: zeros([3, 4], ScalarType.Byte)), "The mask KeyPadding is of type Byte; expected Bool*"),
        })
            layer.Invoking(each => each.Sample(input, PosteriorMean.Instance, masks)).Should().Throw<ArgumentException>().WithMessage(message);
    }
}
