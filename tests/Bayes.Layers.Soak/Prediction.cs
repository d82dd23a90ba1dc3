using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Soak;

/// <summary>A prediction of everything that a user reads from one.</summary>
internal static class Prediction
{
    private const int Draws = 20;
    private const int PredictionThreads = 2;

    /// <summary>Returns the numbers of a prediction.</summary>
    public static double[] With(
        FunctionDistribution distribution, Likelihood likelihood, Tensor input, Tensor target, long seed)
    {
        // Predicts on several threads with one native thread each: torch's own threads wait by spinning, which takes seconds on busy cores.
        int before = get_num_threads();
        set_num_threads(PredictionThreads);
        using var predictive = new MonteCarloPredictive(distribution, likelihood, Draws, seed);
        using var prediction = predictive.Predict(input, target, keepSamples: true);
        set_num_threads(before);
        var (lower, upper) = prediction.CredibleInterval();
        using (lower)
        using (upper)
            return [.. new[] { prediction.Mean, prediction.EpistemicVariance, prediction.TotalVariance, prediction.LogPredictiveDensity, lower,
                upper }.SelectMany(Values)];
    }

    private static double[] Values(Tensor tensor)
    {
        using var numbers = tensor.to(float64).contiguous();
        return numbers.data<double>().ToArray();
    }
}
