namespace Bayes.Layers.Tabular;

/// <summary>What the values of a column are.</summary>
public enum ColumnKind
{
    /// <summary>Numbers, whose differences mean something.</summary>
    Number,

    /// <summary>Text: names of categories, which have no order.</summary>
    Category,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>Points in time.</summary>
    Date,
}
