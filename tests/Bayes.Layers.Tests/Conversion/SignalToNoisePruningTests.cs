using Bayes.Layers.Conversion;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Conversion;

public sealed class SignalToNoisePruningTests : TorchTest
{
    private readonly BayesianSequential _model = new(
        new BayesianLinear(4, 6, initializer: new NormalInitializer(), dtype: float64), nn.Tanh(),
        new BayesianLinear(6, 2, initializer: new NormalInitializer(), dtype: float64));

    private BayesianLinear[] Layers => [.. _model.modules().OfType<BayesianLinear>()];

    private double[] Ratios()
    {
        using var scope = NewDisposeScope();
        return [.. Layers.SelectMany(layer => Values(layer.weight_mu.abs().div(layer.WeightPosterior.Stddev())))];
    }

    [Fact]
    public void The_weights_with_the_lowest_ratio_over_all_layers_become_zero()
    {
        double[] before = Ratios();
        SignalToNoisePruning.Apply(_model, 0.25).Should().Be(9);
        double threshold = before.Order().ElementAt(8);
        double[] after = Ratios();
        for (int i = 0; i < before.Length; i++)
            after[i].Should().Be(before[i] <= threshold ? 0 : before[i]);
        Layers.SelectMany(layer => Values(layer.bias_mu!)).Should().NotContain(0, "biases stay");
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 36)]
    public void None_and_all_can_be_pruned(double sparsity, long expected)
    {
        SignalToNoisePruning.Apply(_model, sparsity).Should().Be(expected);
        Ratios().Count(ratio => ratio == 0).Should().Be((int)expected);
        if (sparsity < 1)
            return;
        var outputs = _model.Sample(Normal(3, 4), 5);
        ShouldBeFinite(outputs);
        outputs.var(1L).max().ToDouble().Should().BeLessThan(1e-20, "without weights, rows cannot differ");
    }

    [Fact]
    public void Weights_with_equal_ratios_are_pruned_to_the_requested_number()
    {
        foreach (var layer in Layers)
            using (no_grad())
            {
                layer.weight_mu.fill_(0.5);
                layer.weight_log_var.fill_(-1);
            }
        SignalToNoisePruning.Apply(_model, 0.5).Should().Be(18);
        Ratios().Count(ratio => ratio == 0).Should().Be(18);
    }

    [Fact]
    public void The_curve_measures_the_pruned_model_and_restores_it()
    {
        var before = _model.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.clone());
        var points = SignalToNoisePruning.Curve(_model, [0.5, 0, 1], model => Ratios().Count(ratio => ratio == 0));
        points.Select(point => (point.Sparsity, point.Pruned, point.Count, point.Value))
            .Should().Equal((0.5, 18, 36, 18), (0, 0, 36, 0), (1, 36, 36, 36));
        foreach (var (key, value) in _model.state_dict())
            ShouldBeClose(value, before[key], 0, key);
    }

    [Fact]
    public void A_failing_measure_does_not_change_the_model()
    {
        // Guards against weights that stay perturbed after an exception.
        double[] before = Ratios();
        long live = LiveTensors();
        _model.Invoking(model => SignalToNoisePruning.Curve(model, [0.9], _ => throw new FormatException("it"))).Should().Throw<FormatException>();
        Ratios().Should().Equal(before);
        LiveTensors().Should().Be(live);
    }

    [Fact]
    public void Weights_that_matter_are_kept()
    {
        // Two of six features carry the target: with a third of the weights left, the error is nearly that of all.
        var model = new BayesianSequential(new BayesianLinear(6, 1, hasBias: false, dtype: float64));
        var inputs = Normal(200, 6);
        var targets = (inputs.narrow(1, 0, 1) * 2 - inputs.narrow(1, 3, 1)).add(Normal(200, 1).mul(0.1));
        var loss = new ElboLoss(new GaussianLikelihood(0.1), 200);
        using var step = new VariationalStep(model, loss, parameters => optim.Adam(parameters, 0.05));
        for (int i = 0; i < 150; i++)
            step.Run(inputs, targets).Dispose();
        var points = SignalToNoisePruning.Curve(model, [0, 2.0 / 3],
            m => m.Sample(inputs, PosteriorMean.Instance).squeeze(0).sub(targets).square().mean().ToDouble());
        points[0].Value.Should().BeLessThan(0.02, "it has learned");
        points[1].Value.Should().BeLessThan(1.2 * points[0].Value);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void A_share_outside_its_range_is_refused(double sparsity)
    {
        _model.Invoking(model => SignalToNoisePruning.Apply(model, sparsity))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage($"sparsity is {sparsity}; expected a share in [0, 1]*");
        _model.Invoking(model => SignalToNoisePruning.Curve(model, [0, sparsity], _ => 0)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void A_model_without_layers_or_with_nan_is_refused()
    {
        new BayesianSequential().Invoking(model => SignalToNoisePruning.Apply(model, 0.5))
            .Should().Throw<ArgumentException>().WithMessage("*no Bayesian layer*");
        using (no_grad())
            Layers[0].weight_mu[0, 0] = tensor(double.NaN);
        _model.Invoking(model => SignalToNoisePruning.Apply(model, 0.5)).Should().Throw<ArgumentException>().WithMessage("*NaN; expected finite*");
    }
}
