namespace Bayes.Layers.Training;

/// <summary>
/// Decides how long to train if no number of epochs is given: at the full learning rate until the loss no longer falls, then for half as many epochs
/// in which the learning rate falls linearly to 0.
/// </summary>
/// <remarks>
/// The loss no longer falls if the mean of the last quarter of the epochs is less than 0.02 nats per example below that of the quarter before. The
/// loss includes the whole KL divergence, even while a schedule warms it up.
/// </remarks>
internal sealed class AutomaticLength
{
    // These limits are for the part with the full learning rate.
    private const long FewestSteps = 2000;
    private const long MostSteps = 6_667;
    private const int FewestEpochs = 8;

    // The smallest fall over a quarter of training that justifies more training, in nats per example.
    private const double SmallestFall = 0.02;

    private const int Quarters = 4;

    private readonly List<double> _losses = [];
    private readonly int _fewestEpochs;
    private readonly int _mostEpochs;
    private int? _fullRateEpochs;

    public AutomaticLength(long batchesPerEpoch)
    {
        _fewestEpochs = Math.Max(FewestEpochs, EpochsOf(FewestSteps));
        _mostEpochs = Math.Max(_fewestEpochs, EpochsOf(MostSteps));

        int EpochsOf(long steps) => (int)((steps + batchesPerEpoch - 1) / batchesPerEpoch);
    }

    /// <summary>Gets the largest number of epochs that training can have.</summary>
    public int MaximumEpochs => LengthOf(_mostEpochs);

    /// <summary>Gets the number of epochs of the training; null until it is decided.</summary>
    public int? Epochs => _fullRateEpochs is { } epochs ? LengthOf(epochs) : null;

    /// <summary>Gets whether the loss stopped falling at the full learning rate; false if the longest training was reached first.</summary>
    public bool HasSettled { get; private set; }

    /// <summary>Adds an epoch.</summary>
    /// <param name="loss">The negative ELBO with the whole KL divergence, mean over the epoch's examples, in nats per example.</param>
    public void Add(double loss)
    {
        _losses.Add(loss);
        if (_fullRateEpochs is not null || _losses.Count < _fewestEpochs)
            return;
        HasSettled = FallOf(_losses) < SmallestFall;
        if (HasSettled || _losses.Count == _mostEpochs)
            _fullRateEpochs = _losses.Count;
    }

    /// <summary>Returns the share of the full learning rate for a step, in (0, 1].</summary>
    /// <param name="position">The position of training.</param>
    public double LearningRateShare(TrainingPosition position)
    {
        if (Epochs is not { } epochs)
            return 1;
        long first = _fullRateEpochs!.Value * position.BatchesPerEpoch, last = epochs * position.BatchesPerEpoch;
        return (double)(last - position.Step) / (last - first);
    }

    /// <summary>
    /// Returns how far the mean of the last quarter is below that of the quarter before, in nats per example; negative if the loss rises, and null
    /// if there are fewer than four numbers.
    /// </summary>
    /// <param name="losses">One number for each epoch, in order, in nats per example.</param>
    public static double? FallOf(IReadOnlyList<double> losses)
    {
        int quarter = losses.Count / Quarters;
        return quarter == 0 ? null : MeanFrom(losses.Count - 2 * quarter) - MeanFrom(losses.Count - quarter);

        double MeanFrom(int start) => losses.Skip(start).Take(quarter).Average();
    }

    private static int LengthOf(int epochsOfFullRate) => epochsOfFullRate + (epochsOfFullRate + 1) / 2;
}
