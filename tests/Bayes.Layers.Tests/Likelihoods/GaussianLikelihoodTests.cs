using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Likelihoods;

public sealed class FixedGaussianLikelihoodTests : GaussianLikelihoodLaws
{
    protected override Likelihood Likelihood { get; } = new GaussianLikelihood(0.6);

    [Fact]
    public void It_matches_the_heteroscedastic_one_with_constant_variance()
    {
        Tensor outputs = Normal(3, 6, 2), targets = Normal(6, 2);
        var both = cat([outputs, full_like(outputs, 2 * Math.Log(0.6))], -1);
        using Predictive fixedNoise = Predictive.OfSamples(outputs, Likelihood, targets),
            heteroscedastic = Predictive.OfSamples(both, new HeteroscedasticGaussianLikelihood(), targets);
        ShouldBeClose(fixedNoise.TotalVariance, heteroscedastic.TotalVariance, 1e-13);
        ShouldBeClose(fixedNoise.LogPredictiveDensity, heteroscedastic.LogPredictiveDensity, 1e-12);
        ShouldBeClose(fixedNoise.PredictionInterval().Lower, heteroscedastic.PredictionInterval().Lower, 1e-11);
    }

    [Fact]
    public void Each_target_dimension_has_its_own_noise()
    {
        var likelihood = new GaussianLikelihood([0.5, 2]);
        likelihood.Stddevs.Should().Equal(0.5, 2);
        likelihood.ToString().Should().Be("GaussianLikelihood(stddev=[0.5, 2])");
        Tensor outputs = Normal(3, 6, 2), targets = Normal(6, 2);
        var expected = new GaussianLikelihood(0.5).LogProbability(outputs.narrow(-1, 0, 1), targets.narrow(-1, 0, 1))
            + new GaussianLikelihood(2).LogProbability(outputs.narrow(-1, 1, 1), targets.narrow(-1, 1, 1));
        ShouldBeClose(likelihood.LogProbability(outputs, targets), expected, 1e-13);
        ShouldBeClose(likelihood.Variance(outputs), tensor(new[] { 0.25, 4 }).expand(3, 6, 2), 1e-14);
        likelihood.Invoking(l => l.Stddev).Should().Throw<InvalidOperationException>().WithMessage("There are 2 values of Stddev*read Stddevs.");
    }

    [Fact]
    public void Noise_per_dimension_is_never_mistaken_for_noise_per_row()
    {
        var likelihood = new GaussianLikelihood([0.5, 1, 2]);
        foreach (var (output, target) in new[] { (Normal(3), Normal(3)), (Normal(5, 3), Normal(3)), (Normal(3, 2), Normal(3, 2)) })
        {
            var act = () => likelihood.LogProbability(output, target);
            act.Should().Throw<ArgumentException>().WithMessage("*expected a last axis of 3 target dimensions*");
        }
        likelihood.Invoking(l => l.Variance(Normal(4, 2))).Should().Throw<ArgumentException>().WithMessage("*[4, 2]*last axis of 3*");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void An_invalid_size_is_refused(double stddev)
    {
        foreach (var act in new Action[] { () => new GaussianLikelihood(stddev), () => new GaussianLikelihood([1, stddev]),
            () => GaussianLikelihood.Learned(stddev) })
            act.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*tddev is *; expected a finite number above 0*");
    }

    [Fact]
    public void An_empty_list_of_sizes_is_refused()
    {
        var act = () => new GaussianLikelihood(Array.Empty<double>());
        act.Should().Throw<ArgumentException>().WithMessage("There is no stddev; expected one number, or one for each target dimension.*");
        act = () => new GaussianLikelihood(null!);
        act.Should().Throw<ArgumentNullException>();
    }

    [Fact]
    public void Targets_are_not_checked_if_validation_is_off() =>
        Values(new GaussianLikelihood(1, validate: false).LogProbability(zeros(1, 1), full([1, 1], double.NaN))).Should().Equal(double.NaN);

    [Fact]
    public void Numbers_in_its_text_do_not_depend_on_the_culture()
    {
        using var culture = new ForeignCulture();
        Likelihood.ToString().Should().Be("GaussianLikelihood(stddev=0.6)");
    }
}

public sealed class LearnedGaussianLikelihoodTests : GaussianLikelihoodLaws
{
    protected override Likelihood Likelihood { get; } = GaussianLikelihood.Learned(0.6, dtype: float64);

    [Fact]
    public void It_has_a_size_for_each_target_dimension_if_requested()
    {
        var likelihood = GaussianLikelihood.Learned(0.5, outputs: 3);
        likelihood.Parameters!.parameters().Single().shape.Should().Equal(3);
        likelihood.Stddevs.Should().HaveCount(3).And.OnlyContain(stddev => Math.Abs(stddev - 0.5) < 1e-7);
        likelihood.ToString().Should().MatchRegex(@"^GaussianLikelihood\(stddev=\[0\.(5|4999)\d*(, 0\.(5|4999)\d*){2}\], learned\)$");
        likelihood.Variance(randn(4, 5, 3)).shape.Should().Equal(4, 5, 3);
    }
}

public abstract class GaussianLikelihoodLaws : LikelihoodLaws
{
    protected override Tensor Outputs(long draws, long batch) => Normal(draws, batch, 1);

    protected override Tensor Targets(long batch) => Normal(batch, 1);

    protected override (Tensor Points, double Weight) Support(long batch) =>
        (linspace(-10, 10, 2_001, float64).reshape(-1, 1, 1).expand(-1, batch, 1), 0.01);

    [Fact]
    public void The_aleatoric_variance_is_the_noises_and_the_epistemic_one_the_means()
    {
        var outputs = Normal(20, 6, 1);
        using var prediction = Predictive.OfSamples(outputs, Likelihood);
        ShouldBeClose(prediction.AleatoricVariance, full([6, 1], 0.36, float64), 1e-14);
        ShouldBeClose(prediction.EpistemicVariance, outputs.var(0L, unbiased: false), 1e-13);
    }

    [Fact]
    public void Targets_without_an_axis_of_dimensions_are_accepted()
    {
        Tensor outputs = Normal(4, 6), targets = Normal(6);
        ShouldBeClose(Likelihood.LogProbability(outputs, targets), Likelihood.LogProbability(outputs.unsqueeze(-1), targets.unsqueeze(-1)), 0);
    }
}
