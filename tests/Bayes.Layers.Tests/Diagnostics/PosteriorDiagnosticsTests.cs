using Bayes.Layers.Diagnostics;
using Bayes.Layers.Estimators;
using Bayes.Layers.Maps;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Diagnostics;

public sealed class PosteriorDiagnosticsTests : TorchTest
{
    /// <summary>Returns a layer with one output and the given mu and sigma, in Float64.</summary>
    // An untrained layer must not cause a warning here.
    private static readonly CollapseThresholds AnyStart = new() { StartStddevShift = 0 };

    private static BayesianLinear Layer(double[] means, double[] stddevs, double? biasMean = null, double biasStddev = 1, Prior? prior = null)
    {
        var layer = new BayesianLinear(means.Length, 1, hasBias: biasMean is not null, prior: prior, dtype: float64);
        Set(layer.weight_mu, means);
        Set(layer.weight_log_var, [.. stddevs.Select(stddev => 2 * Math.Log(stddev))]);
        if (biasMean is { } mean)
        {
            Set(layer.bias_mu!, [mean]);
            Set(layer.bias_log_var!, [2 * Math.Log(biasStddev)]);
        }
        return layer;
    }

    private static void Set(Tensor parameter, double[] values)
    {
        using var _ = no_grad();
        parameter.copy_(tensor(values, float64).reshape(parameter.shape));
    }

    private static BayesianLinear Filled(long inputSize, long outputSize, double mean, double stddev, Prior? prior = null)
    {
        var layer = new BayesianLinear(inputSize, outputSize, prior: prior);
        using var _ = no_grad();
        layer.weight_mu.fill_(mean);
        layer.weight_log_var.fill_(2 * Math.Log(stddev));
        return layer;
    }

    private static double Divergence(double mean, double stddev, double priorStddev) =>
        Math.Log(priorStddev / stddev) + (stddev * stddev + mean * mean) / (2 * priorStddev * priorStddev) - 0.5;

    /// <summary>In bfloat16, numbers near 1 are 1/128 apart: with a sigma of 0.001 all draws are 1.</summary>
    [Theory]
    [InlineData(ScalarType.BFloat16, 1e-3, true)]
    [InlineData(ScalarType.BFloat16, 0.02, false)]
    [InlineData(ScalarType.Float16, 1e-4, true)]
    [InlineData(ScalarType.Float16, 1e-3, false)]
    [InlineData(ScalarType.Float32, 1e-4, false)]
    public void A_layer_whose_draws_round_to_equal_numbers_gets_one_warning_with_its_path(ScalarType dtype, double stddev, bool isLost)
    {
        using var model = new BayesianSequential(("body", new BayesianLinear(3, 4, dtype: dtype)), ("head", new BayesianLinear(4, 5,
            hasBias: false, dtype: dtype)));
        var head = model.modules().OfType<BayesianLinear>().Last();
        using (no_grad())
        {
            head.weight_mu.fill_(1);
            head.weight_log_var.fill_(2 * Math.Log(stddev));
        }
        var diagnostics = PosteriorDiagnostics.Of(model);
        diagnostics.Warnings.Where(warning => warning.Contains("rounding")).Should().HaveCount(isLost ? 1 : 0);
        if (isLost)
            diagnostics.ToString().Should().Contain($"Warning: head.weight: the sigma of 100.0 % of the weights is lost in the rounding of "
                + $"{dtype}, so that their draws do not differ; keep the parameters in float32.");
        diagnostics.Layers[1].Weight.RoundedShare.Should().Be(isLost ? 1 : 0);
        using var noGrad = no_grad();
        double spread = head.WeightPosterior.Draw(200, Bayes.Layers.Numerics.TorchNoise.Global).to(float64).ne(1).to(float64).mean().ToDouble();
        (spread < 0.35).Should().Be(isLost, "a share {0} of the draws differs from mu", spread);
    }

