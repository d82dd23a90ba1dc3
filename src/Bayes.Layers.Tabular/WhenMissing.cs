namespace Bayes.Layers.Tabular;

/// <summary>What happens to a row in which a column is missing.</summary>
public enum WhenMissing
{
    /// <summary>The mean of the training rows stands for it, and if any was missing in training, a feature of its own says that it is missing.
    /// For categories that feature is all there is.</summary>
    Indicate,

    /// <summary>The mean of the training rows stands for it; for categories, none.</summary>
    Fill,

    /// <summary>A training row is left out. For a row to predict, the mean of the training rows stands for it.</summary>
    LeaveOut,

    /// <summary>Training and prediction end with a sentence that names the row and the column.</summary>
    Refuse,
}
