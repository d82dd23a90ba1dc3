using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Compare;

/// <summary>
/// How near a method's predictive distribution is to that of HMC (Izmailov, Vikram, Hoffman &amp; Wilson 2021, "What Are Bayesian Neural Network
/// Posteriors Really Like?", §4): agreement of classes, and total variation distance.
/// </summary>
internal static class HmcComparison
{
    // The densities of a regression are compared at so many values of the target, within so many standard deviations of either mean.
    private const int Values = 400;
    private const double Reach = 6;

    /// <summary>Returns a method's numbers with those that compare it with HMC.</summary>
    public static MethodMetrics Judge(MethodResult result, MethodResult judge, bool hasClasses)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        if (!hasClasses)
            return result.Metrics with { TotalVariationFromHmc = TotalVariationOfDensities(result.Test, judge.Test) };
        Tensor own = Probabilities(result.Test), other = Probabilities(judge.Test);
        return result.Metrics with
        {
            AgreementWithHmc = Numbers.Of(own.argmax(1).eq(other.argmax(1)).to(float64)).Average(),
            TotalVariationFromHmc = Numbers.Of(own.sub(other).abs().sum(1)).Average() / 2,
        };
    }

    // Returns the probabilities of all classes, [B, C].
    private static Tensor Probabilities(Predictive prediction)
    {
        var mean = prediction.Mean.to(float64);
        return mean.shape[1] > 1 ? mean : cat([mean.neg().add(1), mean], 1);
    }

    // ½ ∫ |p − q| by the trapezoidal rule, whose ends are 0.
    private static double TotalVariationOfDensities(Predictive own, Predictive other)
    {
        using var scope = NewDisposeScope();
        Tensor low = minimum(Edge(own, -Reach), Edge(other, -Reach)), step = maximum(Edge(own, Reach), Edge(other, Reach)).sub(low).div(Values);
        var sum = zeros_like(low).squeeze(1);
        for (int index = 0; index <= Values; index++)
        {
            using var inner = NewDisposeScope();
            var y = low.add(step.mul(index)).to(own.Samples.dtype);
            sum.add_(own.LogPredictiveDensityOf(y).exp().sub(other.LogPredictiveDensityOf(y).exp()).abs().to(float64));
        }
        return Numbers.Of(sum.mul(step.squeeze(1))).Average() / 2;
    }

    private static Tensor Edge(Predictive prediction, double stddevs) =>
        prediction.Mean.to(float64).add(prediction.TotalStddev.to(float64).mul(stddevs));
}
