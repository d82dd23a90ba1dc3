namespace Bayes.Layers.Training;

/// <summary>Why training ended.</summary>
public enum TrainingEnd
{
    /// <summary>All epochs were made.</summary>
    LastEpoch,

    /// <summary>The validation log density had not risen for as many epochs as patience allows.</summary>
    EarlyStopping,

    /// <summary>It was cancelled.</summary>
    Cancelled,

    /// <summary>Step after step was not finite; <see cref="TrainingDivergedException"/> has the history.</summary>
    Diverged,
}
