using Bayes.Layers.Estimators;
using Bayes.Layers.Maps;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Laws;

/// <summary>The laws of estimators. A test class of an estimator inherits them.</summary>
public abstract class EstimatorLaws : TorchTest
{
    private readonly LinearMap _map = new(4, 3);
    private readonly Tensor _input = Normal(1, 5, 4);
    private readonly WeightPosterior _weight;
    private readonly WeightPosterior _bias;

    protected EstimatorLaws()
    {
        _weight = Posterior(3, 4);
        _bias = Posterior(3);
    }

    protected abstract Estimator Estimator(int samples, NoiseSource noise);

    /// <summary>The family of the tested posteriors.</summary>
    protected virtual PosteriorFamily Family => PosteriorFamily.MeanField;

    /// <summary>The parameters of the tested posteriors.</summary>
    protected nn.Module Parameters => new Holder(_weight, _bias);

    /// <summary>Whether the output varies. That of the posterior mean does not.</summary>
    protected virtual bool IsStochastic => true;

    /// <summary>The output of the tested layer at the posterior means.</summary>
    protected Tensor MeanOutput => _map.Apply(_input, _weight.Mean, _bias.Mean);

    private WeightPosterior Posterior(params long[] shape) =>
        Family.Of([.. Family.Start(Normal(shape), Normal(shape).mul(0.3).sub(1), TorchNoise.Global)
            .Select((value, i) => new Parameter(i < 2 ? value : value.mul(5)))]);

    /// <summary>
    /// Returns the covariance of the outputs of each row, <c>[B, out, out]</c>: independent noise, plus directions that all outputs share.
    /// </summary>
    private Tensor OutputCovariance()
    {
        PosteriorParts weight = _weight.Parts!.Value, bias = _bias.Parts!.Value;
        var covariance = diag_embed(_map.ApplyToVariance(_input, weight.Independent.Variance(), bias.Independent.Variance()).squeeze(0));
        Tensor[] directions =
        [
            .. weight.Factor?.unbind(0).Select(each => _map.Apply(_input, each)) ?? [],
            .. bias.Factor?.unbind(0).Select(each => _map.Apply(_input, zeros_like(_weight.Mean), each)) ?? [],
        ];
        foreach (var direction in directions)
            covariance = covariance + direction.squeeze(0).unsqueeze(2) * direction.squeeze(0).unsqueeze(1);
        return covariance;
    }

    private Tensor Estimate(int samples, NoiseSource noise) => Run(Estimator(samples, noise));

    /// <summary>Runs one pass through the tested layer.</summary>
    protected Tensor Run(Estimator estimator) => estimator.Estimate(_map, _input, _weight, _bias);

    [Fact]
    public void Mean_and_variance_of_the_output_match_the_closed_form()
    {
        using var _ = no_grad();
        const int samples = 40_000;
        var outputs = Estimate(samples, TorchNoise.Global);
        var mean = _map.Apply(_input, _weight.Mean, _bias.Mean).squeeze(0);
        var variance = OutputCovariance().diagonal(0, 1, 2);

        if (!IsStochastic)
        {
            ShouldBeClose(outputs.squeeze(0), mean, 1e-12);
            return;
        }
        outputs.shape.Should().Equal(samples, 5, 3);
        Values(outputs.mean([0L]).sub(mean).div(variance.sqrt()).abs()).Max().Should().BeLessThan(5 / Math.Sqrt(samples));
        Values(outputs.var(0L).div(variance).sub(1).abs()).Max().Should().BeLessThan(5 * Math.Sqrt(2.0 / samples));
    }

    /// <summary>The joint distribution of all outputs of a row is that with drawn weights.</summary>
    [Fact]
    public void Outputs_of_a_row_have_the_covariance_implied_by_the_weights()
    {
        using var _ = no_grad();
        const int samples = 40_000;
        if (!IsStochastic)
            return;
        var covariance = OutputCovariance();
        var centred = Estimate(samples, TorchNoise.Global).sub(MeanOutput).transpose(0, 1);
        var variances = covariance.diagonal(0, 1, 2);
        var error = (covariance.square() + variances.unsqueeze(1) * variances.unsqueeze(2)).div(samples).sqrt();
        Values((centred.transpose(1, 2).bmm(centred).div(samples) - covariance).div(error).abs()).Max().Should().BeLessThan(5);
    }

    [Fact]
    public void Without_spread_it_gives_the_posterior_mean()
    {
        var narrow = new MeanFieldNormal(_weight.Mean, full_like(_weight.Mean, -80));
        var output = Estimator(1, TorchNoise.Global).Estimate(_map, _input, narrow, null);
        ShouldBeClose(output, PosteriorMean.Instance.Estimate(_map, _input, narrow, null), 1e-14);
    }

    [Fact]
    public void Seeded_passes_repeat_and_others_differ()
    {
        Tensor Pass(long seed)
        {
            using var noise = new TorchNoise(seed);
            return Estimate(3, noise);
        }
        ShouldBeClose(Pass(7), Pass(7), 0);
        if (IsStochastic)
            ShouldDiffer(Pass(7), Pass(8));
    }

