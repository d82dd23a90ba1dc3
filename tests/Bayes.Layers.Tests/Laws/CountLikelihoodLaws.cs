using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Tests.Laws;

/// <summary>The laws of likelihoods of counts.</summary>
public abstract class CountLikelihoodLaws : LikelihoodLaws
{
    protected override Tensor Outputs(long draws, long batch) => Normal(draws, batch, 1);

    protected override Tensor Targets(long batch) => arange(batch, float64).remainder(5).reshape(batch, 1);

    protected override (Tensor Points, double Weight) Support(long batch) => (arange(400, float64).reshape(-1, 1, 1).expand(-1, batch, 1), 1);

    protected override double[] ImpossibleTargets => [.. base.ImpossibleTargets, -1, -0.5, 2.5];

    protected override string[] RefusedLastModules => ["Sigmoid", "Hardsigmoid", "Softmax", "Softmax2d", "Softmin", "Softplus", "ReLU", "ReLU6"];

    private CountLikelihood Counts => (CountLikelihood)Likelihood;

    [Fact]
    public void Counts_of_any_type_are_accepted()
    {
        Tensor output = Normal(6, 1), counts = Targets(6);
        foreach (var dtype in new[] { ScalarType.Int64, ScalarType.Byte, ScalarType.Float32 })
            ShouldBeClose(Likelihood.LogProbability(output, counts.to(dtype)), Likelihood.LogProbability(output, counts), 0);
    }

    [Fact]
    public void A_quantile_is_the_smallest_whole_number_that_reaches_its_mass()
    {
        var outputs = Outputs(5, 6);
        using var predictive = Predictive.OfSamples(outputs, Likelihood);
        double[] levels = [1e-6, 0.05, 0.5, 0.9, 0.999999];
        var quantiles = predictive.QuantilesOfTarget(levels);
        for (int i = 0; i < levels.Length; i++)
        {
            Values(quantiles[i]).Should().OnlyContain(quantile => quantile >= 0 && quantile == Math.Floor(quantile));
            Values(Mass(quantiles[i])).Should().OnlyContain(mass => mass >= levels[i]);
            Values(Mass(quantiles[i] - 1)).Should().OnlyContain(mass => mass < levels[i]);
        }
        var (lower, upper) = predictive.PredictionInterval(0.8);
        ShouldBeClose(stack([lower, upper]), predictive.QuantilesOfTarget([0.1, 0.9]), 0);
        outputs[1, 3] = double.NaN;
        using var broken = Predictive.OfSamples(outputs, Likelihood);
        Values(broken.QuantilesOfTarget([0.5])).Select(double.IsNaN).Should().Equal(false, false, false, true, false, false);

        Tensor Mass(Tensor value) => Counts.CumulativeProbability(outputs, value).mean([0L]);
    }

    [Fact]
    public void The_distribution_function_is_the_sum_of_the_probabilities()
    {
        var output = Outputs(1, 6).squeeze(0);
        var (points, _) = Support(6);
        var sum = zeros_like(output);
        foreach (long i in Enumerable.Range(0, (int)points.shape[0]))
        {
            sum = sum + Likelihood.LogProbability(output, points[i]).exp().reshape(sum.shape);
            ShouldBeClose(Counts.CumulativeProbability(output, points[i]), sum, 1e-12);
            ShouldBeClose(Counts.CumulativeProbability(output, points[i] + 0.5), sum, 1e-12, "between two counts nothing is added");
        }
        ShouldBeClose(Counts.CumulativeProbability(output, points[0] - 0.5), zeros_like(sum), 0);
        Values(Counts.CumulativeProbability(output, full_like(output, double.NaN))).Should().OnlyContain(value => double.IsNaN(value));
    }

    [Fact]
    public void A_diverged_rate_recovers()
    {
        var logRate = new TorchSharp.Modules.Parameter(full([4, 1], 1e4, float32));
        using var optimizer = optim.Adam([logRate], lr: 100);
        int steps = 0;
        for (; steps < 110 && logRate.max().ToSingle() >= 40; steps++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            Likelihood.LogProbability(logRate, full([4, 1], 7.0)).sum().neg().backward();
            optimizer.step();
        }
        steps.Should().BeInRange(90, 109, "every step goes down by the learning rate");
    }
}