    [Fact]
    public void Numbers_match_a_calculation_by_hand()
    {
        using var layer = Layer([3, -0.5, 0.1], [0.1, 0.5, 2], biasMean: 0.7, biasStddev: 0.2, prior: new NormalPrior(stddev: 2));
        var diagnostics = PosteriorDiagnostics.Of(layer);

        var found = diagnostics.Layers.Should().ContainSingle().Subject;
        found.Name.Should().BeEmpty();
        found.Weight.Name.Should().Be("weight");
        found.Bias!.Name.Should().Be("bias");
        found.Weight.Count.Should().Be(3);
        found.Weight.NonFiniteCount.Should().Be(0);
        double weightDivergence = Divergence(3, 0.1, 2) + Divergence(0.5, 0.5, 2) + Divergence(0.1, 2, 2);
        double biasDivergence = Divergence(0.7, 0.2, 2);
        found.Weight.KlDivergence.Should().BeApproximately(weightDivergence, 1e-13);
        found.Weight.KlPerWeight.Should().BeApproximately(weightDivergence / 3, 1e-13);
        found.Bias.KlDivergence.Should().BeApproximately(biasDivergence, 1e-13);
        found.KlDivergence.Should().BeApproximately(weightDivergence + biasDivergence, 1e-13);
        found.KlPerWeight.Should().BeApproximately((weightDivergence + biasDivergence) / 4, 1e-13);
        found.Weight.MeanStddev.Should().BeApproximately(2.6 / 3, 1e-14);
        found.Weight.PriorStddev.Should().Be(2);
        found.Weight.StddevRatio.Should().BeApproximately(1.3 / 3, 1e-14);
        found.Weight.MedianSignalToNoise.Should().BeApproximately(0, 1e-12, "|mu| / sigma is 30, 1 and 0.05");
        found.Bias.MedianSignalToNoise.Should().BeApproximately(20 * Math.Log10(3.5), 1e-12);
        found.Count.Should().Be(4);

        diagnostics.Count.Should().Be(4);
        diagnostics.KlDivergence.Should().Be(found.KlDivergence);
        diagnostics.KlPerWeight.Should().Be(found.KlPerWeight);
        diagnostics.OtherKlDivergence.Should().BeNull();
        (diagnostics.DatasetSize, diagnostics.KlPerExample, diagnostics.EffectiveBeta).Should().Be((null, null, null));
    }

    [Fact]
    public void Every_bin_counts_its_decibels()
    {
        // 20 dB are a factor of 10.
        using var layer = Layer([0.05, 0.2, 0.5, 2, 5, 20, -20, -0.0001], [1, 1, 1, 1, 1, 1, 1, 1]);
        var histogram = PosteriorDiagnostics.Of(layer).SignalToNoise;
        SignalToNoiseHistogram.Edges.Should().Equal(-20, -10, 0, 10, 20);
        histogram.Counts.Should().Equal(2, 1, 1, 1, 1, 2);
        histogram.Total.Should().Be(8);
    }

    [Fact]
    public void An_edge_belongs_to_the_bin_above()
    {
        using var layer = Layer([1, -1], [1, 1]);
        PosteriorDiagnostics.Of(layer).SignalToNoise.Counts.Should().Equal(0, 0, 0, 2, 0, 0);
    }

    [Fact]
    public void A_mean_of_zero_has_minus_infinity_decibels()
    {
        using var layer = Layer([0, 0, 1], [0.5, 0.5, 0.5]);
        var weight = PosteriorDiagnostics.Of(layer).Layers[0].Weight;
        weight.MedianSignalToNoise.Should().Be(double.NegativeInfinity);
        weight.SignalToNoise.Counts.Should().Equal(2, 0, 0, 1, 0, 0);
        double.IsFinite(weight.KlDivergence).Should().BeTrue();
    }

    [Theory]
    [InlineData(-2000)]
    [InlineData(2000)]
    public void A_variance_outside_the_range_of_doubles_still_has_decibels(double logVariance)
    {
        using var layer = Layer([1], [1]);
        Set(layer.weight_log_var, [logVariance]);
        var diagnostics = PosteriorDiagnostics.Of(layer);
        diagnostics.Layers[0].Weight.MedianSignalToNoise.Should().BeApproximately(-10 * logVariance / Math.Log(10), 1e-9);
        diagnostics.SignalToNoise.Total.Should().Be(1);
        if (logVariance > 0)
            diagnostics.Warnings.Should().ContainSingle().Which.Should().Be(
                "weight: the KL divergence is inf nats, though mu and log_var are finite; a variance is out of range.");
    }

