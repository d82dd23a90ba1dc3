namespace Bayes.Layers.Training;

/// <summary>Warns about a training that ended.</summary>
internal static class TrainingWarnings
{
    private const int FewestEpochs = 10;
    private const int FewestOfEnd = 5;

    // Chance causes such a fall in about one of a thousand trainings; and the fall must be large enough to matter.
    private const double LeastRatioToError = 3;
    private const double LeastShareOfWholeFall = 0.01;

    /// <summary>Returns the warnings, a sentence each.</summary>
    public static IEnumerable<string> Of(IReadOnlyList<TrainingEpoch> epochs, TrainingEnd end, long steps, long refusedSteps)
    {
        if (refusedSteps > 0)
            yield return $"{TrainingText.Count(refusedSteps, "step")} of {TrainingText.Of(steps + refusedSteps)} had a "
                + "number that was not finite, and changed nothing; "
                + "a lower learning rate or gradient clipping (MaximumGradientNorm) may help.";
        if (end == TrainingEnd.LastEpoch && FallAtEnd(epochs) is var (fall, count))
            yield return $"The loss still fell by {TrainingText.Of(fall)} nats per example in the last {count} epochs; train longer (Epochs), or "
                + "with a higher learning rate.";
        if (end == TrainingEnd.LongestTraining)
            yield return "The loss still fell when the longest training that the trainer chooses by itself, "
                + $"{TrainingText.Count(epochs.Count, "epoch")}, came to its end; set Epochs to train longer.";
    }

    /// <summary>
    /// Returns how far the loss fell in the last tenth of the epochs, along a straight line of least squares. Null unless that is at least three
    /// times its standard error and a hundredth of the fall of the whole training. Also null while a schedule changes the weight of the KL
    /// divergence, and so the loss, or if the learning rate fell below half.
    /// </summary>
    private static (double Fall, int Epochs)? FallAtEnd(IReadOnlyList<TrainingEpoch> epochs)
    {
        // If the learning rate fell, the loss fell with it, which tells nothing about more training at the full rate.
        if (epochs.Count < FewestEpochs || epochs[^1].LearningRate < epochs.Max(epoch => epoch.LearningRate) / 2)
            return null;
        int count = Math.Max(FewestOfEnd, epochs.Count / 10);
        TrainingEpoch[] end = [.. epochs.TakeLast(count)];
        if (!end.All(epoch => double.IsFinite(epoch.Loss))
            || end.Any(epoch => Math.Abs(epoch.EffectiveBeta - end[0].EffectiveBeta) > 1e-9 * end[0].EffectiveBeta))
            return null;
        double middle = (count - 1) / 2.0, mean = end.Average(epoch => epoch.Loss), squares = 0, products = 0;
        for (int i = 0; i < count; i++)
        {
            squares += (i - middle) * (i - middle);
            products += (i - middle) * (end[i].Loss - mean);
        }
        double slope = products / squares;
        double rest = end.Select((epoch, i) => epoch.Loss - mean - slope * (i - middle)).Sum(residual => residual * residual) / (count - 2);
        double fall = -slope * (count - 1), whole = epochs[0].Loss - mean;
        return fall > 0 && -slope >= LeastRatioToError * Math.Sqrt(rest / squares) && fall >= LeastShareOfWholeFall * whole ? (fall, count) : null;
    }
}
