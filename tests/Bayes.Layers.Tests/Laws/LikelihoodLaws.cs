using Bayes.Layers.Likelihoods;
using Bayes.Layers.Prediction;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Laws;

/// <summary>The laws of likelihoods. A test class of a likelihood inherits them.</summary>
public abstract class LikelihoodLaws : TorchTest
{
    protected abstract Likelihood Likelihood { get; }

    /// <summary>Float64 outputs of a network, [draws, batch, …].</summary>
    protected abstract Tensor Outputs(long draws, long batch);

    /// <summary>Float64 targets, [batch, …].</summary>
    protected abstract Tensor Targets(long batch);

    /// <summary>Support points [points, batch, …] and the weight of each, for sums over y.</summary>
    protected abstract (Tensor Points, double Weight) Support(long batch);

    /// <summary>Target values outside the likelihood's support.</summary>
    protected virtual double[] ImpossibleTargets => [double.NaN, double.PositiveInfinity, double.NegativeInfinity];

    /// <summary>Outputs of a diverged network.</summary>
    protected virtual double[] ExtremeOutputs => [-1e4, -80, 80, 1e4];

    /// <summary>Whether log p(y | f) has another second derivative in f for each target, so that the curvature is its expectation.</summary>
    protected virtual bool SecondDerivativeDependsOnTarget => false;

    /// <summary>Targets in the form of the mean: themselves, or the indicators of their classes.</summary>
    protected virtual Tensor AsMean(Tensor target) => target;

    [Fact]
    public void Probabilities_integrate_to_one()
    {
        var output = Outputs(1, 6).squeeze(0);
        var (points, weight) = Support(6);
        var total =
            stack(Enumerable.Range(0, (int)points.shape[0]).Select(i => Likelihood.LogProbability(output, points[i]).exp())).sum([0L]).mul(weight);
        ShouldBeClose(total, ones(6, float64), 1e-6);
    }

    [Fact]
    public void Mean_and_variance_are_those_of_the_density()
    {
        var output = Outputs(1, 6).squeeze(0);
        var (points, weight) = Support(6);
        var mean = zeros_like(Likelihood.Mean(output));
        var second = zeros_like(mean);
        for (long i = 0; i < points.shape[0]; i++)
        {
            var probability = Likelihood.LogProbability(output, points[i]).exp().mul(weight)
                .reshape([6, .. Enumerable.Repeat(1L, (int)mean.ndim - 1)]);
            mean = mean + probability * AsMean(points[i]);
            second = second + probability * AsMean(points[i]).square();
        }
        ShouldBeClose(Likelihood.Mean(output), mean, 1e-6);
        ShouldBeClose(Likelihood.Variance(output), second - mean.square(), 1e-5);
    }

    [Fact]
    public void Many_draws_at_once_match_each_draw_alone()
    {
        Tensor outputs = Outputs(4, 6), targets = Targets(6);
        var alone = stack(Enumerable.Range(0, 4).Select(s => Likelihood.LogProbability(outputs[s], targets)));
        alone.shape.Should().Equal(4, 6);
        ShouldBeClose(Likelihood.LogProbability(outputs, targets), alone, 1e-14);
    }

    [Fact]
    public void Identical_draws_have_no_epistemic_variance()
    {
        var outputs = Outputs(1, 6);
        outputs = outputs.expand([5, .. outputs.shape[1..]]);
        using var moments = new PredictiveMoments(Likelihood, rows: 6);
        moments.Add(outputs, row: 0);
        moments.Count(5);
        using var predictive = moments.ToPredictive();
        ShouldBeClose(predictive.EpistemicVariance, zeros_like(predictive.Mean), 0);
        ShouldBeClose(predictive.TotalVariance, Likelihood.Variance(outputs[0]), 1e-12);
        if (Likelihood is ClassLikelihood)
            ShouldBeClose(predictive.MutualInformation, zeros_like(predictive.TotalEntropy), 1e-15);
        else
            predictive.Invoking(p => p.TotalEntropy)
                .Should().Throw<InvalidOperationException>().WithMessage($"{Likelihood.GetType().Name}*is not over classes*variances*");
    }

