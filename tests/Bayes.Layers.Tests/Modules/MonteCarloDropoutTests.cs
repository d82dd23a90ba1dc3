using Bayes.Layers.Estimators;
using Bayes.Layers.Evaluation;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tests.Laws;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Modules;

/// <summary>Dropout alone has no parameters to save or move, so the laws are tested on networks that contain it.</summary>
public sealed class MonteCarloDropoutAmongPlainLayersTests : ModuleLaws
{
    protected override bool HasNoiseOfItsOwn => true;

    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) => new BayesianSequential(
        ("hidden", nn.Linear(4, 32, dtype: dtype)), ("tanh", nn.Tanh()), ("dropout", new MonteCarloDropout(0.4)),
        ("out", nn.Linear(32, 3, dtype: dtype)));

    protected override Tensor Input(long batch) => Normal(batch, 4);

    protected override IEnumerable<string> Keys => ["hidden.weight", "hidden.bias", "out.weight", "out.bias"];
}

public sealed class MonteCarloDropoutAmongBayesianLayersTests : ModuleLaws
{
    protected override bool HasNoiseOfItsOwn => true;

    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) => new BayesianSequential(
        ("memory", new BayesianGRU(4, 8, dtype: dtype)), ("dropout", new MonteCarloDropout(0.4, channelAxis: -1)),
        ("out", new BayesianLinear(8, 3, dtype: dtype)));

    protected override Tensor Input(long batch) => Normal(batch, 6, 4);

    protected override IEnumerable<string> Keys =>
        from layer in new[] { "memory.input_hidden_0", "memory.hidden_hidden_0", "out" }
        from parameter in new[] { "weight_mu", "weight_log_var", "bias_mu", "bias_log_var" }
        select $"{layer}.{parameter}";
}

public sealed class MonteCarloDropoutTests : TorchTest
{
    private static readonly BernoulliLikelihood Likelihood = new();

    private static BayesianSequential Network() => new(
        ("hidden", nn.Linear(4, 32, dtype: float64)), ("first", new MonteCarloDropout(0.4)), ("relu", nn.ReLU()),
        ("nested", nn.Sequential(nn.Linear(32, 16, dtype: float64), new MonteCarloDropout(0.2))), ("out", nn.Linear(16, 1, dtype: float64)));

    [Theory]
    [InlineData(0.1, ScalarType.Float64)]
    [InlineData(0.5, ScalarType.Float32)]
    [InlineData(0.9, ScalarType.Float64)]
    [InlineData(0.1, ScalarType.BFloat16)]
    [InlineData(0.3, ScalarType.Float16)]
    public void A_share_of_the_units_is_dropped_and_the_rest_is_scaled_up(double probability, ScalarType type)
    {
        const int units = 200_000;
        using var dropout = new MonteCarloDropout(probability);
        var output = dropout.forward(ones([1, units], type));
        output.dtype.Should().Be(type);
        double kept = Values(ones([1], float64).div(1 - probability).to(type))[0];
        Values(output).Distinct().Order().Should().Equal(0, kept);
        double dropped = Values(output).Count(value => value == 0) / (double)units;
        dropped.Should().BeApproximately(probability, 5 * Math.Sqrt(probability * (1 - probability) / units));
    }

    [Fact]
    public void Mean_and_variance_match_the_closed_form()
    {
        const int samples = 40_000;
        const double p = 0.3;
        using var dropout = new MonteCarloDropout(p);
        var input = Normal(2, 3);
        var outputs = dropout.Sample(input, samples);
        var variance = input.square() * (p / (1 - p));
        Values(outputs.mean([0L]).sub(input).div(variance.sqrt()).abs()).Max().Should().BeLessThan(5 / Math.Sqrt(samples));
        Values(outputs.var(0L).div(variance).sub(1).abs()).Max().Should().BeLessThan(0.05);
    }

    [Fact]
    public void It_is_random_in_evaluation_mode_too()
    {
        using var dropout = new MonteCarloDropout();
        dropout.eval();
        var input = ones(2, 64);
        ShouldDiffer(dropout.forward(input), dropout.forward(input));
        ShouldDiffer(dropout.forward(input), input);
    }

