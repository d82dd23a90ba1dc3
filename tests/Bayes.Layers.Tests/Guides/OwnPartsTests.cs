using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Maps;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Guides;

/// <summary>The parts of docs/writing-your-own-parts.md are those below, line by line, and obey the laws of their kind.</summary>
public sealed class OwnPartsTests
{
    [Fact]
    public void The_guide_s_parts_stand_here_line_by_line() => DocumentedExamples.ShouldStandIn("writing-your-own-parts.md", 4, "OwnPartsTests.cs");
}

public sealed class FeatureScaleMap(long features) : BilinearMap
{
    public override IReadOnlyList<long> WeightShape => [features];

    public override IReadOnlyList<long> BiasShape => [features];

    public override long FanIn => 1;   // inputs that an output is made of

    public override int ChannelAxis => -1;   // of the output, where a bias is added

    // [1|S, B, features], one weight for all draws.
    public override Tensor Apply(Tensor input, Tensor weight, Tensor? bias = null) =>
        bias is null ? input * weight : input * weight + bias;

    // [1|S, B, features] with weights [S, features].
    public override Tensor ApplyPerDraw(Tensor input, Tensor weights, Tensor? biases = null)
    {
        using var scope = NewDisposeScope();
        return Apply(input, weights.unsqueeze(1), biases?.unsqueeze(1)).MoveToOuterDisposeScope();
    }

    public override void CheckInput(ReadOnlySpan<long> shape)
    {
        if (shape.Length < 1 || shape[^1] != features)
            throw new ArgumentException($"The input has {(shape.Length < 1 ? 0 : shape[^1])} features; expected {features}.");
    }
}

public sealed class BayesianFeatureScale(long features, Prior? prior = null, ScalarType? dtype = null)
    : BayesianLayer(nameof(BayesianFeatureScale), new FeatureScaleMap(features), hasBias: true, prior, biasPrior: null, initializer: null, device: null, dtype);

public sealed class LogisticPrior : DensityPrior
{
    private readonly double _scale;

    // The width of the density's finest feature, for the integral.
    public LogisticPrior(double scale = 1) : base(width: scale) => _scale = scale;

    public override double Stddev => _scale * Math.PI / Math.Sqrt(3);

    // log p(w) = −|w| / s − 2 log(1 + e^(−|w| / s)) − log s
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
        int leading = LeadingAxes(output, target);   // the axes of draws and batch; checks that the shapes fit
        using var scope = NewDisposeScope();
        var distance = (target - output).abs() / scale;
        var each = -distance - 2 * (-distance).exp().log1p() - Math.Log(scale);
        return SumOverExample(each, leading).MoveToOuterDisposeScope();
    }

    public override Tensor Mean(Tensor output) => output.alias();

    public override Tensor Variance(Tensor output) => full_like(output, scale * scale * Math.PI * Math.PI / 3);

    public override string ToString() => FormattableString.Invariant($"LogisticLikelihood(scale={scale})");
}

public sealed class TwoPoints(int samples = 1, NoiseSource? noise = null, bool antithetic = false) : SamplingEstimator(samples, noise, antithetic)
{
    protected override SamplingEstimator With(int samples, NoiseSource noise, bool antithetic) => new TwoPoints(samples, noise, antithetic);

    // Weights mu ± sigma, with the signs of as many normal numbers: mean and variance are the posterior's.
    protected override Func<Tensor, Tensor> FixWeights(BilinearMap map, MeanFieldNormal weight, MeanFieldNormal? bias)
    {
        var weights = Draw(weight);
        var biases = bias is null ? null : Draw(bias);
        return input => map.ApplyPerDraw(input, weights, biases);
    }

    private Tensor Draw(MeanFieldNormal posterior)
    {
        using var scope = NewDisposeScope();
        var signs = Noise.StandardNormal([Samples, .. posterior.Shape], posterior.Mean.dtype, posterior.Mean.device).sign();
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
}

public sealed class LogisticPriorTests : DensityPriorLaws
{
    protected override Prior Prior => new LogisticPrior(0.8);

    protected override double Width => 0.8;

    protected override double Accuracy => 1e-6;
}

public sealed class LogisticLikelihoodTests : LikelihoodLaws
{
    protected override Likelihood Likelihood { get; } = new LogisticLikelihood(0.3);

    protected override Tensor Outputs(long draws, long batch) => Normal(draws, batch, 1);

    protected override Tensor Targets(long batch) => Normal(batch, 1);

    protected override (Tensor Points, double Weight) Support(long batch) => (linspace(-20, 20, 8_001, float64).reshape(-1, 1, 1).expand(-1, batch, 1), 0.005);
}

public sealed class TwoPointsTests : SamplingEstimatorLaws
{
    protected override SamplingEstimator Sampling(int samples, NoiseSource? noise, bool antithetic) => new TwoPoints(samples, noise, antithetic);
}