    /// <summary>Managed code may compute the sums in single precision; torch computes them in double precision.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 33)]
    [InlineData(3, 700)]
    public void Moments_in_single_precision_match_double_precision(long draws, long batch)
    {
        var outputs = Outputs(draws, batch);
        if (batch > 1)
            outputs[0, 1] = double.NaN;
        using Predictive single = Predictive.OfSamples(outputs.to(float32), Likelihood), exact = Predictive.OfSamples(outputs, Likelihood);
        ShouldAgree(p => p.Mean);
        ShouldAgree(p => p.AleatoricVariance);
        ShouldAgree(p => p.EpistemicVariance);
        if (Likelihood is not ClassLikelihood)
            return;
        ShouldAgree(p => p.TotalEntropy);
        ShouldAgree(p => p.ExpectedEntropy);
        ShouldAgree(p => p.MutualInformation);

        void ShouldAgree(Func<Predictive, Tensor> quantity)
        {
            Tensor found = quantity(single), wanted = quantity(exact);
            found.is_contiguous().Should().BeTrue();
            found.shape.Should().Equal(wanted.shape);
            found.to(float64).allclose(wanted, rtol: 1e-5, atol: 1e-6, equal_nan: true)
                .Should().BeTrue("found {0}, wanted {1}", found.str(), wanted.str());
        }
    }

    [Fact]
    public void The_mixtures_density_is_the_mean_of_the_draws_densities()
    {
        Tensor outputs = Outputs(4, 6), targets = Targets(6);
        using var predictive = Predictive.OfSamples(outputs, Likelihood, targets);
        var expected = Likelihood.LogProbability(outputs, targets).exp().mean([0L]).log();
        ShouldBeClose(predictive.LogPredictiveDensity, expected, 1e-12);
        ShouldBeClose(predictive.LogPredictiveDensityOf(targets), expected, 1e-12);
        Values(predictive.LogPredictiveDensity - Likelihood.LogProbability(outputs, targets).mean([0L])).Should().OnlyContain(
            gain => gain > 0, "Jensen: the mean of the logarithms is less");
    }

    [Fact]
    public void Entropies_are_those_of_the_density()
    {
        if (Likelihood is not ClassLikelihood classes)
            return;
        var output = Outputs(1, 6).squeeze(0);
        var (points, _) = Support(6);
        var logs = stack(Enumerable.Range(0, (int)points.shape[0]).Select(i => Likelihood.LogProbability(output, points[i])));
        ShouldBeClose(classes.Entropy(Likelihood.Mean(output)).reshape(6, -1).sum(1L), (logs.exp() * logs).sum([0L]).neg(), 1e-12);
    }

    [Fact]
    public void The_curvature_is_the_Fisher_information()
    {
        if (!HasCurvature())
            return;
        const long rows = 6;
        var output = Outputs(1, rows).squeeze(0);
        var (points, weight) = Support(rows);
        // The points of a row one after the other in the batch.
        var repeated = output.expand([points.shape[0], .. output.shape]).flatten(0, 1).requires_grad_();
        var logs = Likelihood.LogProbability(repeated, points.flatten(0, 1));
        var scores = autograd.grad([logs.sum()], [repeated])[0].reshape(points.shape[0], rows, -1);
        var probabilities = logs.detach().exp().mul(weight).reshape(-1, rows, 1);
        var expected = einsum("pbk,pbl->bkl", probabilities * scores, scores);
        ShouldBeClose(Curvature(Likelihood.CurvatureFactor(output)), expected, 2e-6);
    }

