namespace Bayes.Layers.Data;

/// <summary>What happens to a feature that is missing: null, or NaN.</summary>
public enum MissingValues
{
    /// <summary>Reading ends with a sentence that names the row and the column.</summary>
    Refuse,

    /// <summary>The number is NaN. A prediction is NaN in that row and in no other; training refuses the row.</summary>
    KeepAsNaN,
}
