namespace Bayes.Layers.Training;

/// <summary>The numbers of an epoch's steps, being added up.</summary>
internal sealed class EpochTally
{
    private double _loss;
    private double _negativeLogLikelihood;
    private double _klDivergence;
    private double _effectiveBeta;
    private double _gradientNorm;
    private long _examples;
    private long _examplesOfStep;
    private long _steps;
    private long _refusedSteps;

    /// <summary>Whether batches were added to a step that was neither made nor refused.</summary>
    public bool IsStepOpen => _examplesOfStep > 0;

    /// <summary>Adds a batch to the step.</summary>
    public void Add(long examples) => _examplesOfStep += examples;

    /// <summary>Takes in that the step was made.</summary>
    public void Make(StepLoss loss)
    {
        _loss += _examplesOfStep * loss.Total;
        _negativeLogLikelihood += _examplesOfStep * loss.NegativeLogLikelihood;
        _klDivergence += loss.KlDivergence;
        _effectiveBeta += loss.EffectiveBeta;
        _gradientNorm += loss.GradientNorm;
        _examples += _examplesOfStep;
        _examplesOfStep = 0;
        _steps++;
    }

    /// <summary>Takes in that the step was refused.</summary>
    public void Refuse()
    {
        _examplesOfStep = 0;
        _refusedSteps++;
    }

    /// <summary>The epoch.</summary>
    public TrainingEpoch ToEpoch(int number, double beta, double learningRate, double seconds, double? validationLogDensity) => new()
    {
        Number = number,
        Loss = _loss / _examples,
        NegativeLogLikelihood = _negativeLogLikelihood / _examples,
        KlDivergence = _klDivergence / _steps,
        Beta = beta,
        EffectiveBeta = _effectiveBeta / _steps,
        ValidationLogDensity = validationLogDensity,
        LearningRate = learningRate,
        GradientNorm = _gradientNorm / _steps,
        Examples = _examples,
        Steps = _steps,
        RefusedSteps = _refusedSteps,
        Seconds = seconds,
    };
}
