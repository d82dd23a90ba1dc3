using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tests.Laws;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Modules;

/// <summary>An embedding with a padding also obeys the laws of modules.</summary>
public sealed class PaddedBayesianEmbeddingTests : ModuleLaws
{
    private const long Padding = 1;

    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) =>
        new BayesianEmbedding(5, 3, dtype: dtype, paddingIndex: Padding);

    protected override Tensor Input(long batch) => arange(5, int64).repeat(batch).reshape(batch, 5);

    protected override Tensor As(Tensor input, ScalarType dtype) => input;

    protected override IEnumerable<string> Keys => ["weight_mu", "weight_log_var"];

    public static TheoryData<string> AllEstimators =>
        [nameof(Reparameterization), nameof(LocalReparameterization), nameof(Flipout), nameof(PosteriorMean), nameof(PosteriorDraws)];

    [Theory, MemberData(nameof(AllEstimators))]
    public void The_padding_is_zero_in_every_draw_of_every_estimator(string name)
    {
        using var layer = Create();
        Estimator estimator = name switch
        {
            nameof(Reparameterization) => new Reparameterization(8),
            nameof(LocalReparameterization) => new LocalReparameterization(8),
            nameof(Flipout) => new Flipout(8),
            nameof(PosteriorMean) => PosteriorMean.Instance,
            _ => new PosteriorDraws(seed: 3, count: 8),
        };
        using var _ = estimator as IDisposable;
        // The root of a variance has a floor, below which the gradient is zero.
        foreach (var indices in new[] { tensor(new[] { Padding, 0 }), tensor(new[] { Padding, 0, 4, Padding }).reshape(2, 2) })
        {
            var outputs = layer.Sample(indices, estimator);
            outputs.mul(indices.eq(Padding).unsqueeze(-1)).abs().max().ToDouble().Should().BeLessThan(1e-15);
            outputs.abs().max().ToDouble().Should().BePositive();
        }
    }

    [Fact]
    public void Training_keeps_the_padding_at_zero_and_the_divergence_ignores_it()
    {
        using var layer = (BayesianEmbedding)Create();
        using var without = new BayesianEmbedding(4, 3, dtype: float64);
        using (no_grad())
        {
            without.weight_mu.copy_(layer.weight_mu);
            without.weight_log_var.copy_(layer.weight_log_var);
        }
        ShouldBeClose(layer.KlDivergence(), without.KlDivergence(), 0);
        var model = new BayesianSequential(layer, nn.Flatten(), new BayesianLinear(15, 1, dtype: float64));
        using var step = new VariationalStep(model, ElboLoss.Bernoulli(8), parameters => optim.Adam(parameters, 0.1));
        for (int i = 0; i < 20; i++)
            step.Run(Input(8), ones(8, 1, float64)).Dispose();
        Values(layer.Sample(tensor(new[] { Padding }), 5)).Should().OnlyContain(value => value == 0);
        layer.Sample(tensor(new[] { 0L, 2 }), 5).abs().min().ToDouble().Should().BePositive();
        layer.ToString().Should().Be("BayesianEmbedding(5, 3, padding_idx=1)");
    }

    [Fact]
    public void A_padded_word_adds_no_uncertainty()
    {
        using var layer = Create();
        using var prediction = new MonteCarloPredictive(layer, new GaussianLikelihood(0.5), 30, seed: 1).Predict(tensor(new[] { Padding, 3 }));
        Values(prediction.EpistemicVariance[0]).Should().OnlyContain(value => value == 0);
        Values(prediction.EpistemicVariance[1]).Should().OnlyContain(value => value > 0);
    }
}

