namespace Bayes.Layers.Training;

/// <summary>
/// Decides how long to train where no number of epochs is given: at the full learning rate until the loss no longer falls, then half as many epochs
/// again in which the learning rate falls evenly to 0.
/// </summary>
/// <remarks>
/// The loss no longer falls if the mean of the last quarter of the epochs is less than <see cref="LossTrend.WorthAQuarter"/> below that of the
/// quarter before. It is judged with the whole KL divergence, even while a schedule warms that up.
/// </remarks>
internal sealed class AutomaticLength
{
    // Of the full learning rate.
    private const long FewestSteps = 2000;
    private const long MostSteps = 6_667;
    private const int FewestEpochs = 8;

    private readonly List<double> _losses = [];
    private readonly int _fewestEpochs;
    private readonly int _mostEpochs;
    private int? _settled;

    public AutomaticLength(long batchesPerEpoch)
    {
        _fewestEpochs = Math.Max(FewestEpochs, EpochsFor(FewestSteps));
        _mostEpochs = Math.Max(_fewestEpochs, EpochsFor(MostSteps));

        int EpochsFor(long steps) => (int)((steps + batchesPerEpoch - 1) / batchesPerEpoch);
    }

    /// <summary>Gets the most epochs that training can have.</summary>
    public int MostEpochs => LengthFor(_mostEpochs);

    /// <summary>Gets how many epochs training has; null until that is decided.</summary>
    public int? Epochs => _settled is { } epochs ? LengthFor(epochs) : null;

    /// <summary>Gets whether the loss no longer fell before the learning rate did; false if the longest training was reached first.</summary>
    public bool HasSettled { get; private set; }

    /// <summary>Takes in an epoch.</summary>
    /// <param name="loss">The negative ELBO with the whole KL divergence, mean over the epoch's examples, in nats per example.</param>
    public void Add(double loss)
    {
        _losses.Add(loss);
        if (_settled is not null || _losses.Count < _fewestEpochs)
            return;
        HasSettled = LossTrend.FallOf(_losses) < LossTrend.WorthAQuarter;
        if (HasSettled || _losses.Count == _mostEpochs)
            _settled = _losses.Count;
    }

    /// <summary>Returns the share of the full learning rate for a step, in (0, 1].</summary>
    /// <param name="position">Where training is.</param>
    public double LearningRateShare(TrainingPosition position)
    {
        if (Epochs is not { } epochs)
            return 1;
        long first = _settled!.Value * position.BatchesPerEpoch, last = epochs * position.BatchesPerEpoch;
        return (double)(last - position.Step) / (last - first);
    }

    private static int LengthFor(int epochsOfFullRate) => epochsOfFullRate + (epochsOfFullRate + 1) / 2;
}
