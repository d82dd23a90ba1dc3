using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Maps;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Guides;

/// <summary>The parts of docs/writing-your-own-parts.md. Separate test classes apply the laws of their kind.</summary>
public sealed class OwnPartsTests : TorchTest
{
    [Fact]
    public void The_parts_work_together() =>
        DocumentedExamples.ProgramsOf("docs/writing-your-own-parts.md").Single().Run(["prediction", "targets"], found =>
            found.Get<Predictive>("prediction").Mean.sub(found.Get<Tensor>("targets")).square().mean().ToDouble().Should().BeLessThan(0.03));
}

public sealed class FeatureScaleMap(long features) : BilinearMap
{
    public override IReadOnlyList<long> WeightShape => [features];

    public override IReadOnlyList<long> BiasShape => [features];

    public override long FanIn => 1;   // each output depends on one input

    public override int ChannelAxis => -1;   // where the features are, in inputs and outputs

    // [1|S, B, features], and one weight for all draws.
    public override Tensor Apply(Tensor input, Tensor weight, Tensor? bias = null)
    {
        using var scope = NewDisposeScope();
        var output = input * weight;
        return (bias is null ? output : output + bias).MoveToOuterDisposeScope();
    }

    // [1|S, B, features], and a weight for each draw: [S, features].
    public override Tensor ApplyPerDraw(Tensor input, Tensor weights, Tensor? biases = null)
    {
        CheckDraws(input, weights.shape[0]);
        using var scope = NewDisposeScope();
        return Apply(input, weights.unsqueeze(1), biases?.unsqueeze(1)).MoveToOuterDisposeScope();
    }

    public override bool IsSingleExample(ReadOnlySpan<long> shape) => shape.Length == 1;

    public override void CheckInput(ReadOnlySpan<long> shape)
    {
        if (shape.Length != 2 || shape[1] != features)
            throw new ArgumentException($"The input has shape [{string.Join(", ", shape.ToArray())}]; expected [batch, {features}].");
    }
}

public sealed class BayesianFeatureScale(long features, Prior? prior = null, ScalarType? dtype = null)
    : BayesianLayer(
        nameof(BayesianFeatureScale), new FeatureScaleMap(features), hasBias: true, prior, biasPrior: null, initializer: null, device: null, dtype);

public sealed class TiedNormal(Tensor mean, Tensor rows, Tensor columns) : WeightPosterior(mean)
{
    public override IReadOnlyList<(string Name, Tensor Value)> Parameters => [("mu", Mean), ("rows", rows), ("columns", columns)];

    // Each weight alone: log sigma² is the sum of its row's and its column's number.
    public override MeanFieldNormal Marginals()
    {
        using var scope = NewDisposeScope();
        return new(Mean, (rows + columns).MoveToOuterDisposeScope());
    }

    // Independent weights without shared directions: local reparameterization and Flipout may use them as such.
    public override PosteriorParts? Parts => new PosteriorParts(Marginals(), null);

    // The noise is a number for each weight, with or without an axis of draws in front.
    public override Tensor DeviationsFrom(IReadOnlyList<Tensor> noise)
    {
        using var scope = NewDisposeScope();
        return (Stddev() * noise[0]).MoveToOuterDisposeScope();
    }

    public override Tensor Entropy()
    {
        using var scope = NewDisposeScope();
        return Marginals().Entropy().MoveToOuterDisposeScope();
    }
}

public sealed class TiedFamily : PosteriorFamily
{
    public override IReadOnlyList<(string Name, long[] Shape)> ParametersOf(long[] shape) =>
        [("mu", shape), ("rows", [shape[0], .. shape[1..].Select(_ => 1L)]), ("columns", [1, .. shape[1..]])];

    public override IReadOnlyList<Tensor> Start(Tensor mean, Tensor logVariance, NoiseSource noise)
    {
        using var scope = NewDisposeScope();
        var shapes = ParametersOf(mean.shape);
        var rows = logVariance.reshape(mean.shape[0], -1).mean([1L]).reshape(shapes[1].Shape);
        var columns = zeros(shapes[2].Shape, mean.dtype, mean.device);
        return [mean, rows.MoveToOuterDisposeScope(), columns.MoveToOuterDisposeScope()];
    }

    public override WeightPosterior Of(IReadOnlyList<Tensor> parameters) => new TiedNormal(parameters[0], parameters[1], parameters[2]);

    public override string ToString() => nameof(TiedNormal);
}

public sealed class LogisticPrior : DensityPrior
{
    private readonly double _scale;

    public LogisticPrior(double scale = 1) : base(width: 3 * scale) => _scale = scale;   // how finely the integral has to look around 0

