namespace Bayes.Layers.Training;

/// <summary>Why training ended.</summary>
public enum TrainingEnd
{
    /// <summary>All epochs were made: as many as were given, or as many as the trainer makes at most.</summary>
    LastEpoch,

    /// <summary>The validation log density had not risen for as many epochs as patience allows.</summary>
    EarlyStopping,

    /// <summary>It was cancelled.</summary>
    Cancelled,

    /// <summary>Step after step had a loss or a gradient that was not finite; <see cref="TrainingDivergedException"/> has the history.</summary>
    Diverged,

    /// <summary>No number of epochs was given, the loss no longer fell, and the learning rate had then fallen to 0.</summary>
    Settled,
}