    [Fact]
    public void The_gradient_of_many_draws_is_the_mean_of_single_draw_gradients()
    {
        // Noise shared between draws would make sigma's gradient wrong, and only for S > 1.
        if (!Estimator(1, TorchNoise.Global).CarriesGradient)
        {
            Estimate(3, TorchNoise.Global).requires_grad.Should().BeFalse("it is for prediction");
            return;
        }
        const int samples = 3;
        var recorder = new RecordingNoise();
        Tensor[] parameters = [.. _weight.Parameters.Concat(_bias.Parameters).Select(each => each.Value)];
        var together = Gradients(Estimate(samples, recorder));

        var singles = new List<Tensor?[]>();
        for (int s = 0; s < samples; s++)
        {
            var noise = new GivenNoise(recorder.Draws.Select(draw => draw.narrow(0, s, 1)));
            singles.Add(Gradients(Estimate(1, noise)));
        }

        for (int p = 0; p < parameters.Length; p++)
        {
            if (together[p] is null)
            {
                IsStochastic.Should().BeFalse("only a deterministic estimator has no gradient in the variance");
                continue;
            }
            ShouldBeClose(together[p]!, stack(singles.Select(single => single[p]!)).mean([0L]), 1e-12, $"parameter {p}");
        }

        Tensor?[] Gradients(Tensor output)
        {
            foreach (var parameter in parameters)
                parameter.grad = null;
            output.square().sum([1L, 2L]).mean().backward();
            return [.. parameters.Select(parameter => parameter.grad?.clone())];
        }
    }

    [Fact]
    public void Draws_differ_from_one_another()
    {
        if (!IsStochastic)
            return;
        var outputs = Estimate(3, TorchNoise.Global);
        ShouldDiffer(outputs[0], outputs[1]);
        ShouldDiffer(outputs[1], outputs[2]);
    }

    [Fact]
    public void Rows_share_their_functions_if_the_estimator_says_so()
    {
        var rows = _input.narrow(1, 0, 1).expand(1, 5, 4);
        var estimator = Estimator(3, TorchNoise.Global);
        var outputs = estimator.Estimate(_map, rows, _weight, _bias);
        var first = outputs.narrow(1, 0, 1).expand_as(outputs);
        if (estimator.RowsShareFunctions)
            ShouldBeClose(outputs, first, 1e-14);
        else
            ShouldDiffer(outputs, first);
    }

    [Fact]
    public void Fixed_weights_are_the_same_at_every_call()
    {
        var apply = new Pass(Estimator(3, TorchNoise.Global)).Fix(_map, _weight, null);
        Tensor x = Normal(1, 5, 4), y = Normal(1, 5, 4);
        ShouldBeClose(apply(2 * x - 3 * y), 2 * apply(x) - 3 * apply(y), 1e-12, "a sum of inputs meets the weights that its parts meet");
        ShouldBeClose(apply(x), apply(x), 0);
    }

    [Fact]
    public void Fixed_weights_outlive_the_scopes_of_their_calls()
    {
        var apply = new Pass(Estimator(3, TorchNoise.Global)).Fix(_map, _weight, _bias);
        Tensor first;
        using (NewDisposeScope())
            first = apply(_input).MoveToOuterDisposeScope();
        ShouldBeClose(apply(_input), first, 0);
    }

    [Fact]
    public void Fixed_weights_are_drawn_from_the_posterior()
    {
        using var _ = no_grad();
        const int samples = 20_000;
        var outputs = new Pass(Estimator(samples, TorchNoise.Global)).Fix(_map, _weight, _bias)(_input);
        if (!IsStochastic)
            return;
        var variance = OutputCovariance().diagonal(0, 1, 2);
        Values(outputs.var(0L).div(variance).sub(1).abs()).Max().Should().BeLessThan(5 * Math.Sqrt(2.0 / samples));
    }

    [Fact]
    public void A_row_of_zeros_has_a_finite_gradient()
    {
        var input = zeros(1, 5, 4, float64).requires_grad_();
        var estimator = Estimator(3, TorchNoise.Global);
        if (!estimator.CarriesGradient)
            return;
        estimator.Estimate(_map, input, _weight, null).square().sum().backward();
        foreach (var tensor in _weight.Parameters.Select(each => each.Value).Prepend(input))
            if (tensor.grad is { } gradient)
                ShouldBeFinite(gradient);
    }

    [Fact]
    public void A_wrong_number_of_input_draws_is_refused()
    {
        var estimator = Estimator(3, TorchNoise.Global);
        var act = () => estimator.Estimate(_map, Normal(2, 5, 4), _weight, _bias);
        act.Should().Throw<ArgumentException>().WithMessage("*2 draws*expected 1 or*");
    }

    private sealed class Holder : nn.Module
    {
        public Holder(WeightPosterior weight, WeightPosterior bias) : base(nameof(Holder))
        {
            foreach (var (variable, posterior) in new[] { ("weight", weight), ("bias", bias) })
                foreach (var (name, parameter) in posterior.Parameters)
                    register_parameter($"{variable}_{name}", (Parameter)parameter);
        }
    }

    private sealed class RecordingNoise : NoiseSource
    {
        public List<Tensor> Draws { get; } = [];

        public override Tensor StandardNormal(ReadOnlySpan<long> shape, ScalarType dtype, Device device)
        {
            var draw = randn(shape, dtype, device);
            Draws.Add(draw.clone().DetachFromDisposeScope());
            return draw;
        }
    }
}