    [Fact]
    public void A_draw_is_one_thinned_network_for_all_rows()
    {
        using var dropout = new MonteCarloDropout();
        var outputs = dropout.Sample(ones(5, 64), new Reparameterization(3));
        ShouldBeClose(outputs, outputs.narrow(1, 0, 1).expand_as(outputs), 0);
        ShouldDiffer(outputs[0], outputs[1]);
    }

    [Fact]
    public void Rows_have_their_own_masks_if_the_estimator_has_noise_per_row()
    {
        using var dropout = new MonteCarloDropout { TrainingEstimator = new LocalReparameterization() };
        dropout.train();
        var outputs = dropout.Sample(ones(5, 64), 3);
        outputs.shape.Should().Equal(3, 5, 64);
        ShouldDiffer(outputs[0, 0], outputs[0, 1]);
        ShouldDiffer(outputs[0, 0], outputs[1, 0]);
    }

    [Fact]
    public void The_posterior_mean_drops_nothing()
    {
        using var dropout = new MonteCarloDropout();
        var input = Normal(2, 3);
        ShouldBeClose(dropout.Sample(input, PosteriorMean.Instance).squeeze(0), input, 0);
    }

    [Fact]
    public void With_probability_zero_it_is_the_identity()
    {
        using var dropout = new MonteCarloDropout(0);
        var input = Normal(2, 3);
        random.manual_seed(5);
        ShouldBeClose(dropout.Sample(input, 4), input.expand(4, 2, 3), 0);
        var next = rand(1);
        random.manual_seed(5);
        ShouldBeClose(rand(1), next, 0, "no noise was asked for");
    }

    [Fact]
    public void The_result_is_a_new_tensor()
    {
        foreach (double probability in new[] { 0, 0.5 })
        {
            using var network = nn.Sequential(nn.Identity(), new MonteCarloDropout(probability));
            var input = Normal(2, 3);
            network.forward(input).Dispose();
            input.IsInvalid.Should().BeFalse();
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-3)]
    public void Channels_are_dropped_as_a_whole(int axis)
    {
        using var dropout = new MonteCarloDropout(0.5, axis);
        var outputs = dropout.Sample(ones(2, 64, 5, 7), 3);
        ShouldBeClose(outputs, outputs.narrow(3, 0, 1).narrow(4, 0, 1).expand_as(outputs), 0);
        Values(outputs).Distinct().Order().Should().Equal(0, 2);
    }

    [Fact]
    public void Features_of_a_sequence_are_dropped_at_every_step()
    {
        using var dropout = new MonteCarloDropout(0.5, channelAxis: -1);
        foreach (var estimator in new Estimator[] { new Reparameterization(3), new Flipout(3) })
        {
            var outputs = dropout.Sample(ones(2, 9, 64), estimator);
            ShouldBeClose(outputs, outputs.narrow(2, 0, 1).expand_as(outputs), 0);
            outputs[0, 0].allclose(outputs[0, 1]).Should().Be(estimator.RowsShareFunctions);
        }
    }

    [Fact]
    public void Named_draws_repeat_in_blocks_of_rows_and_of_draws()
    {
        using var network = Network();
        var input = Normal(6, 4);
        Tensor Sample(int first, int count, Tensor rows)
        {
            using var draws = new PosteriorDraws(seed: 3, count, first);
            return network.Sample(rows, draws);
        }
        var whole = Sample(0, 4, input);
        ShouldDiffer(whole[0], whole[1]);
        ShouldBeClose(cat([Sample(0, 4, input.narrow(0, 0, 1)), Sample(0, 4, input.narrow(0, 1, 5))], 1), whole, 1e-14);
        ShouldBeClose(cat([Sample(0, 1, input), Sample(1, 3, input)], 0), whole, 1e-14);
    }

    [Fact]
    public void Two_places_in_a_network_drop_different_units()
    {
        using var network = new BayesianSequential(("first", new MonteCarloDropout()), ("second", new MonteCarloDropout()));
        using var draws = new PosteriorDraws(seed: 3, count: 1);
        // A quarter of the units are kept by both and become 4. With equal masks it would be half.
        Values(network.Sample(ones(1, 4_000), draws)).Count(value => value == 4).Should().BeInRange(800, 1_200);
    }

