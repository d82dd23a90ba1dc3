namespace Bayes.Layers.Training;

/// <summary>The reason why training ended.</summary>
public enum TrainingEnd
{
    /// <summary>The requested number of epochs was reached.</summary>
    LastEpoch,

    /// <summary>The validation log density had not risen for the number of epochs that patience allows.</summary>
    EarlyStopping,

    /// <summary>Training was cancelled.</summary>
    Cancelled,

    /// <summary>Too many steps in a row were not finite; <see cref="TrainingDivergedException"/> has the history.</summary>
    Diverged,

    /// <summary>No number of epochs was given, the loss stopped falling, and the learning rate then fell to 0.</summary>
    Settled,

    /// <summary>No number of epochs was given, and the loss still fell at the end of the longest training that the trainer chooses.</summary>
    LongestTraining,
}
