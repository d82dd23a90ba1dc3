using Bayes.Layers.Checkpoints;
using Bayes.Layers.Diagnostics;
using Bayes.Layers.Training;

namespace Bayes.Layers.Soak;

/// <summary>Everything that a user does with a model.</summary>
internal static class CaseRun
{
    private const int Draws = 20;
    private const int PredictionThreads = 2;

    /// <summary>Trains, predicts, saves, loads and predicts again.</summary>
    /// <param name="each">The case.</param>
    /// <param name="seed">The seed of all randomness.</param>
    /// <param name="file">The path of the checkpoint.</param>
    /// <returns>The numbers of the prediction, the same for the same seed.</returns>
    /// <exception cref="SoakException">The loaded model predicts differently from the saved one, or a number is not finite.</exception>
    public static double[] Of(SoakCase each, long seed, string file)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(seed);
        using var model = each.CreateModel();
        using var loss = each.CreateLoss();
        Tensor input = each.CreateInput(), target = each.CreateTarget();
        var options = new VariationalTrainerOptions { Epochs = 3, BatchSize = 8, LearningRate = 0.01, Estimator = each.Estimator, Patience = 2 };
        new VariationalTrainer(model, loss, options).Fit(input, target, validation: (input, target));
        GC.KeepAlive(PosteriorDiagnostics.Of(model, loss).ToString());

        double[] before = Predict(model, loss, input, target, seed);
        Checkpoint.Save(model, file, loss);
        using var loaded = each.CreateModel();
        using var lossLoaded = each.CreateLoss();
        Checkpoint.Load(loaded, file, lossLoaded);
        double[] after = Predict(loaded, lossLoaded, input, target, seed);
        if (!after.AsSpan().SequenceEqual(before))
            throw new SoakException($"{each.Name}: what was loaded predicts otherwise than what was saved.");
        if (!before.All(double.IsFinite))
            throw new SoakException($"{each.Name}: a prediction has a number that is not finite.");
        return before;
    }

    private static double[] Predict(BayesianModule model, ElboLoss loss, Tensor input, Tensor target, long seed)
    {
        // Predicts on several threads with one native thread each: torch's own threads wait by spinning, which takes seconds on busy cores.
        int before = get_num_threads();
        set_num_threads(PredictionThreads);
        using var predictive = new MonteCarloPredictive(model, loss.Likelihood, Draws, seed);
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