    public override double Stddev => _scale * Math.PI / Math.Sqrt(3);

    // log p(w) = −|w| / s − 2 log(1 + e^(−|w| / s)) − log s, of each weight
    public override Tensor LogProbability(Tensor weight)
    {
        using var scope = NewDisposeScope();
        var distance = weight.abs() / _scale;
        return (-distance - 2 * (-distance).exp().log1p() - Math.Log(_scale)).MoveToOuterDisposeScope();
    }

    public override string ToString() => FormattableString.Invariant($"LogisticPrior(scale={_scale})");
}

public sealed class LogisticLikelihood(double scale) : Likelihood
{
    public override Tensor LogProbability(Tensor output, Tensor target)
    {
        int leading = LeadingAxes(output, target);   // 1, or 2 with an axis of draws; throws if the shapes do not fit
        using var scope = NewDisposeScope();
        if (!target.isfinite().all().ToBoolean())
            throw new ArgumentException("target has a value that is not finite; expected finite numbers.");
        var distance = (target.to(output.dtype) - output).abs() / scale;
        var each = -distance - 2 * (-distance).exp().log1p() - Math.Log(scale);
        return SumOverExample(each, leading).MoveToOuterDisposeScope();   // [B] or [S, B]
    }

    public override Tensor Mean(Tensor output) => output.alias();

    public override Tensor Variance(Tensor output)
    {
        using var scope = NewDisposeScope();
        return (output * 0 + scale * scale * Math.PI * Math.PI / 3).MoveToOuterDisposeScope();   // NaN stays NaN
    }

    public override string ToString() => FormattableString.Invariant($"LogisticLikelihood(scale={scale})");
}

public sealed class TwoPoints(int samples = 1, NoiseSource? noise = null, bool antithetic = false) : SamplingEstimator(samples, noise, antithetic)
{
    protected override SamplingEstimator With(int samples, NoiseSource noise, bool antithetic) => new TwoPoints(samples, noise, antithetic);

    // The pass keeps the draws: all uses of a weight in it see the same ones.
    protected override Func<Tensor, Tensor> FixWeights(Pass pass, BilinearMap map, WeightPosterior weight, WeightPosterior? bias)
    {
        var weights = pass.Weights(weight, () => Draw(weight));
        var biases = bias is null ? null : pass.Weights(bias, () => Draw(bias));
        return input => map.ApplyPerDraw(input, weights, biases);
    }

    // mu ± sigma, [S, …]: mean and variance are the posterior's, and no draw is far out.
    private Tensor Draw(WeightPosterior posterior)
    {
        using var scope = NewDisposeScope();
        var signs = Noise.StandardNormal([Samples, .. posterior.Mean.shape], posterior.Mean.dtype, posterior.Mean.device).sign();
        return (posterior.Mean + posterior.Stddev() * signs).MoveToOuterDisposeScope();
    }
}

public sealed class FeatureScaleMapTests : MapLaws
{
    protected override BilinearMap Map => new FeatureScaleMap(4);

    protected override Tensor Input(long draws) => Normal(draws, 3, 4);
}

public sealed class BayesianFeatureScaleTests : ModuleLaws
{
    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) => new BayesianFeatureScale(4, dtype: dtype);

    protected override Tensor Input(long batch) => Normal(batch, 4);

    protected override IEnumerable<string> Keys => ["weight_mu", "weight_log_var", "bias_mu", "bias_log_var"];

    [Fact]
    public void A_single_example_is_accepted_and_another_number_of_features_refused()
    {
        using var layer = Create();
        layer.forward(Normal(4)).shape.Should().Equal(4);
        layer.Invoking(l => l.forward(Normal(5, 3)))
            .Should().Throw<ArgumentException>().WithMessage("The input has shape [5, 3]; expected [batch, 4].");
    }
}

public sealed class TiedNormalTests : PosteriorLaws
{
    protected override PosteriorFamily Family => new TiedFamily();

    protected override bool IsIndependent => true;

    protected override bool CanPrune => false;

    protected override Tensor Covariance(WeightPosterior posterior) =>
        diag((posterior.Parameters[1].Value + posterior.Parameters[2].Value).exp().flatten());

