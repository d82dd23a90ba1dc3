using System.Diagnostics;

namespace Bayes.Layers.Training;

/// <summary>What has happened in a training so far.</summary>
/// <param name="restoresBest">Whether the model ends as it was after the best epoch.</param>
/// <param name="shuffleSeed">The seed of the order of the rows.</param>
internal sealed class TrainingRecord(bool restoresBest, int shuffleSeed)
{
    private readonly List<TrainingEpoch> _epochs = [];
    private TrainingEpoch? _best;
    private double _secondsBefore;
    private long _steps;
    private long _refusedSteps;

    /// <summary>Gets the clock of the steps, which stands still during a validation.</summary>
    public Stopwatch Watch { get; } = new();

    /// <summary>Gets the epochs that ended.</summary>
    public IReadOnlyList<TrainingEpoch> Epochs => _epochs;

    /// <summary>Gets the epoch of the highest validation log density; null without one.</summary>
    public TrainingEpoch? Best => _best;

    /// <summary>Gets how many steps were refused since one was made.</summary>
    public long RefusedInARow { get; private set; }

    /// <summary>Gets the time of the steps.</summary>
    public double Seconds => _secondsBefore + Watch.Elapsed.TotalSeconds;

    /// <summary>Gets the seed of the order of the rows.</summary>
    public int ShuffleSeed { get; private set; } = shuffleSeed;

    /// <summary>Gets the numbers that a training's state has.</summary>
    public TrainingCounts Counts => new(_epochs, _best?.Number ?? 0, _steps, _refusedSteps, RefusedInARow, Seconds, ShuffleSeed);

    /// <summary>Takes in that a step was made.</summary>
    public void Make()
    {
        _steps++;
        RefusedInARow = 0;
    }

    /// <summary>Takes in that a step was refused.</summary>
    public void Refuse()
    {
        _refusedSteps++;
        RefusedInARow++;
    }

    /// <summary>Takes in that an epoch ended.</summary>
    public void Add(TrainingEpoch epoch) => _epochs.Add(epoch);

    /// <summary>Takes in that an epoch was validated; returns true if it is the best so far.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="minimumImprovement">How much better than the best one it has to be.</param>
    public bool Judge(TrainingEpoch epoch, double minimumImprovement)
    {
        if (epoch.ValidationLogDensity is not { } logDensity || !double.IsFinite(logDensity)
            || logDensity <= _best?.ValidationLogDensity + minimumImprovement)
            return false;
        _best = epoch;
        return true;
    }

    /// <summary>Goes on from the counts of a training that was interrupted, whose epochs were added.</summary>
    public void ContinueFrom(TrainingCounts counts)
    {
        (_steps, _refusedSteps, RefusedInARow, _secondsBefore, ShuffleSeed) =
            (counts.Steps, counts.RefusedSteps, counts.RefusedInARow, counts.Seconds, counts.ShuffleSeed);
        _best = _epochs.Find(epoch => epoch.Number == counts.BestEpoch);
    }

    /// <summary>Returns what training was like.</summary>
    public TrainingHistory History(TrainingEnd end) => new()
    {
        Epochs = [.. _epochs],
        Best = _best,
        IsBestRestored = _best is not null && restoresBest,
        End = end,
        Steps = _steps,
        RefusedSteps = _refusedSteps,
        Seconds = Seconds,
    };
}