    [Fact]
    public void The_curvature_is_the_second_derivative_if_that_is_the_same_for_every_target()
    {
        if (!HasCurvature())
            return;
        Tensor output = Outputs(1, 6).squeeze(0), targets = Targets(6), factor = Likelihood.CurvatureFactor(output);
        bool isSame = Curvature(factor).allclose(SecondDerivative(Likelihood, output, targets).neg(), rtol: 0, atol: 1e-12);
        isSame.Should().Be(!SecondDerivativeDependsOnTarget);
        ShouldBeClose(Likelihood.CurvatureFactor(output, targets), factor, 0, "without weights every target counts the same");
        Likelihood.CurvatureFactor(output.to(float16)).dtype.Should().Be(ScalarType.Float32);
        ShouldBeClose(Likelihood.CurvatureFactor(output.to(float32)), factor, 2e-6);
    }

    [Fact]
    public void The_curvature_without_matrices_is_the_same()
    {
        if (!HasCurvature())
            return;
        Tensor output = Outputs(1, 6).squeeze(0), targets = Targets(6), wanted = Curvature(Likelihood.CurvatureFactor(output));
        foreach (var target in new[] { null, targets })
        {
            var found = Likelihood.CurvatureOf(output, target)!.Value;
            ShouldBeClose(Matrix(found), wanted, 1e-12);
            ShouldBeClose(found.OfElements(), wanted.diagonal(0, 1, 2), 1e-12);
        }
    }

    [Fact]
    public void The_curvature_leaves_no_tensor_alive()
    {
        if (!HasCurvature())
            return;
        Tensor output = Outputs(1, 6).squeeze(0), targets = Targets(6);
        var likelihood = Likelihood;
        long before = LiveTensors();
        likelihood.CurvatureFactor(output).Dispose();
        likelihood.CurvatureFactor(output, targets).Dispose();
        var curvature = likelihood.CurvatureOf(output, targets)!.Value;
        curvature.Diagonal.Dispose();
        curvature.Columns?.Dispose();
        LiveTensors().Should().Be(before);
    }

    [Fact]
    public void A_NaN_output_has_no_curvature()
    {
        if (!HasCurvature())
            return;
        Tensor output = Outputs(1, 6).squeeze(0), factor = Likelihood.CurvatureFactor(output);
        output[3] = double.NaN;
        var broken = Likelihood.CurvatureFactor(output);
        broken[3].isnan().any().item<bool>().Should().BeTrue();
        broken[3] = factor[3];
        ShouldBeClose(broken, factor, 0);
    }

    internal static Tensor Matrix(OutputCurvature curvature) =>
        curvature.Columns is { } columns ? diag_embed(curvature.Diagonal) - Curvature(columns) : diag_embed(curvature.Diagonal);

    internal static Tensor Curvature(Tensor factor) => factor.bmm(factor.mT);

    /// <summary>Returns the second derivative of log p(y | f) in f, [B, K, K].</summary>
    internal static Tensor SecondDerivative(Likelihood likelihood, Tensor output, Tensor target)
    {
        var leaf = output.detach().clone().requires_grad_();
        var log = likelihood.LogProbability(leaf, target).sum();
        var slope = autograd.grad([log], [leaf], retain_graph: true, create_graph: true)[0].reshape(output.shape[0], -1);
        return stack([.. Enumerable.Range(0, (int)slope.shape[1]).Select(i => SlopeOf(slope.select(1, i).sum()))], 1);

        // A slope that does not depend on the outputs has no graph.
        Tensor SlopeOf(Tensor value) => !value.requires_grad ? zeros_like(leaf).reshape(output.shape[0], -1)
            : autograd.grad([value], [leaf], retain_graph: true, allow_unused: true)[0].reshape(output.shape[0], -1);
    }

    // A likelihood of the user's own may do without.
    /// <summary>Whether the likelihood tells its curvature, as all of this library but those without a closed form.</summary>
    protected virtual bool TellsCurvature => Likelihood.GetType().Assembly == typeof(Likelihood).Assembly;

