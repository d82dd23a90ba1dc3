using Bayes.Layers.Evaluation;

namespace Bayes.Layers.Tests.Evaluation;

public sealed class RegressionTests : TorchTest
{
    private static (Tensor Mean, Tensor Stddev, Tensor Target) Simulation(params long[] shape)
    {
        Tensor mean = Normal(shape).mul(3), stddev = rand(shape, float64).add(0.5);
        return (mean, stddev, mean.add(stddev.mul(Normal(shape))));
    }

    [Fact]
    public void Errors_match_a_calculation_by_hand()
    {
        Tensor mean = tensor(new[] { 1.0, 2, 3, 4 }), target = tensor(new[] { 1.0, 4, 3, 0 });
        RootMeanSquaredError.Of(mean, target).Should().BeApproximately(Math.Sqrt(5), 1e-15);
        MeanAbsoluteError.Of(mean, target).Should().Be(1.5);
    }

    [Fact]
    public void Negative_log_likelihood_is_that_of_the_normal_distribution()
    {
        var (mean, stddev, target) = Simulation(7, 3);
        double expected = -distributions.Normal(mean, stddev).log_prob(target).mean().ToDouble();
        NormalNegativeLogLikelihood.Of(mean, stddev, target).Should().BeApproximately(expected, 1e-13);
        NormalNegativeLogLikelihood.Of(mean.mul(1000), stddev.mul(1000), target.mul(1000)).Should()
            .BeApproximately(expected + Math.Log(1000), 1e-12, "the unit is a thousand times smaller");
    }

    // The last is the example in the documentation of Python's scoringrules (crps_normal); the others were evaluated in
    // double precision with the error function of C's standard library.
    [Theory]
    [InlineData(0, 1, 0, 0.23369497725510907)]
    [InlineData(0, 1, 1, 0.6024413576276163)]
    [InlineData(1, 2, -3, 2.9055836433718065)]
    [InlineData(0.1, 0.4, 0, 0.10339992515976162)]
    public void Ranked_probability_score_of_a_normal_distribution_matches(double mean, double stddev, double target, double expected) =>
        ContinuousRankedProbabilityScore.OfNormal(tensor(new[] { mean }), tensor(new[] { stddev }), tensor(new[] { target }))
            .Should().BeApproximately(expected, 1e-14);

    [Fact]
    public void Ranked_probability_score_is_the_integral_over_the_distribution_function()
    {
        // ∫ (F(x) − 1[x ≥ y])² dx by the midpoint rule, whose edges fall on y.
        const double mean = 0.4, stddev = 1.3, target = 1, step = 1e-3;
        var x = arange(-12_000, 12_000, float64).add(0.5).mul(step).add(target);
        var difference = special.ndtr((x - mean) / stddev) - x.ge(target).to(float64);
        double integral = difference.pow(2).sum().ToDouble() * step;
        ContinuousRankedProbabilityScore.OfNormal(tensor(new[] { mean }), tensor(new[] { stddev }), tensor(new[] { target }))
            .Should().BeApproximately(integral, 1e-6);
    }

    [Fact]
    public void The_score_of_draws_converges_to_that_of_their_distribution()
    {
        var (mean, stddev, target) = Simulation(5, 2);
        var samples = mean + stddev * Normal(20_000, 5, 2);
        ContinuousRankedProbabilityScore.OfSamples(samples, target).Should()
            .BeApproximately(ContinuousRankedProbabilityScore.OfNormal(mean, stddev, target), 0.02);
    }

    [Fact]
    public void The_score_of_draws_is_that_of_all_pairs()
    {
        Tensor samples = randint(-3, 4, [9, 4, 2]).to(float64) + 0.25, target = Normal(4, 2);
        var pairs = samples.unsqueeze(0).sub(samples.unsqueeze(1)).abs().mean([0L, 1L]);
        double expected = samples.sub(target).abs().mean([0L]).sub(pairs.div(2)).mean().ToDouble();
        ContinuousRankedProbabilityScore.OfSamples(samples, target).Should().BeApproximately(expected, 1e-14);
        ContinuousRankedProbabilityScore.OfSamples(samples + 1e6, target + 1e6).Should().BeApproximately(expected, 1e-8);
        ContinuousRankedProbabilityScore.OfSamples(samples[randperm(9, int64)], target).Should().BeApproximately(expected, 1e-14);
    }

