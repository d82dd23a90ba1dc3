using Bayes.Layers.Evaluation;
using Bayes.Layers.Likelihoods;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Precision;

/// <summary>Likelihoods and metrics at the ends of their ranges, in single and double precision.</summary>
public sealed class ExtremeLikelihoodTests : TorchTest
{
    public static TheoryData<ScalarType> Types => [ScalarType.Float32, ScalarType.Float64];

    [Theory]
    [MemberData(nameof(Types))]
    public void Bernoulli_at_logits_of_ten_thousand_is_exact(ScalarType dtype)
    {
        var (density, slope) = LogProbability(new BernoulliLikelihood(), [1e4, 1e4, -1e4, -1e4], [1, 0, 1, 0], dtype);
        density.Should().Equal(0, -1e4, -1e4, 0);
        slope.Should().Equal(0, -1, 1, 0);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Bernoulli_at_probabilities_of_exactly_0_and_1_is_finite(ScalarType dtype)
    {
        var likelihood = new BernoulliLikelihood(BernoulliOutput.Probabilities);
        var (density, slope) = LogProbability(likelihood, [1, 1, 0, 0], [1, 0, 1, 0], dtype);
        density.Should().Equal(0, -100, -100, 0);
        slope.Should().OnlyContain(each => double.IsFinite(each));
        Values(likelihood.Entropy(tensor(new[] { 0.0, 1 }, dtype))).Should().Equal(0, 0);
    }

    /// <summary>As documented: such an output is certain and gives no gradient to learn from.</summary>
    [Theory]
    [MemberData(nameof(Types))]
    public void An_infinite_logit_gives_a_certain_prediction_and_no_finite_loss(ScalarType dtype)
    {
        var logits = tensor(new[] { double.PositiveInfinity, double.NegativeInfinity }, dtype).unsqueeze(1);
        Values(new BernoulliLikelihood().Mean(logits)).Should().Equal(1, 0);
        Values(new BernoulliLikelihood().Variance(logits)).Should().Equal(0, 0);
        var (density, _) =
            LogProbability(new BernoulliLikelihood(), [double.PositiveInfinity, double.PositiveInfinity, double.NegativeInfinity], [1, 0, 1], dtype);
        density.Should().OnlyContain(each => !double.IsFinite(each));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Categorical_at_logits_of_ten_thousand_is_exact(ScalarType dtype)
    {
        var output = new Parameter(tensor(new[] { 1e4, -1e4, 0 }, dtype).expand(3, 3).clone());
        var density = new CategoricalLikelihood().LogProbability(output, arange(3, int64));
        Values(density).Should().Equal(0, -2e4, -1e4);
        density.sum().backward();
        Values(output.grad!).Should().Equal(0, 0, 0, -1, 1, 0, -1, 0, 1);
    }

    /// <summary>A class with the logit −∞ is impossible, and the others have the probabilities they have without it.</summary>
    [Theory]
    [MemberData(nameof(Types))]
    public void A_class_with_a_logit_of_minus_infinity_is_impossible(ScalarType dtype)
    {
        var output = new Parameter(tensor(new[] { 1, double.NegativeInfinity, 2 }, dtype).expand(2, 3).clone());
        var likelihood = new CategoricalLikelihood();
        var density = likelihood.LogProbability(output, tensor(new long[] { 0, 2 }));
        ShouldBeClose(density, tensor(new[] { 1.0, 2 }, dtype).log_softmax(0), 1e-6);
        density.sum().backward();
        ShouldBeFinite(output.grad!);
        using var prediction = Predictive.OfSamples(stack([output, output]), likelihood);
        Values(prediction.Mean.select(1, 1)).Should().Equal(0, 0);
        ShouldBeFinite(prediction.TotalEntropy);
        Values(prediction.MutualInformation).Should().Equal(0, 0);
        double.IsFinite(LogProbability(likelihood, double.PositiveInfinity, dtype)).Should().BeFalse("of +∞ there is no softmax");

        static double LogProbability(Likelihood likelihood, double logit, ScalarType dtype) =>
            likelihood.LogProbability(tensor(new[] { logit, 0 }, dtype).unsqueeze(0), zeros(1, int64)).ToDouble();
    }

    /// <summary>log p is a small difference of numbers up to 10⁷: in single precision it would be off by a nat.</summary>
    [Theory]
    [MemberData(nameof(Types))]
    public void Poisson_of_a_million_keeps_its_digits(ScalarType dtype)
    {
        double[] counts = [0, 0, 1e6, 1e6, 1e6], rates = [-1e4, 1, Math.Log(1e6), Math.Log(1.002e6), 0];
        var (density, slope) = LogProbability(new PoissonLikelihood(), rates, counts, dtype);
        // Stirling's series gives log y! to the last digit.
        double logFactorial = 1e6 * Math.Log(1e6) - 1e6 + 0.5 * Math.Log(2 * Math.PI * 1e6) + 1 / 12e6;
        for (int i = 0; i < counts.Length; i++)
        {
            // At the log-rate rounded to the type.
            double rate = dtype == ScalarType.Float32 ? (float)rates[i] : rates[i];
            double exact = counts[i] * rate - Math.Exp(rate) - (counts[i] > 0 ? logFactorial : 0);
            density[i].Should().BeApproximately(exact, 1e-6 * Math.Max(1, Math.Abs(exact)));
            slope[i].Should().BeApproximately(counts[i] - Math.Exp(rate), 0.3);
        }
    }

    [Theory]
    [InlineData(ScalarType.Float32, 1e25)]
    [InlineData(ScalarType.Float64, 1e200)]
    public void StudentT_is_finite_for_residuals_whose_square_overflows(ScalarType dtype, double residual)
    {
        foreach (double degreesOfFreedom in new[] { 1.5, 4, 1e6 })
        {
            var likelihood = new StudentTLikelihood(degreesOfFreedom, 0.5);
            var (density, slope) = LogProbability(likelihood, [residual, -residual, 1], [0, 0, 1], dtype);
            density.Concat(slope).Should().OnlyContain(each => double.IsFinite(each));
            density[0].Should().Be(density[1]).And.BeLessThan(density[2]);
            slope[0].Should().BeLessThanOrEqualTo(0, "the output is too high");
            slope[1].Should().BeGreaterThanOrEqualTo(0);
            var output = tensor(new[] { residual }, dtype).reshape(1, 1);
            ShouldBeFinite(likelihood.Quantile(output, 0.99));
            ShouldBeFinite(likelihood.CumulativeProbability(output, zeros(1, 1, dtype: dtype)));
        }
    }

    [Theory]
    [InlineData(ScalarType.Float32, 1e18)]
    [InlineData(ScalarType.Float64, 1e150)]
    public void Gaussian_is_finite_as_long_as_the_squared_residual_is(ScalarType dtype, double residual)
    {
        var (density, slope) = LogProbability(new GaussianLikelihood(1), [residual, -residual], [0, 0], dtype);
        foreach (double each in density)
            (each / (-0.5 * residual * residual)).Should().BeApproximately(1, 1e-6);
        (slope[0] / -residual).Should().BeApproximately(1, 1e-6);
    }

    [Theory]
    [InlineData(ScalarType.Float32, 1e-15)]
    [InlineData(ScalarType.Float32, 1e15)]
    [InlineData(ScalarType.Float64, 1e-150)]
    [InlineData(ScalarType.Float64, 1e150)]
    public void Noise_may_be_tiny_or_huge(ScalarType dtype, double stddev)
    {
        foreach (Likelihood likelihood in new Likelihood[] { new GaussianLikelihood(stddev), new StudentTLikelihood(4, stddev) })
        {
            var (density, slope) = LogProbability(likelihood, [0, stddev], [0, 0], dtype);
            density.Concat(slope).Should().OnlyContain(each => double.IsFinite(each));
            using var prediction =
                Predictive.OfSamples(tensor(new[] { 0.0, 0, stddev, stddev }, dtype).reshape(2, 2, 1), likelihood, zeros(2, 1, dtype: dtype));
            foreach (var quantity in new[] { prediction.TotalVariance, prediction.AleatoricVariance, prediction.LogPredictiveDensity,
                prediction.QuantilesOfTarget([0.025, 0.975]) })
                ShouldBeFinite(quantity);
        }
    }

    /// <summary>In single precision 1e-50 is 0, and a residual of 0 divided by it is NaN.</summary>
    [Theory]
    [InlineData(1e-50)]
    [InlineData(1e30)]
    public void Noise_that_the_output_type_cannot_hold_is_refused(double stddev)
    {
        Tensor output = zeros(3, 1), samples = zeros(2, 3, 1);
        foreach (Likelihood likelihood in new Likelihood[] { new GaussianLikelihood(stddev), new StudentTLikelihood(4, stddev) })
        {
            foreach (var act in new Action[] { () => likelihood.LogProbability(output, output), () => likelihood.Variance(output),
                () => Predictive.OfSamples(samples, likelihood) })
                act.Should().Throw<ArgumentException>()
                    .WithMessage("* is 1E*, which the output's type Float32 cannot hold or square; expected a number between *");
            likelihood.Invoking(each => each.LogProbability(output.to(float64), output)).Should().NotThrow();
        }
    }

    [Fact]
    public void Metrics_of_probabilities_of_exactly_0_and_1_are_finite()
    {
        Tensor certain = tensor(new[] { 0.0, 1, 1, 0, 1 }), target = tensor(new long[] { 0, 1, 0, 1, 1 }), rows = stack([1 - certain, certain], 1);
        NegativeLogLikelihood.Of(certain, target).Should().Be(40, "two of five are wrong, at 100 nats each");
        BrierScore.Of(certain, target).Should().Be(0.4);
        Calibration.OfProbability(certain, target).ExpectedError.Should().BeApproximately((2 * 0.5 + 3 / 3.0) / 5, 1e-12);
        var report = ClassificationReport.Of(rows, target);
        double.IsFinite(report.NegativeLogLikelihood).Should().BeTrue();
        var scaling = TemperatureScaling.Fit(rows, target);
        ShouldBeFinite(scaling.Apply(rows));
        RocAuc.Of(tensor(new[] { double.NegativeInfinity, double.PositiveInfinity }), tensor(new long[] { 0, 1 }))
            .Should().Be(1, "scores only need an order");
    }

    [Fact]
    public void Metrics_of_huge_residuals_and_tiny_standard_deviations_are_finite()
    {
        Tensor mean = zeros(2, float64), target = tensor(new[] { 1e150, -1e150 });
        foreach (double stddev in new[] { 1e-3, 1, 1e150 })
        {
            var report = RegressionReport.Of(mean, full(2, stddev, float64), target);
            new[] { report.RootMeanSquaredError, report.MeanAbsoluteError, report.NegativeLogLikelihood, report.ContinuousRankedProbabilityScore,
                report.Coverage.MeanWidth }
                .Should().OnlyContain(each => double.IsFinite(each));
        }
    }

    private static (double[] Density, double[] Slope) LogProbability(Likelihood likelihood, double[] outputs, double[] targets, ScalarType dtype)
    {
        var output = new Parameter(tensor(outputs, dtype).unsqueeze(1));
        var density = likelihood.LogProbability(output, tensor(targets, dtype).unsqueeze(1));
        density.sum().backward();
        return (Values(density), Values(output.grad!));
    }
}
