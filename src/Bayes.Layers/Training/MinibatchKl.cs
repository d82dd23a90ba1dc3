namespace Bayes.Layers.Training;

/// <summary>
/// A schedule that gives the KL divergence most weight in the first batches of an epoch: batch i of M has the share 2^(M − i) / (2^M − 1) of it
/// (Blundell et al. 2015, "Weight Uncertainty in Neural Networks", §3.4). <see cref="ElboLoss"/> is per example, so the factor is M times the share:
/// the factors of an epoch average 1, and lie between 0 and M.
/// </summary>
/// <remarks>If there are many batches, only the first few have a KL divergence that matters, as in the paper.</remarks>
public sealed class MinibatchKl : KlSchedule
{
    /// <inheritdoc/>
    public override double Factor(TrainingPosition position)
    {
        // 2^(M − i) / (2^M − 1) = 2^−i / (1 − 2^−M): no power overflows, and those that underflow do not matter.
        double batches = position.BatchesPerEpoch;
        return batches * Math.Pow(2, -(position.Batch + 1.0)) / (1 - Math.Pow(2, -batches));
    }

    /// <inheritdoc/>
    public override string ToString() => "MinibatchKl()";
}
