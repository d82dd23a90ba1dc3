using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tests.Laws;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Likelihoods;

public sealed class FixedStudentTLikelihoodTests : StudentTLikelihoodLaws
{
    protected override Likelihood Likelihood { get; } = new StudentTLikelihood(15, 0.6);

    [Fact]
    public void The_scale_is_not_the_standard_deviation()
    {
        ShouldBeClose(new StudentTLikelihood(4, 3).Variance(zeros(1, 1, dtype: float64)), full([1, 1], 18.0, float64), 1e-14);
        new StudentTLikelihood(4, [3, 0.5]).Scales.Should().Equal(3, 0.5);
        new StudentTLikelihood(4, 3).Scale.Should().Be(3);
    }

    [Theory]
    [InlineData(1.5)]
    [InlineData(2)]
    public void Without_a_variance_the_aleatoric_part_is_infinite_and_intervals_are_finite(double degreesOfFreedom)
    {
        var outputs = Normal(20, 3, 1);
        using var prediction = Predictive.OfSamples(outputs, new StudentTLikelihood(degreesOfFreedom, 0.5), Normal(3, 1));
        Values(prediction.AleatoricVariance).Concat(Values(prediction.TotalStddev)).Should().OnlyContain(value => value == double.PositiveInfinity);
        foreach (var tensor in new[] { prediction.Mean, prediction.EpistemicVariance, prediction.LogPredictiveDensity,
            prediction.PredictionInterval(0.95).Lower })
            ShouldBeFinite(tensor);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    [InlineData(-3)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Degrees_of_freedom_without_a_mean_are_refused(double degreesOfFreedom)
    {
        foreach (var act in new Action[] { () => new StudentTLikelihood(degreesOfFreedom, 1), () => StudentTLikelihood.Learned(degreesOfFreedom) })
            act.Should().Throw<ArgumentOutOfRangeException>().WithMessage("degreesOfFreedom is *; expected a finite number above 1*");
    }

    [Fact]
    public void Many_degrees_of_freedom_match_a_Gaussian()
    {
        Tensor outputs = Normal(3, 6, 1), targets = Normal(6, 1);
        ShouldBeClose(new StudentTLikelihood(1e12, 0.6).LogProbability(outputs, targets),
            new GaussianLikelihood(0.6).LogProbability(outputs, targets), 1e-10);
    }

    [Fact]
    public void One_outlier_hardly_moves_the_fit()
    {
        var targets = cat([linspace(-1, 1, 21, float64), tensor(new[] { 500.0 })], 0).unsqueeze(1);
        Fit(new StudentTLikelihood(3, 1)).Should().BeApproximately(0, 0.1);
        Fit(new GaussianLikelihood(1)).Should().BeApproximately(500.0 / 22, 1e-3);

        double Fit(Likelihood likelihood)
        {
            var location = new Parameter(zeros(1, 1, dtype: float64));
            using var optimizer = optim.Adam([location], lr: 0.5);
            for (int i = 0; i < 600; i++)
            {
                using var scope = NewDisposeScope();
                optimizer.zero_grad();
                likelihood.LogProbability(location.expand(22, 1), targets).sum().neg().backward();
                optimizer.step();
            }
            return location.item<double>();
        }
    }

    [Fact]
    public void Its_text_has_its_numbers() => Likelihood.ToString().Should().Be("StudentTLikelihood(degreesOfFreedom=15, scale=0.6)");
}

public sealed class LearnedStudentTLikelihoodTests : StudentTLikelihoodLaws
{
    protected override Likelihood Likelihood { get; } = StudentTLikelihood.Learned(15, 0.6, dtype: float64);

    [Fact]
    public void The_learned_scale_is_found()
    {
        // The targets are quantiles of the distribution at even levels, whose scale training must find.
        var likelihood = StudentTLikelihood.Learned(3, dtype: float64);
        var t = new StudentTLikelihood(3, 0.25);
        var targets = cat([.. Enumerable.Range(0, 2_000).Select(i => t.Quantile(zeros(1, 1, dtype: float64), (i + 0.5) / 2_000))], 0);
        using var optimizer = optim.Adam(likelihood.Parameters!.parameters(), lr: 0.05);
        for (int i = 0; i < 300; i++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            likelihood.LogProbability(zeros_like(targets), targets).mean().neg().backward();
            optimizer.step();
        }
        likelihood.Scale.Should().BeApproximately(0.25, 1e-3);
    }

    [Fact]
    public void A_quantile_below_single_precision_is_the_lowest_finite_number()
    {
        var lowest = new StudentTLikelihood(4, 1).Quantile(zeros(2, 1), double.Epsilon);
        Values(lowest).Should().Equal(float.MinValue, float.MinValue);
    }

    [Theory]
    [InlineData(ScalarType.Float16, 2e-3)]
    [InlineData(ScalarType.BFloat16, 2e-2)]
    public void The_density_in_half_precision_is_right(ScalarType dtype, double tolerance)
    {
        // Also for a residual whose square exceeds 65,504.
        Tensor output = tensor(new[] { 0.5, -2, 1_000 }, dtype).reshape(3, 1), target = zeros(3, 1, dtype: float64);
        foreach (var likelihood in new[] { new StudentTLikelihood(3, 1), StudentTLikelihood.Learned(3, 1, dtype: float64) })
            ShouldBeClose(likelihood.LogProbability(output, target).to(float64), likelihood.LogProbability(output.to(float64), target), tolerance);
    }

    [Fact]
    public void Without_examples_the_cumulative_probability_is_empty() =>
        new StudentTLikelihood(4, 1).CumulativeProbability(zeros(0, 1), zeros(1)).shape.Should().Equal(0, 1);

    [Fact]
    public void A_refused_likelihood_frees_its_learned_scale()
    {
        long before = LiveTensors();
        var act = () => StudentTLikelihood.Learned(degreesOfFreedom: 1);
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage("degreesOfFreedom is 1; *");
        LiveTensors().Should().Be(before);
    }
}
public abstract class StudentTLikelihoodLaws : LikelihoodLaws
{
    protected override Tensor Outputs(long draws, long batch) => Normal(draws, batch, 1);

    protected override Tensor Targets(long batch) => Normal(batch, 1);

    protected override bool SecondDerivativeDependsOnTarget => true;

    protected override (Tensor Points, double Weight) Support(long batch) =>
        (linspace(-40, 40, 8_001, float64).reshape(-1, 1, 1).expand(-1, batch, 1), 0.01);
}