    [Theory]
    [InlineData(ScalarType.Float64, 1e-12)]
    [InlineData(ScalarType.Float32, 1e-5)]
    public void The_total_equals_the_models_divergence(ScalarType dtype, double tolerance)
    {
        using var model = new BayesianSequential(
            new BayesianLinear(20, 30, prior: new NormalPrior(0.3, 0.7), dtype: dtype), Tanh(),
            new BayesianLinear(30, 4, hasBias: false, dtype: dtype));
        var diagnostics = PosteriorDiagnostics.Of(model);
        double expected = model.KlDivergence().ToDouble();
        diagnostics.KlDivergence.Should().BeApproximately(expected, tolerance * expected);
        diagnostics.Layers.Sum(layer => layer.KlDivergence).Should().Be(diagnostics.KlDivergence);
        diagnostics.Count.Should().Be(20 * 30 + 30 + 30 * 4);
        diagnostics.SignalToNoise.Total.Should().Be(diagnostics.Count);
        foreach (var parameter in diagnostics.Layers.SelectMany(layer => layer.Parameters))
            parameter.SignalToNoise.Total.Should().Be(parameter.Count);
    }

    [Fact]
    public void A_modules_own_divergence_is_in_the_total()
    {
        using var model = new Penalized();
        var diagnostics = PosteriorDiagnostics.Of(model);
        model.RecordedGradient.Should().BeFalse();
        diagnostics.OtherKlDivergence.Should().Be(9);
        diagnostics.KlDivergence.Should().BeApproximately(model.KlDivergence().ToDouble(), 1e-12);
        diagnostics.KlPerWeight.Should().Be(diagnostics.Layers[0].KlPerWeight);
        diagnostics.ToString().Should().MatchRegex(@"\nothers +9\.000 *\n");
    }

    [Fact]
    public void A_loss_adds_the_divergence_per_example_and_the_effective_beta()
    {
        using var layer = Layer([1, 2], [0.5, 0.5]);
        var diagnostics = PosteriorDiagnostics.Of(layer, ElboLoss.Bernoulli(datasetSize: 400, beta: 0.25));
        diagnostics.DatasetSize.Should().Be(400);
        diagnostics.KlPerExample.Should().BeApproximately(layer.KlDivergence().ToDouble() / 400, 1e-14);
        diagnostics.EffectiveBeta.Should().BeApproximately(0.25, 1e-15);
        diagnostics.ToString().Should().EndWith("nats per example, N = 400; effective beta: 0.250 (a cold posterior)");
    }

    [Theory]
    [InlineData(1, "1.000 (Bayes' rule)")]
    [InlineData(3, "3.000 (a warm posterior)")]
    public void The_effective_beta_is_explained_in_words(double beta, string words)
    {
        using var layer = Layer([1], [0.5]);
        PosteriorDiagnostics.Of(layer, ElboLoss.Bernoulli(datasetSize: 49, beta)).ToString().Should().EndWith("effective beta: " + words);
    }

    [Fact]
    public void Layers_are_named_by_their_path_and_counted_once()
    {
        var shared = new BayesianLinear(4, 4);
        using var model = Sequential(
            ("first", new BayesianSequential(new BayesianLinear(2, 4), Tanh(), new BayesianSequential(shared))),
            ("again", shared),
            ("last", new BayesianLinear(4, 1, hasBias: false)));
        var diagnostics = PosteriorDiagnostics.Of(model);
        diagnostics.Layers.Select(layer => layer.Name).Should().Equal("first.0", "first.2.0", "last");
        diagnostics.Layers.SelectMany(layer => layer.Parameters).Select(parameter => parameter.Name).Should()
            .Equal("first.0.weight", "first.0.bias", "first.2.0.weight", "first.2.0.bias", "last.weight");
        var keys = model.state_dict().Keys;
        foreach (var parameter in diagnostics.Layers.SelectMany(layer => layer.Parameters))
            keys.Should().Contain([parameter.Name + "_mu", parameter.Name + "_log_var"]);
        diagnostics.KlDivergence.Should().BeApproximately(model.KlDivergence().ToDouble(), 1e-4);
    }

    [Fact]
    public void A_predictor_can_be_diagnosed()
    {
        using var predictor = new MonteCarloPredictive(new BayesianSequential(new BayesianLinear(2, 1)), ElboLoss.Bernoulli(1).Likelihood);
        PosteriorDiagnostics.Of(predictor).Layers.Should().ContainSingle().Which.Name.Should().Be("model.0");
    }

