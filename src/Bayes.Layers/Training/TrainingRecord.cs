using System.Diagnostics;

namespace Bayes.Layers.Training;

/// <summary>Counts and adds up what has happened in a training so far.</summary>
/// <param name="restoresBest">Whether the model ends as it was after the best epoch.</param>
/// <param name="shuffleSeed">The seed of the order of the rows.</param>
internal sealed class TrainingRecord(bool restoresBest, int shuffleSeed)
{
    private readonly List<TrainingEpoch> _epochs = [];
    private Sums _open = new();
    private double _secondsBefore;
    private double _secondsBeforeEpoch;
    private long _examplesOfStep;

    /// <summary>Gets the clock of the steps, which stands still during a validation.</summary>
    public Stopwatch Watch { get; } = new();

    /// <summary>Gets the epochs that ended.</summary>
    public IReadOnlyList<TrainingEpoch> Epochs => _epochs;

    /// <summary>Gets the epoch of the highest validation log density; null if there is none.</summary>
    public TrainingEpoch? Best { get; private set; }

    /// <summary>Gets whether batches were added to a step that was neither made nor refused.</summary>
    public bool IsStepOpen => _examplesOfStep > 0;

    /// <summary>Gets the number of steps that were refused since one was made.</summary>
    public long RefusedInARow { get; private set; }

    /// <summary>Gets the seed of the order of the rows.</summary>
    public int ShuffleSeed { get; private set; } = shuffleSeed;

    /// <summary>Gets the numbers that a training's state contains.</summary>
    public TrainingCounts Counts => new(_epochs, Best?.Number ?? 0, Steps, RefusedSteps, RefusedInARow, Seconds, ShuffleSeed);

    private double Seconds => _secondsBefore + Watch.Elapsed.TotalSeconds;

    private long Steps => _epochs.Sum(epoch => epoch.Steps) + _open.Steps;

    private long RefusedSteps => _epochs.Sum(epoch => epoch.RefusedSteps) + _open.RefusedSteps;

    /// <summary>Begins an epoch, and starts the clock.</summary>
    public void Begin()
    {
        _secondsBeforeEpoch = Seconds;
        Watch.Start();
    }

    /// <summary>Adds a batch to the step.</summary>
    public void Add(long examples) => _examplesOfStep += examples;

    /// <summary>Records that the step was made.</summary>
    public void Make(StepLoss loss)
    {
        _open.Loss += _examplesOfStep * loss.Total;
        _open.NegativeLogLikelihood += _examplesOfStep * loss.NegativeLogLikelihood;
        _open.KlDivergence += loss.KlDivergence;
        _open.EffectiveBeta += loss.EffectiveBeta;
        _open.GradientNorm += loss.GradientNorm;
        _open.Examples += _examplesOfStep;
        _open.Steps++;
        (_examplesOfStep, RefusedInARow) = (0, 0);
    }

    /// <summary>Records that the step was refused.</summary>
    public void Refuse()
    {
        _open.RefusedSteps++;
        _examplesOfStep = 0;
        RefusedInARow++;
    }

    /// <summary>Returns the epoch whose steps were made.</summary>
    public TrainingEpoch ToEpoch(double beta, double learningRate, double? validationLogDensity) => new()
    {
        Number = _epochs.Count + 1,
        Loss = _open.Loss / _open.Examples,
        NegativeLogLikelihood = _open.NegativeLogLikelihood / _open.Examples,
        KlDivergence = _open.KlDivergence / _open.Steps,
        Beta = beta,
        EffectiveBeta = _open.EffectiveBeta / _open.Steps,
        ValidationLogDensity = validationLogDensity,
        LearningRate = learningRate,
        GradientNorm = _open.GradientNorm / _open.Steps,
        Examples = _open.Examples,
        Steps = _open.Steps,
        RefusedSteps = _open.RefusedSteps,
        Seconds = Seconds - _secondsBeforeEpoch,
    };

    /// <summary>Records an epoch that ended.</summary>
    public void Add(TrainingEpoch epoch)
    {
        _epochs.Add(epoch);
        _open = new();
    }

    /// <summary>Determines whether a validated epoch is the best so far, and records it if so.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="minimumImprovement">How much better than the best one it has to be.</param>
    public bool Judge(TrainingEpoch epoch, double minimumImprovement)
    {
        if (epoch.ValidationLogDensity is not { } logDensity || !double.IsFinite(logDensity)
            || logDensity <= Best?.ValidationLogDensity + minimumImprovement)
            return false;
        Best = epoch;
        return true;
    }

    /// <summary>Continues from the counts of a training that was interrupted, after its epochs were added.</summary>
    public void ContinueFrom(TrainingCounts counts)
    {
        (RefusedInARow, _secondsBefore, ShuffleSeed) = (counts.RefusedInARow, counts.Seconds, counts.ShuffleSeed);
        Best = _epochs.Find(epoch => epoch.Number == counts.BestEpoch);
    }

    /// <summary>Returns the history of the training.</summary>
    public TrainingHistory History(TrainingEnd end) => new()
    {
        Epochs = [.. _epochs],
        Best = Best,
        IsBestRestored = Best is not null && restoresBest,
        End = end,
        Steps = Steps,
        RefusedSteps = RefusedSteps,
        Seconds = Seconds,
    };

    /// <summary>The sums over the steps of an epoch that has not ended.</summary>
    private sealed class Sums
    {
        public double Loss, NegativeLogLikelihood, KlDivergence, EffectiveBeta, GradientNorm;
        public long Examples, Steps, RefusedSteps;
    }
}
