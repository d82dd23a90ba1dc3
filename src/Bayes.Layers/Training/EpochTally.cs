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

    /// <summary>Steps made.</summary>
    public long Steps { get; private set; }

    /// <summary>Steps refused.</summary>
    public long RefusedSteps { get; private set; }

    /// <summary>Takes in a step that was made.</summary>
    public void Made(StepNumbers numbers, long examples)
    {
        _loss += examples * numbers.Loss;
        _negativeLogLikelihood += examples * numbers.NegativeLogLikelihood;
        _klDivergence += numbers.KlDivergence;
        _effectiveBeta += numbers.EffectiveBeta;
        _gradientNorm += numbers.GradientNorm;
        _examples += examples;
        Steps++;
    }

    /// <summary>Takes in a step that was refused.</summary>
    public void Refused() => RefusedSteps++;

    /// <summary>The epoch.</summary>
    public TrainingEpoch ToEpoch(int number, double beta, double learningRate, double seconds, double? validationLogDensity) => new()
    {
        Number = number,
        Loss = _loss / _examples,
        NegativeLogLikelihood = _negativeLogLikelihood / _examples,
        KlDivergence = _klDivergence / Steps,
        Beta = beta,
        EffectiveBeta = _effectiveBeta / Steps,
        ValidationLogDensity = validationLogDensity,
        LearningRate = learningRate,
        GradientNorm = _gradientNorm / Steps,
        Examples = _examples,
        Steps = Steps,
        RefusedSteps = RefusedSteps,
        Seconds = seconds,
    };
}