    [Fact]
    public void The_score_of_one_point_is_the_absolute_error()
    {
        Tensor point = Normal(6), target = Normal(6);
        double expected = MeanAbsoluteError.Of(point, target);
        ContinuousRankedProbabilityScore.OfSamples(point.unsqueeze(0), target).Should().BeApproximately(expected, 1e-15);
        ContinuousRankedProbabilityScore.OfSamples(point.expand(7, 6), target).Should().BeApproximately(expected, 1e-14);
        foreach (double stddev in new[] { 1e-12, 1e-300, double.Epsilon })
            ContinuousRankedProbabilityScore.OfNormal(point, full(6, stddev, float64), target).Should().BeApproximately(expected, 1e-11);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.9)]
    [InlineData(0.99)]
    public void Intervals_of_the_correct_distribution_cover_their_mass(double mass)
    {
        var (mean, stddev, target) = Simulation(20_000);
        IntervalCoverage.OfNormal(mean, stddev, target, mass).Share.Should().BeApproximately(mass, 5 * Math.Sqrt(mass * (1 - mass) / 20_000));
    }

    // z of SciPy's norm.ppf((1 + mass) / 2).
    [Theory]
    [InlineData(0.5, 0.6744897501960817)]
    [InlineData(0.9, 1.6448536269514722)]
    [InlineData(0.95, 1.959963984540054)]
    public void The_width_of_an_interval_follows_from_its_mass(double mass, double z)
    {
        var (mean, stddev, target) = Simulation(20);
        var coverage = IntervalCoverage.OfNormal(mean, stddev, target, mass);
        coverage.MeanWidth.Should().BeApproximately(2 * z * stddev.mean().ToDouble(), 1e-12);
        coverage.Count.Should().Be(20);
        var given = IntervalCoverage.Of(mean - z * stddev, mean + z * stddev, target);
        given.Share.Should().Be(coverage.Share);
        given.MeanWidth.Should().BeApproximately(coverage.MeanWidth, 1e-12);
    }

    [Fact]
    public void Ends_belong_to_the_interval()
    {
        Tensor lower = zeros(5), upper = tensor(new[] { 1.0f, 1, 1, 0, 2 }), target = tensor(new[] { 0, 1.0, 1.5, 0, -0.5 });
        IntervalCoverage.Of(lower, upper, target).Should().Be(new IntervalCoverage(0.6, 1, 5));
    }

    [Fact]
    public void The_report_has_the_numbers_of_the_metrics()
    {
        var (mean, stddev, target) = Simulation(8, 1);
        RegressionReport.Of(mean, stddev, target, mass: 0.5).Should().Be(new RegressionReport(
            8,
            RootMeanSquaredError.Of(mean, target),
            MeanAbsoluteError.Of(mean, target),
            NormalNegativeLogLikelihood.Of(mean, stddev, target),
            ContinuousRankedProbabilityScore.OfNormal(mean, stddev, target),
            0.5,
            IntervalCoverage.OfNormal(mean, stddev, target, mass: 0.5)));
    }

    [Fact]
    public void The_report_is_a_table_in_every_culture()
    {
        using var foreign = new ForeignCulture();
        RegressionReport.Of(tensor(new[] { 1.0, 2 }), tensor(new[] { 1.0, 0.5 }), tensor(new[] { 1.5, 4 })).ToString().Should().Be(
            """
            2 elements
              root mean squared error           1.4577
              mean absolute error               1.2500
              negative log-likelihood           4.6349  nats per element
              CRPS                              1.0247
              inside the interval               0.5000  expected 0.9
              mean width of the interval        2.4673
            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void The_report_shows_small_and_large_errors()
    {
        var report = RegressionReport.Of(tensor(new[] { 3e-7 }), tensor(new[] { 1e-6 }), zeros(1)).ToString();
        report.Should().Contain("root mean squared error        3.000E-07\n").And.Contain("inside the interval               1.0000");
        RegressionReport.Of(tensor(new[] { 3e7 }), tensor(new[] { 1e7 }), zeros(1)).ToString().Should().Contain(" 3.000E+07\n");
    }

    [Fact]
    public void Element_types_do_not_matter()
    {
        Tensor mean = tensor(new[] { 0.5, 1 }), stddev = tensor(new[] { 0.5, 2 }), target = tensor(new[] { 1.0, 3 });
        var expected = RegressionReport.Of(mean, stddev, target);
        foreach (var type in new[] { float16, bfloat16, float32 })
            RegressionReport.Of(mean.to(type).requires_grad_(), stddev.to(type), target.to(int64)).Should().Be(expected);
    }

    [Fact]
    public void Bad_means_and_targets_are_refused()
    {
        Func<Tensor, Tensor, double>[] metrics =
        [
            RootMeanSquaredError.Of,
            MeanAbsoluteError.Of,
            (mean, target) => NormalNegativeLogLikelihood.Of(mean, ones(target.shape), target),
            (mean, target) => ContinuousRankedProbabilityScore.OfNormal(mean, ones(target.shape), target),
            (mean, target) => IntervalCoverage.OfNormal(mean, ones(target.shape), target).Share,
            (mean, target) => RegressionReport.Of(mean, ones(target.shape), target).MeanAbsoluteError,
        ];
        (Tensor Mean, Tensor Target, string Message)[] cases =
        [
            (ones(3), ones(3, 1), "The target has shape [3, 1] and the mean [3]; expected equal shapes: use target.squeeze(1).*"),
            (ones(0), ones(0), "There are no examples; expected at least one.*"),
            (tensor(new[] { double.NaN }), ones(1), "mean has the value NaN; expected finite numbers.*"),
            (ones(1), tensor(new[] { double.PositiveInfinity }), "target has the value *; expected finite numbers.*"),
        ];
        foreach (var metric in metrics)
            foreach (var (mean, target, message) in cases)
            {
                var act = () => metric(mean, target);
                act.Should().Throw<ArgumentException>().WithMessage(message);
            }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void An_invalid_standard_deviation_is_refused(double stddev)
    {
        Action<Tensor>[] metrics =
        [
            bad => NormalNegativeLogLikelihood.Of(ones(2), bad, ones(2)),
            bad => ContinuousRankedProbabilityScore.OfNormal(ones(2), bad, ones(2)),
            bad => IntervalCoverage.OfNormal(ones(2), bad, ones(2)),
            bad => RegressionReport.Of(ones(2), bad, ones(2)),
        ];
        foreach (var metric in metrics)
        {
            var act = () => metric(tensor(new[] { 1, stddev }));
            act.Should().Throw<ArgumentException>().WithMessage("A standard deviation is *; expected finite numbers above 0.*");
            act = () => metric(ones(2, 1));
            act.Should().Throw<ArgumentException>().WithMessage("The target has shape [2] and the stddev [2, 1]; expected equal shapes: use "
                + "target.unsqueeze(1).*");
        }
    }

    [Fact]
    public void Bad_draws_are_refused()
    {
        Action[] all =
        [
            () => ContinuousRankedProbabilityScore.OfSamples(ones(3), ones(3)),
            () => ContinuousRankedProbabilityScore.OfSamples(ones(3, 2), ones(3)),
            () => ContinuousRankedProbabilityScore.OfSamples(ones(0, 3), ones(3)),
            () => ContinuousRankedProbabilityScore.OfSamples(ones(3, 0), ones(0)),
            () => ContinuousRankedProbabilityScore.OfSamples(full(2, 1, double.NaN), ones(1)),
            () => ContinuousRankedProbabilityScore.OfSamples(ones(2, 1), full(1, double.NaN)),
        ];
        string[] messages =
        [
            "The samples have shape [3] and the target [3]; expected samples [S, …]*",
            "The samples have shape [3, 2] and the target [3]; expected samples [S, …]*",
            "The samples have shape [0, 3]; expected at least one draw*",
            "The samples have shape [3, 0]; expected at least one draw*",
            "samples has the value NaN; expected finite numbers.*",
            "target has the value NaN; expected finite numbers.*",
        ];
        foreach (var (act, message) in all.Zip(messages))
            act.Should().Throw<ArgumentException>().WithMessage(message);
    }

    [Fact]
    public void Bad_intervals_are_refused()
    {
        Action[] all =
        [
            () => IntervalCoverage.Of(tensor(new[] { 0.0, 2 }), ones(2), ones(2)),
            () => IntervalCoverage.Of(ones(1), ones(2), ones(2)),
            () => IntervalCoverage.Of(ones(2), ones(1), ones(2)),
            () => IntervalCoverage.Of(full(2, double.NaN), ones(2), ones(2)),
            () => IntervalCoverage.Of(ones(2), full(2, double.PositiveInfinity), ones(2)),
        ];
        string[] messages =
        [
            "An interval is from 2 to 1; expected a lower end that is not above the upper one.*", "*the lower [1]; expected equal shapes.*",
            "*the upper [1]; expected equal shapes.*", "lower has the value NaN; *", "upper has the value *; expected finite numbers.*",
        ];
        foreach (var (act, message) in all.Zip(messages))
            act.Should().Throw<ArgumentException>().WithMessage(message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1.0)]
    [InlineData(double.NaN)]
    public void An_invalid_mass_is_refused(double mass)
    {
        Action[] all = [() => IntervalCoverage.OfNormal(ones(1), ones(1), ones(1), mass), () => RegressionReport.Of(ones(1), ones(1), ones(1), mass)];
        foreach (var act in all)
            act.Should().Throw<ArgumentOutOfRangeException>().WithMessage($"mass is {mass}; expected a number above 0 and below 1.*");
    }

    [Fact]
    public void A_mass_next_to_one_has_a_finite_interval() =>
        IntervalCoverage.OfNormal(zeros(1), ones(1), zeros(1), Math.BitDecrement(1.0)).MeanWidth.Should().BeApproximately(2 * 8.2924, 0.001);
}