    [Fact]
    public void A_model_without_a_posterior_is_refused()
    {
        using var model = Sequential(Linear(2, 3), Tanh());
        var act = () => PosteriorDiagnostics.Of(model);
        act.Should().Throw<ArgumentException>().WithMessage("The model, a Sequential, has no Bayesian layer*expected at least one*");
        FluentActions.Invoking(() => PosteriorDiagnostics.Of(null!)).Should().Throw<ArgumentNullException>();
    }

    [Fact]
    public void Collapsed_layers_are_named_and_healthy_ones_are_not()
    {
        using var model = new BayesianSequential(
            new BayesianLinear(6, 6),
            Filled(6, 6, mean: 0, stddev: 1.5, prior: new NormalPrior(stddev: 1.5)),
            Filled(6, 6, mean: 0.2, stddev: 1e-4));
        var warnings = PosteriorDiagnostics.Of(model, thresholds: AnyStart).Warnings;
        warnings.Should().HaveCount(2);
        // A divergence of zero is computed up to rounding.
        warnings[0].Should().MatchRegex(
            @"^1\.weight has collapsed to its prior: its KL divergence is (0|-?\d\.\d\dE-\d+) nats per weight "
            + @"and its mean sigma 1\.000 of the prior's; the layer carries no information\.$");
        warnings[1].Should().Be(
            "2.weight has collapsed to a point: its median |mu|/sigma is 66.0 dB and its mean sigma 0.000100 of the prior's; "
            + "the layer is no longer Bayesian.");
    }

    [Fact]
    public void A_certain_bias_does_not_hide_a_collapsed_weight()
    {
        using var layer = Layer([0, 0], [1, 1], biasMean: 5, biasStddev: 0.01);
        PosteriorDiagnostics.Of(layer).Warnings.Should().ContainSingle().Which.Should().StartWith("weight has collapsed to its prior");
    }

    [Fact]
    public void A_collapsed_bias_is_not_warned_of()
    {
        using var layer = Layer([1, 1], [0.3, 0.3], biasMean: 0, biasStddev: 1);
        PosteriorDiagnostics.Of(layer).Warnings.Should().BeEmpty();
    }

    [Theory]
    [InlineData(0, 0.8, "sigma away from the prior's")]
    [InlineData(0.3, 1, "a mean away from the prior's")]
    [InlineData(1e-4, 1e-4, "sigma tiny, and mu as well: the weight is a noise")]
    [InlineData(10, 0.02, "mu far above sigma, and sigma not tiny")]
    public void One_sign_alone_is_not_a_collapse(double mean, double stddev, string because)
    {
        using var layer = Filled(5, 5, mean, stddev);
        PosteriorDiagnostics.Of(layer).Warnings.Should().BeEmpty(because);
    }

    [Fact]
    public void Thresholds_can_be_overridden()
    {
        using var layer = Filled(5, 5, mean: 0.1, stddev: 0.5);
        PosteriorDiagnostics.Of(layer).Warnings.Should().BeEmpty();
        PosteriorDiagnostics.Of(layer, thresholds: new() { PriorKlPerWeight = 1, PriorStddevTolerance = 0.6 }).Warnings
            .Should().ContainSingle().Which.Should().Contain("to its prior");
        PosteriorDiagnostics.Of(layer, thresholds: new() { PriorKlPerWeight = 1 }).Warnings.Should().BeEmpty("sigma is half the prior's");
        PosteriorDiagnostics.Of(layer, thresholds: new() { PointStddevRatio = 0.6, PointSignalToNoise = -20 }).Warnings
            .Should().ContainSingle().Which.Should().Contain("to a point");
    }

