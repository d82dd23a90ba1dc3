namespace Bayes.Layers.Training;

/// <summary>Measures how much the loss still falls at the end of a sequence of epochs.</summary>
internal static class LossTrend
{
    /// <summary>The smallest fall over the last quarter of training that justifies more training, in nats per example.</summary>
    public const double WorthAQuarter = 0.02;

    private const int Quarters = 4;

    /// <summary>
    /// Returns how far the mean of the last quarter is below that of the quarter before, in nats per example; negative if the loss rises, and null if
    /// there are fewer than four numbers.
    /// </summary>
    /// <param name="losses">One number for each epoch, in order, in nats per example.</param>
    public static double? FallOf(IReadOnlyList<double> losses)
    {
        int quarter = losses.Count / Quarters;
        return quarter == 0 ? null : MeanFrom(losses.Count - 2 * quarter) - MeanFrom(losses.Count - quarter);

        double MeanFrom(int start) => losses.Skip(start).Take(quarter).Average();
    }
}