    [Fact]
    public void A_prediction_with_plain_layers_is_that_of_its_named_draws()
    {
        using var network = Network();
        var input = Normal(300, 4);
        using var prediction = new MonteCarloPredictive(network, Likelihood, samples: 400, seed: 3, MemoryBudget.FromMebibytes(1)).forward(input);
        using var draws = new PosteriorDraws(seed: 3, count: 400);
        using var noGrad = no_grad();
        var probabilities = network.Sample(input, draws).sigmoid();
        ShouldBeClose(prediction.Mean, probabilities.mean([0L]), 1e-12);
        ShouldBeClose(prediction.EpistemicStddev, probabilities.std(0L), 1e-12);
        Values(prediction.EpistemicStddev).Should().OnlyContain(stddev => stddev > 0);
    }

    [Fact]
    public void It_has_no_divergence()
    {
        using var dropout = new MonteCarloDropout();
        dropout.KlDivergence().ToDouble().Should().Be(0);
        using var layer = new BayesianLinear(3, 2);
        using var model = new BayesianSequential(layer, new MonteCarloDropout());
        ShouldBeClose(model.KlDivergence(), layer.KlDivergence(), 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Networks_with_it_train(bool bayesian)
    {
        nn.Module<Tensor, Tensor> hidden = bayesian ? new BayesianLinear(2, 32) : nn.Linear(2, 32);
        using var model = new BayesianSequential(hidden, nn.Tanh(), new MonteCarloDropout(0.2), nn.Linear(32, 1));
        var input = randn(128, 2);
        var target = (input.sum(1L, keepdim: true) > 0).to(float32);
        using var step = new VariationalStep(model, ElboLoss.Bernoulli(1_000), parameters => optim.AdamW(parameters, 0.02, weight_decay: 0.01));
        step.IsFast.Should().Be(bayesian);
        for (int i = 0; i < 150; i++)
            step.Run(input, target).Dispose();
        using var prediction = new MonteCarloPredictive(model, Likelihood, samples: 30, seed: 1).forward(input);
        Accuracy.Of(prediction.Mean, target).Should().BeGreaterThan(0.9);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    public void A_probability_outside_its_range_is_refused(double probability)
    {
        var act = () => new MonteCarloDropout(probability);
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage($"probability is {probability}; expected a number of at least 0 and below 1.*");
    }

    [Fact]
    public void The_batch_axis_is_refused_as_channel_axis()
    {
        var act = () => new MonteCarloDropout(0.5, channelAxis: 0);
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage("channelAxis is 0, the axis of the batch*");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(-2)]
    public void An_input_without_the_channel_axis_is_refused(int axis)
    {
        using var dropout = new MonteCarloDropout(0.5, axis);
        dropout.Invoking(d => d.forward(ones(3, 4)))
            .Should().Throw<ArgumentException>().WithMessage($"The input has shape [3, 4]; expected an axis {axis}*");
    }

    [Fact]
    public void Indices_are_refused()
    {
        using var dropout = new MonteCarloDropout();
        dropout.Invoking(d => d.forward(ones([3, 4], int64)))
            .Should().Throw<ArgumentException>().WithMessage("the input's type is Int64; expected a floating-point type*");
    }

    [Fact]
    public void A_wrong_number_of_input_draws_is_refused()
    {
        using var dropout = new MonteCarloDropout();
        dropout.Invoking(d => d.Propagate(ones(2, 3, 4), new Reparameterization(3)))
            .Should().Throw<ArgumentException>().WithMessage("*2 draws*expected 1 or 3*");
    }

    [Fact]
    public void The_text_has_the_probability()
    {
        new MonteCarloDropout(0.25).ToString().Should().Be("MonteCarloDropout(p=0.25)");
        new MonteCarloDropout(0.25, -1).ToString().Should().Be("MonteCarloDropout(p=0.25, channel_axis=-1)");
    }
}
