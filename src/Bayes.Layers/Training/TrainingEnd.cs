namespace Bayes.Layers.Training;

/// <summary>Why training ended.</summary>
public enum TrainingEnd
{
    /// <summary>All epochs that were asked for were made.</summary>
    LastEpoch,

    /// <summary>The validation log density had not risen for as many epochs as patience allows.</summary>
    EarlyStopping,

    /// <summary>It was cancelled.</summary>
    Cancelled,

    /// <summary>Step after step was not finite; <see cref="TrainingDivergedException"/> has the history.</summary>
    Diverged,

    /// <summary>No number of epochs was given, the loss no longer fell, and the learning rate had then fallen to 0.</summary>
    Settled,

    /// <summary>No number of epochs was given, and the loss still fell when the longest training that the trainer chooses by itself had
    /// ended.</summary>
    LongestTraining,
}