public sealed class BayesianEmbeddingTests : ModuleLaws
{
    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) => new BayesianEmbedding(5, 3, dtype: dtype);

    protected override Tensor Input(long batch) => arange(5, int64).repeat(batch).reshape(batch, 5);

    protected override Tensor As(Tensor input, ScalarType dtype) => input;

    protected override IEnumerable<string> Keys => ["weight_mu", "weight_log_var"];

    [Fact]
    public void Words_pass_through_a_recurrent_network_to_a_prediction()
    {
        var model = new BayesianSequential(new BayesianEmbedding(6, 4), new BayesianGRU(4, 5, returnsSequence: false), new BayesianLinear(5, 2));
        var words = randint(6, [7, 9], dtype: int64);
        using var prediction = new MonteCarloPredictive(model, new CategoricalLikelihood(), 8, seed: 2).Predict(words);
        prediction.Mean.shape.Should().Equal(7, 2);
        ShouldBeFinite(prediction.MutualInformation);
        model.Sample(words, new LocalReparameterization(2)).sum().backward();
        model.parameters().First().grad!.abs().sum().ToDouble().Should().BePositive();
    }

    [Theory]
    [InlineData(5L)]
    [InlineData(5L, 4L)]
    [InlineData(5L, 4L, 2L)]
    public void The_vector_axis_follows_the_axes_of_the_indices(params long[] shape)
    {
        using var layer = new BayesianEmbedding(7, 3);
        var indices = randint(7, shape, dtype: int64);
        layer.forward(indices).shape.Should().Equal([.. shape, 3]);
        layer.Sample(indices, 6).shape.Should().Equal([6, .. shape, 3]);
    }

    [Fact]
    public void An_index_absent_from_the_data_gets_no_gradient_from_it()
    {
        using var layer = new BayesianEmbedding(3, 2, dtype: float64);
        layer.Sample(tensor([0L, 2, 2]), 4).square().sum().backward();
        foreach (var gradient in new[] { layer.weight_mu.grad!, layer.weight_log_var.grad! })
        {
            Values(gradient[1]).Should().OnlyContain(value => value == 0);
            Values(gradient[0]).Concat(Values(gradient[2])).Should().NotContain(0);
        }
    }

    [Fact]
    public void A_network_over_indices_predicts_the_same_in_blocks()
    {
        using var model = new BayesianSequential(
            new BayesianEmbedding(50, 8, dtype: float64), new BayesianGRU(8, 6, returnsSequence: false, dtype: float64),
            new BayesianLinear(6, 1, dtype: float64));
        var input = randint(50, [300, 12], dtype: int64);
        var blocks = new List<PredictiveProgress>();
        using var prediction = new MonteCarloPredictive(model, new BernoulliLikelihood(), samples: 6, seed: 1, MemoryBudget.FromMebibytes(1))
            .Predict(input, progress: new Told<PredictiveProgress>(blocks.Add));
        blocks.Should().HaveCountGreaterThan(1);
        using var noGrad = no_grad();
        using var draws = new PosteriorDraws(seed: 1, count: 6);
        ShouldBeClose(prediction.Mean, model.Sample(input, draws).sigmoid().mean([0L]), 1e-12);
    }

    public static TheoryData<int, ScalarType, long?> Tables => new()
    {
        { 3, ScalarType.Float32, null }, { 32, ScalarType.Float32, 7 }, { 50, ScalarType.Float32, null }, { 64, ScalarType.Float64, null },
            { 5, ScalarType.Float64, 0 },
        { 9, ScalarType.Float16, 199 },
    };

    [Theory, MemberData(nameof(Tables))]
    public void Named_draws_of_a_few_rows_are_rows_of_the_whole_draws_to_the_bit(int size, ScalarType type, long? padding)
    {
        using var layer = new BayesianEmbedding(200, size, dtype: type, paddingIndex: padding);
        using var _ = no_grad();
        using PosteriorDraws whole = new(seed: 8, count: 5, first: 3), few = new(seed: 8, count: 5, first: 3);
        var all = layer.Sample(arange(200, int64), whole);
        var indices = tensor(new long[] { 7, 199, 0, 7, 31, 64 }).reshape(2, 3);
        long before = LiveTensors();
        var found = layer.Sample(indices, few);
        LiveTensors().Should().Be(before + 1, "the whole table was not drawn");
        ShouldBeClose(found, all.index_select(1, indices.flatten()).reshape(5, 2, 3, size), 0);

        // Each draw looks up different symbols.
        few.Bind(layer);
        using var pass = new Pass(few);
        var own = tensor(new long[] { 1, 2, 3, 150, 5, 6, 7, 8, 9, 150 }).reshape(5, 1, 2);
        var looked = layer.Propagate(own, pass);
        for (int s = 0; s < 5; s++)
            ShouldBeClose(looked[s, 0], all[s].index_select(0, own[s, 0]), 0, $"draw {s}");
    }

    [Fact]
    public void A_table_is_drawn_whole_once_its_rows_would_be_as_much_work()
    {
        using var layer = new BayesianEmbedding(40, 4);
        using var draws = new PosteriorDraws(seed: 8, count: 5);
        using var _ = no_grad();
        var indices = arange(10, int64);
        long before = LiveTensors();
        for (int i = 0; i < 2; i++)
            using (layer.Sample(indices, draws))
                LiveTensors().Should().Be(before + 1);
        using (layer.Sample(indices, draws))
            LiveTensors().Should().Be(before + 2, "the table is kept from now on");
    }

    [Fact]
    public void A_few_rows_of_a_large_table_pass_all_draws_at_once()
    {
        // Each whole draw of the table would take 8 MB, more than a block of draws may.
        using var model = new BayesianSequential(new BayesianEmbedding(100_000, 20), new BayesianLinear(20, 1));
        var blocks = new List<PredictiveProgress>();
        using var prediction = new MonteCarloPredictive(model, new GaussianLikelihood(1), samples: 12, seed: 4)
            .Predict(tensor(new long[] { 123 }), progress: new Told<PredictiveProgress>(blocks.Add));
        blocks.Should().ContainSingle();
        using var noGrad = no_grad();
        using var draws = new PosteriorDraws(seed: 4, count: 12);
        ShouldBeClose(prediction.Mean, model.Sample(tensor(new long[] { 123 }), draws).mean([0L]), 1e-6);
    }

    [Fact]
    public void A_table_that_a_linear_layer_shares_is_drawn_whole()
    {
        using BayesianEmbedding words = new(6, 4), own = new(6, 4);
        using var scores = new BayesianLinear(4, 6, hasBias: false);
        (scores.weight_mu, scores.weight_log_var) = (words.weight_mu, words.weight_log_var);
        using var model = new BayesianSequential(words, scores, own);
        var (whole, byRows) = model.PosteriorsByUse();
        whole.Should().ContainSingle().Which.Mean.Should().BeSameAs(words.weight_mu);
        byRows.Should().ContainSingle().Which.Mean.Should().BeSameAs(own.weight_mu);
    }

    [Fact]
    public void A_word_alone_has_the_same_prediction_as_among_others()
    {
        var model = new BayesianSequential(new BayesianEmbedding(500, 8), new BayesianLinear(8, 1));
        using var predictor = new MonteCarloPredictive(model, new GaussianLikelihood(1), samples: 20, seed: 4);
        using Predictive one = predictor.Predict(tensor(new long[] { 123 })), all = predictor.Predict(arange(500, int64));
        ShouldBeClose(one.Mean, all.Mean.narrow(0, 123, 1), 1e-6);
        ShouldBeClose(one.EpistemicVariance, all.EpistemicVariance.narrow(0, 123, 1), 1e-5);
        using var blocks = new MonteCarloPredictive(model, new GaussianLikelihood(1), samples: 20, seed: 4,
            MemoryBudget.FromMebibytes(1)).Predict(tensor(new long[] { 123 }));
        ShouldBeClose(blocks.Mean, one.Mean, 1e-6);
    }

    [Fact]
    public void Numbers_that_are_not_indices_are_refused()
    {
        using var layer = new BayesianEmbedding(5, 3);
        layer.Invoking(l => l.forward(randn(2, 3)))
            .Should().Throw<ArgumentException>().WithMessage("The input is of type Float32; BayesianEmbedding expected Int64*");
        layer.Invoking(l => l.forward(tensor(new long[] { 0, 7 })))
            .Should().Throw<ArgumentException>().WithMessage("The input has the index 7; expected 0 to 4*");
    }
}
