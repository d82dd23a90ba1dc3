namespace Bayes.Layers.Training;

/// <summary>How much the loss still falls at the end of a sequence of epochs: the last quarter of them against the quarter before.</summary>
/// <param name="Fall">
/// By how much the mean of the last quarter is below that of the quarter before, in nats per example; negative if the loss rises.
/// </param>
/// <param name="StandardError">The standard error of that difference, from the spread within the quarters.</param>
internal readonly record struct LossTrend(double Fall, double StandardError)
{
    /// <summary>A smaller fall over the last quarter of training, in nats per example, is worth no further training.</summary>
    public const double WorthAQuarter = 0.02;

    private const int Quarters = 4;

    /// <summary>Gets whether the loss falls by more than is worth training on for.</summary>
    public bool IsWorthwhile => Fall >= WorthAQuarter;

    /// <summary>Gets whether the fall is worthwhile and not chance: more than two standard errors.</summary>
    public bool IsCertain => IsWorthwhile && Fall > 2 * StandardError;

    /// <summary>Returns the trend of a loss; null if there are fewer than four numbers.</summary>
    /// <param name="losses">One number for each epoch, in order, in nats per example.</param>
    public static LossTrend? Of(IReadOnlyList<double> losses)
    {
        int quarter = losses.Count / Quarters;
        if (quarter == 0)
            return null;
        var (before, spreadBefore) = Moments(losses.Count - 2 * quarter);
        var (last, spreadLast) = Moments(losses.Count - quarter);
        return new LossTrend(before - last, Math.Sqrt((spreadBefore + spreadLast) / quarter));

        (double Mean, double Variance) Moments(int start)
        {
            double[] part = [.. losses.Skip(start).Take(quarter)];
            double mean = part.Average();
            return (mean, quarter == 1 ? 0 : part.Sum(loss => (loss - mean) * (loss - mean)) / (quarter - 1));
        }
    }

    /// <summary>
    /// Determines whether training ended too early: the loss, with the whole KL divergence, certainly still fell at the end. Always false if the
    /// learning rate had fallen to less than half, since a loss falls with it.
    /// </summary>
    /// <param name="epochs">The epochs of the training, in order.</param>
    public static bool StillFalls(IReadOnlyList<TrainingEpoch> epochs) =>
        epochs.Count > 0
        && epochs[^1].LearningRate >= epochs.Max(epoch => epoch.LearningRate) / 2
        && Of([.. epochs.Select(WholeLoss)]) is { IsCertain: true };

    // A schedule may weigh the divergence less at first, and then the loss rises while the model becomes better.
    private static double WholeLoss(TrainingEpoch epoch) =>
        epoch.EffectiveBeta > 0
            ? epoch.NegativeLogLikelihood + (epoch.Loss - epoch.NegativeLogLikelihood) * epoch.Beta / epoch.EffectiveBeta
            : epoch.NegativeLogLikelihood;
}