    private bool HasCurvature()
    {
        if (TellsCurvature)
            return true;
        Likelihood.Invoking(each => each.CurvatureFactor(Outputs(1, 6).squeeze(0)))
            .Should().Throw<NotSupportedException>().WithMessage($"{Likelihood.GetType().Name} does not tell its curvature; expected an override*");
        return false;
    }

    [Fact]
    public void Total_uncertainty_is_the_sum_of_its_non_negative_parts()
    {
        using var predictive = Predictive.OfSamples(Outputs(5, 40), Likelihood);
        ShouldBeClose(predictive.TotalVariance, predictive.AleatoricVariance + predictive.EpistemicVariance, 1e-14);
        Values(predictive.AleatoricVariance).Concat(Values(predictive.EpistemicVariance)).Should().OnlyContain(part => part >= 0);
        if (Likelihood is not ClassLikelihood)
            return;
        ShouldBeClose(predictive.TotalEntropy, predictive.ExpectedEntropy + predictive.MutualInformation, 1e-14);
        Values(predictive.ExpectedEntropy).Concat(Values(predictive.MutualInformation)).Should().OnlyContain(part => part >= 0);
    }

    [Fact]
    public void Quantiles_of_the_target_enclose_their_mass_of_the_mixture()
    {
        var outputs = Outputs(5, 6);
        using var predictive = Predictive.OfSamples(outputs, Likelihood);
        if (Likelihood is CountLikelihood)
            return;
        if (Likelihood is not ContinuousLikelihood continuous)
        {
            predictive.Invoking(p => p.QuantilesOfTarget([0.5]))
                .Should().Throw<InvalidOperationException>().WithMessage("*no quantiles of the target*");
            return;
        }
        double[] levels = [1e-4, 0.05, 0.5, 0.9, 0.999];
        var quantiles = predictive.QuantilesOfTarget(levels);
        for (int i = 0; i < levels.Length; i++)
            ShouldBeClose(continuous.CumulativeProbability(outputs, quantiles[i]).mean([0L]), full_like(quantiles[i], levels[i]), 1e-9);
        var (lower, upper) = predictive.PredictionInterval(0.8);
        ShouldBeClose(stack([lower, upper]), predictive.QuantilesOfTarget([0.1, 0.9]), 1e-12);
        var (credibleLower, credibleUpper) = predictive.CredibleInterval(0.8);
        Values(upper - lower - (credibleUpper - credibleLower))
            .Should().OnlyContain(wider => wider > 0, "the target has noise that its mean has not");
    }

    [Fact]
    public void The_distribution_function_is_the_integral_of_the_density()
    {
        if (Likelihood is not ContinuousLikelihood continuous)
            return;
        var output = Outputs(1, 6).squeeze(0);
        var (points, weight) = Support(6);
        var running = zeros_like(Likelihood.Mean(output));
        foreach (long i in Enumerable.Range(0, (int)points.shape[0]))
        {
            var step = Likelihood.LogProbability(output, points[i]).exp().mul(weight).reshape(running.shape);
            if (i % 500 == 0)
                ShouldBeClose(continuous.CumulativeProbability(output, points[i]), running + step / 2, 1e-4);
            running = running + step;
        }
    }