    [Fact]
    public void An_invalid_threshold_is_refused()
    {
        FluentActions.Invoking(() => new CollapseThresholds { PriorKlPerWeight = -1 }).Should()
            .Throw<ArgumentOutOfRangeException>().WithMessage("PriorKlPerWeight is -1; expected a finite number of at least 0*");
        FluentActions.Invoking(() => new CollapseThresholds { PriorStddevTolerance = double.NaN }).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new CollapseThresholds { PointStddevRatio = -1 }).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new CollapseThresholds { PointSignalToNoise = double.NaN }).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void A_prior_without_a_standard_deviation_is_judged_by_the_other_signs()
    {
        using var atPrior = Filled(5, 5, mean: 0, stddev: 1, prior: new HeavyTails());
        using var point = Filled(5, 5, mean: 1, stddev: 1e-4, prior: new HeavyTails());
        var diagnostics = PosteriorDiagnostics.Of(atPrior);
        diagnostics.Layers[0].Weight.StddevRatio.Should().BeNull();
        diagnostics.Warnings.Should().ContainSingle().Which.Should().MatchRegex("to its prior: its KL divergence is .* nats per weight; the layer");
        PosteriorDiagnostics.Of(point).Warnings.Should().ContainSingle().Which.Should()
            .Be("weight has collapsed to a point: its median |mu|/sigma is 80.0 dB; the layer is no longer Bayesian.");
    }

    [Fact]
    public void A_model_is_healthy_at_its_start_and_after_training()
    {
        using var model = new BayesianSequential(new BayesianLinear(2, 5), Tanh(), new BayesianLinear(5, 1));
        PosteriorDiagnostics.Of(model, thresholds: AnyStart).Warnings.Should().BeEmpty();
        var loss = Train(model, steps: 300);
        var diagnostics = PosteriorDiagnostics.Of(model, loss);
        diagnostics.Warnings.Should().BeEmpty();
        diagnostics.KlPerExample.Should().BeApproximately(model.KlDivergence().ToDouble() / 200, 1e-5);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(15, true)]
    [InlineData(400, false)]
    public void A_posterior_near_its_start_is_distinguished_from_a_trained_one(int steps, bool isNear)
    {
        using var model = new BayesianSequential(new BayesianLinear(2, 5), Tanh(), new BayesianLinear(5, 1));
        var loss = Train(model, steps, learningRate: 0.01);
        var diagnostics = PosteriorDiagnostics.Of(model, loss);
        diagnostics.Warnings.Count(warning => warning.StartsWith("The posterior is still near its start: training has changed"))
            .Should().Be(isNear ? 1 : 0);
        if (steps == 0)
            diagnostics.Layers[0].Weight.StddevShift.Should().BeApproximately(0, 1e-6);
        diagnostics.Layers[0].Bias!.StddevShift.Should().BeNull("a bias is not judged");

        foreach (var parameter in model.parameters())
            parameter.requires_grad = false;
        PosteriorDiagnostics.Of(model, loss).Warnings.Should().BeEmpty("nobody wants to train what is frozen");
    }

    [Fact]
    public void One_sigma_near_its_start_among_others_is_not_warned_of()
    {
        var moved = new BayesianLinear(2, 5);
        using var model = new BayesianSequential(moved, Tanh(), new BayesianLinear(5, 1));
        using (no_grad())
            moved.weight_log_var.fill_(-2);
        PosteriorDiagnostics.Of(model).Warnings.Should().BeEmpty();
    }

    [Fact]
    public void The_shift_of_sigma_is_the_mean_factor_by_which_it_changed()
    {
        using var layer = new BayesianLinear(2, 1, hasBias: false,
            initializer: new NormalInitializer(logVarianceMean: 2 * Math.Log(0.1), logVarianceStddev: 0), dtype: float64);
        Set(layer.weight_log_var, [2 * Math.Log(0.4), 2 * Math.Log(0.05)]);
        PosteriorDiagnostics.Of(layer).Layers[0].Weight.StddevShift.Should().BeApproximately((Math.Log(4) + Math.Log(2)) / 2, 1e-12);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void Parameters_that_are_not_finite_are_reported(double value)
    {
        using var model = new BayesianSequential(Layer([1, value, 2, 3], [1, 1, 1, 1], biasMean: 1), Layer([1, 1], [1, 1], biasMean: 1));
        using var bias = ((BayesianLayer)model.children().Last()).bias_log_var!.alias();
        Set(bias, [value]);
        var diagnostics = PosteriorDiagnostics.Of(model);
        diagnostics.Warnings.Should().Equal(
            "0.weight: 1 of 4 weights have a mu or a log_var that is NaN or infinite.",
            "1.bias: 1 of 1 weights have a mu or a log_var that is NaN or infinite.");
        var weight = diagnostics.Layers[0].Weight;
        weight.SignalToNoise.Counts.Should().Equal(0, 0, 0, 3, 0, 0);
        weight.MedianSignalToNoise.Should().BeApproximately(20 * Math.Log10(2), 1e-12);
        double.IsFinite(weight.KlDivergence).Should().BeFalse();
        diagnostics.Layers[1].Bias!.MedianSignalToNoise.Should().Be(double.NaN);
        diagnostics.Layers[1].Bias!.SignalToNoise.Total.Should().Be(0);
        Lines(diagnostics).Select(line => line.Length).Distinct().Should().ContainSingle();
    }

    [Theory]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void Half_precision_is_summed_in_double(ScalarType dtype)
    {
        using var half = new BayesianSequential(new BayesianLinear(40, 300), new BayesianLinear(300, 2));
        half.to(dtype);
        var found = PosteriorDiagnostics.Of(half, thresholds: AnyStart);
        half.to(ScalarType.Float64);
        var expected = PosteriorDiagnostics.Of(half);
        found.KlDivergence.Should().Be(expected.KlDivergence);
        found.SignalToNoise.Counts.Should().Equal(expected.SignalToNoise.Counts);
        found.Warnings.Should().BeEmpty();
    }

    [Fact]
    public void Weights_of_four_axes_can_be_diagnosed()
    {
        using var layer = new Volume();
        var diagnostics = PosteriorDiagnostics.Of(layer);
        diagnostics.Count.Should().Be(7 * 3 * 4 * 5 + 7);
        diagnostics.KlDivergence.Should().BeApproximately(layer.KlDivergence().ToDouble(), 1e-10);
    }

    [Fact]
    public void The_table_is_aligned()
    {
        using var model = new BayesianSequential(new BayesianLinear(2, 5), Tanh(), new BayesianLinear(5, 1));
        string[] lines = Lines(PosteriorDiagnostics.Of(model));
        lines.Should().HaveCount(3 + 1 + 4 + 1 + 1);
        lines.Select(line => line.Length).Distinct().Should().ContainSingle().Which.Should().BeLessThanOrEqualTo(100);
        lines[4].Should().StartWith("0.weight  ");
        lines[^1].Should().StartWith("total  ");
        // The cells of a column end where its heading ends.
        int end = lines[2].IndexOf("weights", StringComparison.Ordinal) + "weights".Length;
        lines[4][..end].Should().EndWith("  10");
        lines[^1][..end].Should().EndWith("  21");
    }

    [Fact]
    public void Long_names_and_large_numbers_fit_the_width()
    {
        using var inner = Filled(300, 300, mean: -1e9, stddev: 1e-9);
        nn.Module model = inner;
        foreach (string name in new[] { "projection", "attention", "block_with_a_long_name", "encoder" })
            model = Sequential((name, (nn.Module<Tensor, Tensor>)model));
        var diagnostics = PosteriorDiagnostics.Of(model);
        string[] lines = Lines(diagnostics);
        lines.Select(line => line.Length).Distinct().Should().ContainSingle().Which.Should().BeLessThanOrEqualTo(100);
        lines[4].Should().StartWith("...").And.Contain("projection.weight ");
        diagnostics.Warnings[0].Should().StartWith("encoder.block_with_a_long_name.attention.projection.weight has collapsed to a point");
        diagnostics.ToString().Should().Contain("Warning: encoder.");
    }

    [Fact]
    public void Text_is_the_same_in_every_culture()
    {
        using var model = new BayesianSequential(new BayesianLinear(2, 5), Filled(3, 3, 0, 1));
        var loss = ElboLoss.Bernoulli(123_456, beta: 0.5);
        string expected = PosteriorDiagnostics.Of(model, loss).ToString();
        using var foreign = new ForeignCulture();
        PosteriorDiagnostics.Of(model, loss).ToString().Should().Be(expected);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Diagnostics_leave_no_tensor_and_change_nothing(bool gradientMode)
    {
        using var model = new BayesianSequential(new BayesianLinear(2, 5), Tanh(), new BayesianLinear(5, 1), new Penalized());
        using var bad = Layer([double.NaN, 1], [1, 1]);
        double before = model.KlDivergence().ToDouble();
        PosteriorDiagnostics.Of(model);
        using var mode = set_grad_enabled(gradientMode);
        long live = LiveTensors();
        for (int i = 0; i < 20; i++)
        {
            PosteriorDiagnostics.Of(model).ToString().Should().NotBeEmpty();
            PosteriorDiagnostics.Of(bad).ToString().Should().NotBeEmpty();
        }
        LiveTensors().Should().Be(live);
        is_grad_enabled().Should().Be(gradientMode);
        model.training.Should().BeTrue();
        model.parameters().Should().OnlyContain(parameter => parameter.requires_grad && !parameter.IsInvalid);
        using var after = model.KlDivergence();
        after.ToDouble().Should().Be(before);
    }

    [Fact]
    public void Gradient_mode_is_restored_after_a_refusal()
    {
        using var model = Linear(2, 3);
        FluentActions.Invoking(() => PosteriorDiagnostics.Of(model)).Should().Throw<ArgumentException>();
        is_grad_enabled().Should().BeTrue();
    }

    /// <summary>Returns the table without the lines below it.</summary>
    private static string[] Lines(PosteriorDiagnostics diagnostics)
    {
        string[] lines = diagnostics.ToString().Split('\n');
        return [.. lines.Take(Array.FindLastIndex(lines, line => line.StartsWith("total", StringComparison.Ordinal)) + 1)];
    }

    private static ElboLoss Train(BayesianSequential model, int steps, double learningRate = 0.02)
    {
        var loss = ElboLoss.Bernoulli(datasetSize: 200);
        Tensor input = randn(200, 2), target = (input.narrow(1, 0, 1) > 0).to(float32);
        using var optimizer = optim.AdamW(model.parameters(), lr: learningRate);
        for (int i = 0; i < steps; i++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            loss.forward(model.Sample(input, 2), target, model.KlDivergence()).backward();
            optimizer.step();
        }
        return loss;
    }

    /// <summary>The divergence to N(0, 1), by a prior that does not state a standard deviation.</summary>
    private sealed class HeavyTails : Prior
    {
        public override double Stddev => double.PositiveInfinity;

        public override Tensor LogProbability(Tensor weight) => NormalPrior.Standard.LogProbability(weight);

        public override Tensor KlDivergence(MeanFieldNormal posterior) => NormalPrior.Standard.KlDivergence(posterior);
    }

    /// <summary>A layer and the module's own divergence.</summary>
    private sealed class Penalized : BayesianModule
    {
        private readonly BayesianLinear _layer = new(2, 1, dtype: float64);
        public readonly Parameter scale = new(full(1, 3.0, float64));

        public Penalized() : base(nameof(Penalized)) => RegisterComponents();

        public override Tensor Propagate(Tensor input, Pass pass) => _layer.Propagate(input, pass);

        public bool RecordedGradient { get; private set; }

        protected internal override Tensor? OwnKlDivergence()
        {
            RecordedGradient = is_grad_enabled();
            return scale.square().sum();
        }
    }

    /// <summary>A layer whose weight has four axes. It is never applied.</summary>
    private sealed class Volume() : BayesianLayer(nameof(Volume), new VolumeMap(), hasBias: true, null, null, null, null, float64);

    private sealed class VolumeMap : BilinearMap
    {
        public override IReadOnlyList<long> WeightShape => [7, 3, 4, 5];

        public override IReadOnlyList<long> BiasShape => [7];

        public override int ChannelAxis => 2;

        public override long FanIn => 60;

        public override Tensor Apply(Tensor input, Tensor weight, Tensor? bias = null) => throw new NotSupportedException();

        public override Tensor ApplyPerDraw(Tensor input, Tensor weights, Tensor? biases = null) => throw new NotSupportedException();

        public override void CheckInput(ReadOnlySpan<long> shape) => throw new NotSupportedException();
    }

    [Theory]
    [InlineData(199, ">99")]
    [InlineData(198, "99")]
    [InlineData(1, "1")]
    [InlineData(200, "100")]
    public void A_share_just_below_1_is_not_printed_as_100_percent(long part, string expected) =>
        Bayes.Layers.Diagnostics.NumberText.PerCent(part, 200).Should().Be(expected);

    [Fact]
    public void Divergences_of_several_modules_add_up_and_are_printed_with_the_totals()
    {
        using var model = new BayesianSequential(new Penalized(), new Penalized());
        var diagnostics = PosteriorDiagnostics.Of(model, thresholds: AnyStart);
        diagnostics.OtherKlDivergence.Should().Be(18);
        string[] lines = diagnostics.ToString().Split('\n');
        lines[^3].Should().MatchRegex("^-+$");
        lines[^2].Should().StartWith("others");
        lines[^1].Should().StartWith("total");
    }
}
