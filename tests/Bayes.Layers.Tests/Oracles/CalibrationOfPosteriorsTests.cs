using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Tests.Oracles;

/// <summary>
/// Simulation-based calibration (Talts et al. 2018, "Validating Bayesian Inference Algorithms with Simulation-Based Calibration"): among draws of
/// the posterior, a weight drawn from the prior has every rank equally often, and intervals have their nominal coverage. Each statistic must also
/// reject a wrong posterior.
/// </summary>
public sealed class CalibrationOfPosteriorsTests : TorchTest
{
    private const int RankedDraws = 99;
    private const int Bins = 20;

    // Exceeded by a chi-square with 19 degrees of freedom with probability 0.001.
    private const double Rejected = 43.82;

    // In standard deviations of a binomial count; exceeded with probability 0.0005.
    private const double MostDeviations = 3.5;

    private static readonly double[] Masses = [0.5, 0.8, 0.95];

    [Fact]
    public void Training_finds_the_exact_posteriors()
    {
        var simulated = new SimulatedRegressions();
        var (mean, stddev) = simulated.Found();
        var (exactMean, exactStddev) = simulated.Exact();
        ShouldBeClose(mean, exactMean, 1e-6);
        ShouldBeClose(stddev, exactStddev.expand_as(stddev), 1e-6);
    }

    [Fact]
    public void A_true_weight_has_every_rank_among_the_draws_equally_often()
    {
        var simulated = new SimulatedRegressions();
        ChiSquare(Ranks(simulated)).Should().BeLessThan(Rejected);
    }

    public static TheoryData<string> Faults => ["half as wide", "1.4 times as wide", "a KL divergence that counts twice",
        "a KL divergence that counts half", "draws that share their noise"];

    [Theory]
    [MemberData(nameof(Faults))]
    public void Of_a_posterior_that_is_wrong_the_ranks_are_not_uniform(string fault)
    {
        var simulated = new SimulatedRegressions(
            beta: fault switch { "a KL divergence that counts twice" => 2, "a KL divergence that counts half" => 0.5, _ => 1 });
        if (fault == "half as wide")
            simulated.Widen(0.5);
        if (fault == "1.4 times as wide")
            simulated.Widen(1.4);
        var draws = simulated.Draws(RankedDraws, seed: 1);
        if (fault == "draws that share their noise")
            draws = draws.narrow(0, 0, 33).repeat(3, 1, 1);
        ChiSquare(Ranks(simulated, draws)).Should().BeGreaterThan(Rejected);
    }

    [Fact]
    public void Credible_intervals_hold_the_true_weights_as_often_as_they_say()
    {
        var simulated = new SimulatedRegressions();
        foreach (double mass in Masses)
            Deviations(WeightsWithin(simulated, mass), mass).Should().BeInRange(-MostDeviations, MostDeviations, "of {0}", mass);
        simulated.Widen(0.5);
        foreach (double mass in Masses)
            Deviations(WeightsWithin(simulated, mass), mass).Should().BeLessThan(-MostDeviations, "half as wide, of {0}", mass);
    }

    /// <summary>At a distant input, where the weights' uncertainty is two thirds of the variance.</summary>
    [Fact]
    public void Prediction_intervals_hold_new_targets_and_credible_intervals_the_functions_as_often_as_they_say()
    {
        var simulated = new SimulatedRegressions();
        var input = tensor(new[] { 3.0, -2 }, float64).unsqueeze(0);
        Tensor function = simulated.Outputs(input), target = SimulatedRegressions.Observed(function);
        foreach (double mass in Masses)
        {
            var (ofFunction, ofTarget, withoutNoise) = Within(mass);
            Deviations(ofFunction, mass).Should().BeInRange(-MostDeviations, MostDeviations, "of the function, {0}", mass);
            Deviations(ofTarget, mass).Should().BeInRange(-MostDeviations, MostDeviations, "of the target, {0}", mass);
            Deviations(withoutNoise, mass).Should().BeLessThan(-MostDeviations, "the function's interval is not the target's, {0}", mass);
        }
        simulated.Widen(0.5);
        foreach (double mass in Masses)
        {
            var (ofFunction, ofTarget, _) = Within(mass);
            Deviations(ofFunction, mass).Should().BeLessThan(-MostDeviations, "half as wide, of the function, {0}", mass);
            Deviations(ofTarget, mass).Should().BeLessThan(-MostDeviations, "half as wide, of the target, {0}", mass);
        }

        (Tensor OfFunction, Tensor OfTarget, Tensor WithoutNoise) Within(double mass)
        {
            using var prediction = new MonteCarloPredictive(simulated.Layer, new GaussianLikelihood(SimulatedRegressions.Noise), samples: 400,
                seed: 2).Predict(input, keepSamples: true);
            var credible = prediction.CredibleInterval(mass);
            return (IsWithin(function, credible), IsWithin(target, prediction.PredictionInterval(mass)), IsWithin(target, credible));
        }
    }

    private static Tensor WeightsWithin(SimulatedRegressions simulated, double mass)
    {
        using var prediction = Predictive.OfSamples(simulated.Draws(500, seed: 3), new GaussianLikelihood(1));
        return IsWithin(simulated.Truth, prediction.CredibleInterval(mass));
    }

    private static Tensor IsWithin(Tensor values, (Tensor Lower, Tensor Upper) interval) =>
        values.ge(interval.Lower).logical_and(values.le(interval.Upper));

    /// <summary>Returns the deviation of a count from the binomial mean, in standard deviations of the binomial.</summary>
    private static double Deviations(Tensor isWithin, double probability)
    {
        double count = isWithin.numel(), found = isWithin.sum().ToInt64();
        return (found - count * probability) / Math.Sqrt(count * probability * (1 - probability));
    }

    private static Tensor Ranks(SimulatedRegressions simulated, Tensor? draws = null) =>
        (draws ?? simulated.Draws(RankedDraws, seed: 1)).lt(simulated.Truth).sum([0L], type: ScalarType.Float64);

    /// <summary>Returns Pearson's statistic of the ranks, 0 to 99, in bins of five.</summary>
    private static double ChiSquare(Tensor ranks)
    {
        double expected = (double)ranks.numel() / Bins;
        double[] counts = new double[Bins];
        foreach (double rank in Values(ranks))
            counts[(int)rank * Bins / (RankedDraws + 1)]++;
        return counts.Sum(count => (count - expected) * (count - expected) / expected);
    }
}
