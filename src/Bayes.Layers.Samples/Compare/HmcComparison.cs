using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Compare;

/// <summary>
/// How near a method's predictive distribution is to that of HMC (Izmailov, Vikram, Hoffman &amp; Wilson 2021, "What Are Bayesian Neural Network
/// Posteriors Really Like?", §4): agreement of classes, and total variation distance.
/// </summary>
internal static class HmcComparison
{
    // The densities of a regression are compared at so many values of the target, within so many standard deviations of every mean.
    private const int Steps = 400;
    private const double Reach = 6;

    /// <summary>Returns the methods' numbers, with those that compare them with HMC.</summary>
    /// <param name="results">The results of all methods, in order.</param>
    /// <param name="judge">That of HMC among them, whose numbers stay as they are.</param>
    /// <param name="hasClasses">Whether targets are classes.</param>
    public static IReadOnlyList<MethodMetrics> Judge(IReadOnlyList<MethodResult> results, MethodResult judge, bool hasClasses)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return hasClasses ? JudgeClasses(results, judge) : JudgeDensities(results, judge);
    }

    private static IReadOnlyList<MethodMetrics> JudgeClasses(IReadOnlyList<MethodResult> results, MethodResult judge)
    {
        var other = Probabilities(judge.Test);
        return [.. results.Select(result =>
        {
            if (result == judge)
                return result.Metrics;
            var own = Probabilities(result.Test);
            return result.Metrics with
            {
                AgreementWithHmc = Numbers.Of(own.argmax(1).eq(other.argmax(1)).to(float64)).Average(),
                TotalVariationFromHmc = Numbers.Of(own.sub(other).abs().sum(1)).Average() / 2,
            };
        })];
    }

    // Returns the probabilities of all classes, [B, C].
    private static Tensor Probabilities(Predictive prediction)
    {
        var mean = prediction.Mean.to(float64);
        return mean.shape[1] > 1 ? mean : cat([mean.neg().add(1), mean], 1);
    }

    // ½ ∫ |p − q| for each row by the trapezoidal rule, whose ends are 0. All methods share the values, so that each has its densities once.
    private static IReadOnlyList<MethodMetrics> JudgeDensities(IReadOnlyList<MethodResult> results, MethodResult judge)
    {
        var low = results.Select(result => Edge(result.Test, -Reach)).Aggregate(minimum);
        var step = results.Select(result => Edge(result.Test, Reach)).Aggregate(maximum).sub(low).div(Steps);
        var other = Densities(judge.Test, low, step);
        return [.. results.Select(result => result == judge ? result.Metrics : result.Metrics with
        {
            TotalVariationFromHmc = Numbers.Of(Densities(result.Test, low, step).sub(other).abs().sum([0L]).mul(step.squeeze(1))).Average() / 2,
        })];
    }

    // Returns p(y | x) at all values of every row, [values, B].
    private static Tensor Densities(Predictive prediction, Tensor low, Tensor step)
    {
        using var scope = NewDisposeScope();
        var rows = new List<Tensor>();
        for (int index = 0; index <= Steps; index++)
        {
            using var inner = NewDisposeScope();
            var y = low.add(step.mul(index)).to(prediction.Samples.dtype);
            rows.Add(prediction.LogPredictiveDensityOf(y).exp().to(float64).MoveToOuterDisposeScope());
        }
        return stack(rows, 0).MoveToOuterDisposeScope();
    }

    private static Tensor Edge(Predictive prediction, double stddevs) =>
        prediction.Mean.to(float64).add(prediction.TotalStddev.to(float64).mul(stddevs));
}