    [Fact]
    public void Single_precision_agrees_with_double()
    {
        Tensor outputs = Outputs(4, 6), targets = Targets(6), single = outputs.to(float32);
        foreach (var (found, expected) in new[]
        {
            (Likelihood.LogProbability(single, targets), Likelihood.LogProbability(outputs, targets)),
            (Likelihood.Mean(single), Likelihood.Mean(outputs)), (Likelihood.Variance(single), Likelihood.Variance(outputs)),
        })
        {
            found.dtype.Should().Be(ScalarType.Float32);
            ShouldBeClose(found, expected, 2e-6);
        }
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    public void Extreme_outputs_keep_a_finite_loss_gradient_and_prediction(ScalarType dtype)
    {
        foreach (double extreme in ExtremeOutputs)
        {
            var output = full_like(Outputs(2, 6), extreme).to(dtype).requires_grad_();
            var targets = Targets(6);
            var loss = Likelihood.LogProbability(output, targets).mean();
            ShouldBeFinite(loss);
            loss.backward();
            ShouldBeFinite(output.grad!);
            using var predictive = Predictive.OfSamples(output, Likelihood, targets);
            foreach (var tensor in new[] { predictive.Mean, predictive.TotalVariance, predictive.AleatoricVariance, predictive.LogPredictiveDensity })
                ShouldBeFinite(tensor);
        }
    }

    [Fact]
    public void A_frozen_likelihood_computes_the_same_and_learns_nothing()
    {
        var likelihood = Likelihood;
        var frozen = likelihood.Frozen();
        frozen.Parameters.Should().BeNull();
        frozen.Frozen().Should().BeSameAs(frozen);
        if (likelihood.Parameters is null)
            frozen.Should().BeSameAs(likelihood);
        frozen.ToString().Should().Be(likelihood.Frozen().ToString()).And.StartWith(likelihood.GetType().Name);
        Tensor outputs = Outputs(4, 6), targets = Targets(6);
        ShouldBeClose(frozen.LogProbability(outputs, targets), Likelihood.LogProbability(outputs, targets), 1e-14);
        ShouldBeClose(frozen.Variance(outputs), Likelihood.Variance(outputs), 1e-14);
        frozen.LogProbability(outputs.requires_grad_(), targets).requires_grad.Should().BeTrue("the network still learns");
    }

    [Fact]
    public void A_NaN_output_affects_only_its_row()
    {
        var outputs = Outputs(4, 6);
        using var whole = Predictive.OfSamples(outputs, Likelihood, Targets(6));
        outputs[2, 3] = double.NaN;
        using var broken = Predictive.OfSamples(outputs, Likelihood, Targets(6));
        foreach (var (found, isNaN) in new[]
        {
            (broken.Mean, whole.Mean.isnan()), (broken.AleatoricVariance, whole.Mean.isnan()),
            (broken.LogPredictiveDensity, whole.LogPredictiveDensity.isnan()),
        })
        {
            isNaN[3] = true;
            found.isnan().Equals(isNaN).Should().BeTrue();
        }
    }

    [Fact]
    public void Impossible_targets_are_refused()
    {
        var output = Outputs(1, 6).squeeze(0);
        foreach (double impossible in ImpossibleTargets)
        {
            var targets = Targets(6).clone();
            using (Scalar value = impossible)
                targets.flatten().narrow(0, 4, 1).fill_(value);
            var act = () => Likelihood.LogProbability(output, targets);
            act.Should().Throw<ArgumentException>().WithMessage("target has *; expected *");
        }
    }

    [Fact]
    public void Only_results_stay_alive()
    {
        Tensor outputs = Outputs(3, 6), targets = Targets(6);
        var likelihood = Likelihood;
        long before = LiveTensors();
        var results = new List<Tensor> { likelihood.LogProbability(outputs, targets), likelihood.Mean(outputs), likelihood.Variance(outputs) };
        if (likelihood is ContinuousLikelihood continuous)
            results.AddRange([continuous.CumulativeProbability(outputs, results[1][0]), continuous.Quantile(outputs, 0.3)]);
        _ = likelihood.Frozen().ToString();
        LiveTensors().Should().Be(before + results.Count + (likelihood is ContinuousLikelihood ? 1 : 0));
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused()
    {
        var output = Outputs(1, 6).squeeze(0);
        Tensor targets = Targets(6);
        foreach (var target in new[] { Targets(5), targets.shape[^1] == 1 ? targets.squeeze(-1) : targets.unsqueeze(-1),
            stack(Enumerable.Repeat(targets, 7)) })
        {
            var act = () => Likelihood.LogProbability(output, target);
            act.Should().Throw<ArgumentException>().WithMessage($"*target has shape {Shape(target)} and the output {Shape(output)}; expected *");
        }
    }

    /// <summary>Regression targets [N] for outputs [N, 1], class targets [N, 1] for outputs [N, C], and the like.</summary>
    [Fact]
    public void The_message_contains_the_call_that_corrects_the_shape_of_a_target()
    {
        var targets = Targets(6);
        foreach (var outputs in new[] { Outputs(3, 6), Outputs(3, 6)[0] })
            foreach (var misshapen in new[] { targets.unsqueeze(-1), targets.unsqueeze(1), targets.shape[^1] == 1 ? targets.squeeze(-1)
                : targets.unsqueeze(1) })
            {
                var act = () => Likelihood.LogProbability(outputs, misshapen);
                string message = act.Should().Throw<ArgumentException>()
                    .WithMessage($"*target has shape {Shape(misshapen)} and the output {Shape(outputs)}; *").Which.Message;
                var call = System.Text.RegularExpressions.Regex.Match(message, @"target\.(un)?squeeze\((\d)\)");
                call.Success.Should().BeTrue(message);
                long axis = long.Parse(call.Groups[2].Value);
                var mended = call.Groups[1].Success ? misshapen.unsqueeze(axis) : misshapen.squeeze(axis);
                ShouldBeClose(Likelihood.LogProbability(outputs, mended), Likelihood.LogProbability(outputs, targets), 0);
            }
    }

    /// <summary>A double target of a network in single precision, and an integer-valued target in any type.</summary>
    [Fact]
    public void The_type_of_a_target_does_not_matter_if_its_numbers_are_the_same()
    {
        Tensor outputs = Outputs(3, 6).to(float32), targets = Targets(6);
        bool isWhole = targets.to(float64).eq(targets.to(int64).to(float64)).all().item<bool>();
        foreach (var type in isWhole ? new[] { int64, int32, int16, uint8 } : [float64, float32])
            ShouldBeClose(Likelihood.LogProbability(outputs, targets.to(type)), Likelihood.LogProbability(outputs, targets), 2e-6);
        var trained = Outputs(3, 6).to(float32).requires_grad_();
        Likelihood.LogProbability(trained, targets).mean().neg().backward();
        trained.grad!.dtype.Should().Be(ScalarType.Float32);
        using var single = Predictive.OfSamples(outputs, Likelihood, targets);
        ShouldBeClose(single.LogPredictiveDensityOf(targets), single.LogPredictiveDensity, 2e-6);

        BayesianLinear layer = new(3, outputs[0, 0].numel());
        using var model = Likelihood is BernoulliLikelihood { Output: BernoulliOutput.Probabilities } ? new BayesianSequential(layer, nn.Sigmoid())
            : outputs.ndim > 3 ? new BayesianSequential(layer, nn.Unflatten(1, outputs.shape[2..])) : new BayesianSequential(layer);
        using var loss = new ElboLoss(Likelihood.Frozen(), 6);
        var history = new VariationalTrainer(model, loss, new() { Epochs = 2, BatchSize = 3 }).Fit(randn(6, 3), targets, (randn(6, 3), targets));
        history.Epochs.Should().OnlyContain(epoch => double.IsFinite(epoch.Loss) && epoch.RefusedSteps == 0);
    }

    /// <summary>The outputs are taken as they are, and only sums are computed in higher precision.</summary>
    [Theory]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void In_half_precision_log_probabilities_and_entropies_are_as_exact_as_in_single(ScalarType dtype)
    {
        Tensor outputs = Outputs(3, 200).to(dtype), targets = Targets(200), exact = outputs.to(float64);
        if (targets.is_floating_point())
            targets = targets.to(dtype);
        var expected = Likelihood.LogProbability(exact, targets.is_floating_point() ? targets.to(float64) : targets);
        double loss = new ElboLoss(Likelihood.Frozen(), 10).forward(outputs, targets, zeros([], float64)).ToDouble(),
            wanted = -expected.mean().ToDouble();
        loss.Should().BeApproximately(wanted, 4e-6 * Math.Max(1, Math.Abs(wanted)));
        // A custom likelihood may compute in the output's type, so the loss passes it single precision.
        if (Likelihood.GetType().Assembly != typeof(Likelihood).Assembly)
            return;
        var logProbability = Likelihood.LogProbability(outputs, targets);
        logProbability.dtype.Should().Be(ScalarType.Float32);
        ShouldBeClose(logProbability, expected, 4e-6);
        if (Likelihood is ClassLikelihood classes)
        {
            var mean = classes.Mean(outputs);
            ShouldBeClose(classes.Entropy(mean), classes.Entropy(mean.to(float64)), 4e-6);
        }
        var parameter = outputs.detach().clone().requires_grad_();
        Likelihood.LogProbability(parameter, targets).sum().backward();
        parameter.grad!.dtype.Should().Be(dtype);
    }

    /// <summary>The moments are computed in double precision and rounded once, when they are returned.</summary>
    [Theory]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void Moments_of_outputs_in_half_precision_are_rounded_once(ScalarType dtype)
    {
        Tensor outputs = Outputs(50, 30).to(dtype), targets = Targets(30);
        using Predictive half = Predictive.OfSamples(outputs, Likelihood, targets), exact = Predictive.OfSamples(outputs.to(float64), Likelihood,
            targets);
        ShouldAgree(p => p.Mean);
        ShouldAgree(p => p.AleatoricVariance);
        ShouldAgree(p => p.EpistemicVariance);
        ShouldAgree(p => p.LogPredictiveDensity);
        if (Likelihood is not ClassLikelihood)
            return;
        ShouldAgree(p => p.ExpectedEntropy);
        ShouldAgree(p => p.MutualInformation);

        void ShouldAgree(Func<Predictive, Tensor> quantity)
        {
            Tensor found = quantity(half).to(float64), wanted = quantity(exact);
            found.allclose(wanted, rtol: 0.51 * finfo(dtype).eps, atol: 4e-6).Should().BeTrue("found {0}, wanted {1}", found.str(), wanted.str());
        }
    }

    /// <summary>The names of the modules that a network must not end in because the likelihood applies the same function.</summary>
    protected virtual string[] RefusedLastModules => [];

    [Fact]
    public void A_network_that_ends_in_the_likelihoods_own_function_is_always_refused()
    {
        var refused = new List<string>();
        foreach (var make in LastModules)
            foreach (var model in new[] { new BayesianSequential(new BayesianLinear(3, 4), make()), Nested(make()) })
            {
                using var own = model;
                using var loss = new ElboLoss(Likelihood.Frozen(), 10);
                string last = make().GetType().Name;
                var messages = new Action[]
                {
                    () => _ = new VariationalTrainer(model, loss),
                    () => new VariationalStep(model, loss, parameters => optim.SGD(parameters, 0.1)).Dispose(),
                    () => _ = new MonteCarloPredictive(model, loss.Likelihood, 3),
                }.Select(use => Record.Exception(use)?.Message).ToArray();
                if (messages[0] is null)
                {
                    messages.Should().OnlyContain(message => message == null, last);
                    continue;
                }
                refused.Add(last);
                messages.Should().OnlyContain(message => message != null
                    && message.StartsWith($"The model ends in {last}, and {loss.Likelihood} takes ")).And.OnlyContain(message =>
                    message == messages[0]);
            }
        refused.Distinct().Should().BeEquivalentTo(RefusedLastModules);
        refused.Should().HaveCount(2 * RefusedLastModules.Length, "also inside of another sequence, and before what only changes the shape");

        static BayesianSequential Nested(nn.Module<Tensor, Tensor> last) =>
            new(new BayesianSequential(new BayesianLinear(3, 4), nn.Sequential(nn.Tanh(), nn.Sequential(last, nn.Identity()))), nn.Flatten());
    }

    private static readonly Func<nn.Module<Tensor, Tensor>>[] LastModules =
    [
        nn.Sigmoid, () => nn.Hardsigmoid(), () => nn.Softmax(1), nn.Softmax2d, () => nn.Softmin(1), nn.LogSigmoid, () => nn.LogSoftmax(1), () =>
            nn.Softplus(), () => nn.ReLU(), () => nn.ReLU6(),
        nn.Tanh, () => nn.ELU(), () => nn.GELU(), () => nn.Linear(4, 4), nn.Identity, () => nn.LayerNorm(4),
    ];

    private static string Shape(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";

    [Fact]
    public void An_output_without_draws_is_refused()
    {
        var act = () => Likelihood.LogProbability(Outputs(1, 6).narrow(0, 0, 0), Targets(6));
        act.Should().Throw<ArgumentException>().WithMessage("*output [0, 6*; expected *");
    }

    [Fact]
    public void An_empty_batch_is_refused()
    {
        var act = () => Likelihood.LogProbability(Outputs(1, 6).squeeze(0).narrow(0, 0, 0), Targets(6).narrow(0, 0, 0));
        act.Should().Throw<ArgumentException>().WithMessage("*empty batch*");
    }

    [Fact]
    public void Outputs_of_another_type_or_rank_are_refused()
    {
        Assert.SkipUnless(Likelihood.GetType().Assembly == typeof(Likelihood).Assembly, "a likelihood of the user's own");
        var output = Outputs(1, 6).squeeze(0);
        foreach (var type in new[] { int64, @bool, complex128 })
        {
            Calls(output.to(type))
                .Should().OnlyContain(message => message.StartsWith($"The output is of type {type}; expected a floating-point type."));
            if (Likelihood is ClassLikelihood classes)
                classes.Invoking(each => each.Entropy(output.to(type)))
                    .Should().Throw<ArgumentException>().WithMessage($"the mean's type is {type}; expected a floating-point type*");
        }
        Calls(tensor(0.5)).Should().OnlyContain(message => message.StartsWith("The output is a scalar; expected [batch, …]."));
    }

    [Fact]
    public void Invalid_levels_and_values_are_refused()
    {
        Assert.SkipUnless(Likelihood is ContinuousLikelihood && Likelihood.GetType().Assembly == typeof(Likelihood).Assembly,
            "it has no distribution function, or is the user's own");
        var continuous = (ContinuousLikelihood)Likelihood;
        var output = Outputs(1, 6).squeeze(0);
        foreach (double level in new[] { 0, 1, -1, double.NaN })
            continuous.Invoking(each => each.Quantile(output, level))
                .Should().Throw<ArgumentOutOfRangeException>().WithMessage("level is *; expected a number above 0 and below 1.*");
        foreach (var value in new[] { zeros([5, 1], float64), zeros([6, 1], int64) })
            continuous.Invoking(each => each.CumulativeProbability(output, value))
                .Should().Throw<ArgumentException>().WithMessage("The value is of type * and shape *; expected a floating-point type and *");
    }

    private IEnumerable<string> Calls(Tensor output)
    {
        var calls = new List<Func<Tensor>> { () => Likelihood.Mean(output), () => Likelihood.Variance(output) };
        if (Likelihood is ContinuousLikelihood continuous)
            calls.AddRange([() => continuous.Quantile(output, 0.5), () => continuous.CumulativeProbability(output, zeros(1, dtype: float64))]);
        return calls.Select(call => call.Should().Throw<ArgumentException>().Which.Message);
    }
}