    [Fact]
    public void A_layer_has_its_parameters_and_not_those_of_others()
    {
        using var layer = new BayesianLinear(3, 2, initializer: new FanInInitializer(1) { Family = Family });
        layer.state_dict().Keys.Should().Equal("weight_mu", "weight_rows", "weight_columns", "bias_mu", "bias_rows", "bias_columns");
        layer.Invoking(l => l.weight_log_var).Should().Throw<InvalidOperationException>().WithMessage(
            "BayesianLinear has no weight_log_var: its posterior is TiedNormal, of the parameters weight_mu, weight_rows, weight_columns; "
            + "read WeightPosterior.");
        layer.to(float64);
        layer.parameters().Should().OnlyContain(parameter => parameter.dtype == ScalarType.Float64);
        layer.WeightPosterior.Should().BeOfType<TiedNormal>();
    }
}

public sealed class LogisticPriorTests : DensityPriorLaws
{
    protected override Prior Prior => new LogisticPrior(0.8);

    protected override double Width => 0.8;

    protected override double Accuracy => 2e-4;   // of the integral, in nats, at a posterior a thousand scales wide
}

public sealed class LogisticLikelihoodTests : LikelihoodLaws
{
    protected override Likelihood Likelihood { get; } = new LogisticLikelihood(0.3);

    protected override Tensor Outputs(long draws, long batch) => Normal(draws, batch, 1);

    protected override Tensor Targets(long batch) => Normal(batch, 1);

    protected override (Tensor Points, double Weight) Support(long batch) =>
        (linspace(-20, 20, 8_001, float64).reshape(-1, 1, 1).expand(-1, batch, 1), 0.005);
}

public sealed class TwoPointsTests : SamplingEstimatorLaws
{
    protected override SamplingEstimator Sampling(int samples, NoiseSource? noise, bool antithetic) => new TwoPoints(samples, noise, antithetic);
}

public sealed class LinearRegression : FunctionDistribution
{
    private readonly Tensor mean;   // [features, 1]
    private readonly Tensor root;   // [features, features], the lower triangular root of the covariance

    // y = x · w + N(0, noise²), w ~ N(0, 1): the posterior of w is normal (Bishop 2006, equations 3.53 and 3.54).
    public LinearRegression(Tensor inputs, Tensor targets, double noise)
    {
        using var scope = NewDisposeScope();
        var precision = inputs.T.matmul(inputs) / (noise * noise) + eye(inputs.shape[1], dtype: inputs.dtype);
        var covariance = linalg.inv(precision);
        mean = covariance.matmul(inputs.T.matmul(targets)).div(noise * noise).MoveToOuterDisposeScope();
        root = linalg.cholesky(covariance).MoveToOuterDisposeScope();
    }

    // Predictive.Merge refuses predictions of other distributions by it.
    public override ulong Fingerprint() => FingerprintOf(("mean", mean), ("root", root));

    // Draw k depends on the seed and on k alone.
    protected override FunctionDraws DrawNamed(long seed, int count, int first)
    {
        using var scope = NewDisposeScope();
        var noise = StandardNormal(seed, "weight", count, first, mean.shape, mean.dtype);
        return new Lines((mean + root.matmul(noise)).DetachFromDisposeScope());
    }

    private sealed class Lines(Tensor weights) : FunctionDraws((int)weights.shape[0])
    {
        public override Tensor Apply(Tensor input) => input.matmul(weights);   // [B, features] to [S, B, 1]

        protected override void Dispose(bool disposing) => weights.Dispose();
    }
}

public sealed class LinearRegressionTests : FunctionDistributionLaws
{
    private readonly Tensor _inputs = Normal(200, 3);

    protected override double Rounding => 1e-12;

    protected override Tensor Input => Normal(37, 3);

    protected override FunctionDistribution Create() =>
        new LinearRegression(_inputs, _inputs.sum(1, keepdim: true) + Normal(200, 1) * 0.3, noise: 0.3);

    protected override FunctionDistribution WithOtherParameters(FunctionDistribution distribution) =>
        new LinearRegression(_inputs, -_inputs.sum(1, keepdim: true), noise: 0.3);

    [Fact]
    public void A_prediction_has_the_exact_mean_and_variance()
    {
        var input = Normal(5, 3);
        var targets = _inputs.sum(1, keepdim: true) + Normal(200, 1) * 0.3;
        var covariance = linalg.inv(_inputs.T.matmul(_inputs) / 0.09 + eye(3, dtype: float64));
        var mean = input.matmul(covariance.matmul(_inputs.T.matmul(targets)) / 0.09);
        var variance = (input.matmul(covariance) * input).sum(1, keepdim: true);
        using var prediction = new MonteCarloPredictive(new LinearRegression(_inputs, targets, 0.3), new GaussianLikelihood(0.3), 40_000, seed: 1)
            .Predict(input);
        ShouldBeClose(prediction.Mean, mean, 2e-3);
        ShouldBeClose(prediction.EpistemicVariance / variance, ones_like(variance), 0.03);
    }
}
